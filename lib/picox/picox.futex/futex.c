// SPDX-License-Identifier: ISC
// Waiting on a word, with a time: neither Mutex nor Condition of OCaml's library has one.

#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <caml/bigarray.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <caml/signals.h>

static uint32_t* word_of(value futex) {
  return Caml_ba_data_val(futex);
}

/// In 32 bits; allocates nothing on OCaml's heap.
intnat picox_futex_read(value futex) {
  return __atomic_load_n(word_of(futex), __ATOMIC_SEQ_CST);
}

value picox_futex_read_boxed(value futex) {
  return Val_long(picox_futex_read(futex));
}

value picox_futex_advance(value futex) {
  const int before = errno;  // of the code that a signal handler interrupts
  __atomic_fetch_add(word_of(futex), 1, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, word_of(futex), FUTEX_WAKE_PRIVATE, 1, (void*)0, (void*)0, 0);
  errno = before;
  return Val_unit;
}

/// `until` in nanoseconds of the monotonic clock.
value picox_futex_wait(value futex, value seen, value until) {
  CAMLparam1(futex);
  const uint32_t expected = (uint32_t)Long_val(seen);
  const intnat deadline = Long_val(until);
  const struct timespec time = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
  uint32_t* const word = word_of(futex);
  caml_enter_blocking_section();
  syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline == Max_long ? (void*)0 : &time,
          (void*)0, FUTEX_BITSET_MATCH_ANY);
  caml_leave_blocking_section();
  CAMLreturn(Val_unit);
}
