// SPDX-License-Identifier: ISC
// The monotonic clock, which OCaml's library lacks.

#include <time.h>

#include <caml/mlvalues.h>

/// Nanoseconds since some fixed moment; unaffected by changes of the date. Allocates nothing on OCaml's heap.
extern "C" intnat picox_timers_now(value) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<intnat>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

extern "C" value picox_timers_now_boxed(value unit) {
  return Val_long(picox_timers_now(unit));
}
