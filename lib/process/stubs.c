// SPDX-License-Identifier: ISC
//
// The processes of nucleus.h for OCaml. Spaces and virtual CPUs are custom blocks that own their reference. Arguments come
// untagged; what they may be is checked by the nucleus and by the modules beside. All functions of the nucleus are weak,
// so that a program that is linked without it finds that there are no processes.

#define CAML_INTERNALS
#define _GNU_SOURCE
#include "nucleus.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include <caml/alloc.h>
#include <caml/bigarray.h>
#include <caml/custom.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <caml/signals.h>

#pragma weak nucleus_user_abi_here
#pragma weak nucleus_space_create
#pragma weak nucleus_space_clear
#pragma weak nucleus_space_release
#pragma weak nucleus_space_map
#pragma weak nucleus_space_share
#pragma weak nucleus_space_protect
#pragma weak nucleus_space_unmap
#pragma weak nucleus_space_unshare
#pragma weak nucleus_space_query
#pragma weak nucleus_space_next
#pragma weak nucleus_space_copy_in
#pragma weak nucleus_space_copy_out
#pragma weak nucleus_space_pages
#pragma weak nucleus_space_tables
#pragma weak nucleus_vcpu_create
#pragma weak nucleus_vcpu_release
#pragma weak nucleus_vcpu_registers
#pragma weak nucleus_vcpu_run
#pragma weak nucleus_vcpu_run_alone
#pragma weak nucleus_vcpu_run_briefly
#pragma weak nucleus_vcpu_fault
#pragma weak nucleus_vcpu_kick
#pragma weak nucleus_vcpu_copy_fp
#pragma weak nucleus_vcpu_fp_size
#pragma weak nucleus_vcpu_get_fp
#pragma weak nucleus_vcpu_set_fp
#pragma weak nucleus_monotonic_ns
#pragma weak nucleus_thread_switches
#pragma weak nucleus_thread_time_ns

/// Untagged externals have no form for byte code, which no bare image is made of.
value process_byte(value unused) {
  (void)unused;
  caml_failwith("processes need native code");
}

value process_is_supported(value unit) {
  (void)unit;
  return Val_bool(nucleus_space_create != NULL);
}

value process_machine(value unit) {
  (void)unit;
  return Val_int(nucleus_user_abi_here ? nucleus_user_abi_here()->machine : 0);
}

value process_abi(value unit) {
  CAMLparam1(unit);
  CAMLlocal1(row);
  nucleus_user_abi abi = {0};
  if (nucleus_user_abi_here) abi = *nucleus_user_abi_here();
  const int members[] = {abi.call_number,       abi.call_arguments[0],  abi.call_arguments[1], abi.call_arguments[2],
                         abi.call_arguments[3], abi.call_arguments[4],  abi.call_arguments[5], abi.call_result,
                         abi.stack_pointer,     abi.has_thread_pointer, abi.thread_pointer,    abi.call_size};
  enum { count = sizeof members / sizeof *members };
  row = caml_alloc(count, 0);
  for (int i = 0; i < count; i++) Store_field(row, i, Val_int(members[i]));
  CAMLreturn(row);
}

static nucleus_user_space* space_of(value space) {
  return *(nucleus_user_space**)Data_custom_val(space);
}
static nucleus_vcpu* vcpu_of(value vcpu) {
  return *(nucleus_vcpu**)Data_custom_val(vcpu);
}

static void release_space(value space) {
  nucleus_space_release(space_of(space));
}
static void release_vcpu(value vcpu) {
  nucleus_vcpu_release(vcpu_of(vcpu));
}

static struct custom_operations space_operations = {"bactrian.space", release_space, custom_compare_default,
                                                    custom_hash_default, custom_serialize_default,
                                                    custom_deserialize_default, custom_compare_ext_default,
                                                    custom_fixed_length_default};
static struct custom_operations vcpu_operations = {"bactrian.vcpu", release_vcpu, custom_compare_default,
                                                   custom_hash_default, custom_serialize_default,
                                                   custom_deserialize_default, custom_compare_ext_default,
                                                   custom_fixed_length_default};

// How soon the collector is to find those that nobody has any more.
enum { bytes_each = 16 * 1024, bytes_before_collection = 64 * 1024 * 1024 };

static value wrap(struct custom_operations* operations, void* pointer) {
  CAMLparam0();
  CAMLlocal2(block, some);
  block = caml_alloc_custom(operations, sizeof pointer, bytes_each, bytes_before_collection);
  *(void**)Data_custom_val(block) = pointer;
  some = caml_alloc_some(block);
  CAMLreturn(some);
}

value process_space_create(value unit) {
  (void)unit;
  nucleus_user_space* space = nucleus_space_create();
  return space ? wrap(&space_operations, space) : Val_none;
}

value process_space_clear(value space) {
  nucleus_space_clear(space_of(space));
  return Val_unit;
}

/// A negative number is none that the nucleus accepts, as an address or as a count.
intnat process_space_map(value space, intnat at, intnat pages, intnat rights) {
  return nucleus_space_map(space_of(space), (uint64_t)at, (uint64_t)pages, (unsigned)rights);
}

intnat process_space_share(value from, intnat at, value to, intnat to_at, intnat pages, intnat rights) {
  return nucleus_space_share(space_of(from), (uint64_t)at, space_of(to), (uint64_t)to_at, (uint64_t)pages,
                             (unsigned)rights);
}

intnat process_space_protect(value space, intnat at, intnat pages, intnat rights) {
  return nucleus_space_protect(space_of(space), (uint64_t)at, (uint64_t)pages, (unsigned)rights);
}

intnat process_space_unmap(value space, intnat at, intnat pages) {
  return nucleus_space_unmap(space_of(space), (uint64_t)at, (uint64_t)pages);
}

intnat process_space_unshare(value space, intnat at, intnat rights) {
  return nucleus_space_unshare(space_of(space), (uint64_t)at, (unsigned)rights);
}

intnat process_space_query(value space, intnat at) {
  return nucleus_space_query(space_of(space), (uint64_t)at);
}

intnat process_space_next(value space, intnat at, intnat pages) {
  return nucleus_space_next(space_of(space), (uint64_t)at, (uint64_t)pages);
}

intnat process_space_copy_in(value space, intnat at, value bytes, intnat first, intnat count) {
  return (intnat)nucleus_space_copy_in(space_of(space), (uint64_t)at, Bytes_val(bytes) + first, (uint64_t)count);
}

intnat process_space_copy_out(value space, intnat at, value bytes, intnat first, intnat count) {
  return (intnat)nucleus_space_copy_out(space_of(space), (uint64_t)at, Bytes_val(bytes) + first, (uint64_t)count);
}

static uint8_t* data_of(value data) {
  return Caml_ba_data_val(data);
}

intnat process_space_copy_in_data(value space, intnat at, value data, intnat first, intnat count) {
  return (intnat)nucleus_space_copy_in(space_of(space), (uint64_t)at, data_of(data) + first, (uint64_t)count);
}

intnat process_space_copy_out_data(value space, intnat at, value data, intnat first, intnat count) {
  return (intnat)nucleus_space_copy_out(space_of(space), (uint64_t)at, data_of(data) + first, (uint64_t)count);
}

value process_space_pages(value space) {
  return Val_long(nucleus_space_pages(space_of(space)));
}
value process_space_tables(value space) {
  return Val_long(nucleus_space_tables(space_of(space)));
}

value process_vcpu_create(value space) {
  CAMLparam1(space);
  nucleus_vcpu* vcpu = nucleus_vcpu_create(space_of(space));
  CAMLreturn(vcpu ? wrap(&vcpu_operations, vcpu) : Val_none);
}

/// In the thread library.
value caml_thread_yield(value unit);

static bool has_one_cpu(void) {
  static _Atomic int count;  // 0: not known yet
  int known = atomic_load_explicit(&count, memory_order_relaxed);
  if (known == 0) {
    known = (int)sysconf(_SC_NPROCESSORS_ONLN);
    atomic_store_explicit(&count, known, memory_order_relaxed);
  }
  return known == 1;
}

/// Of a machine with one CPU: how often it had changed threads when the lock's holder looked last.
static uint64_t quiet_at = UINT64_MAX;

/// Nobody waits for the domain's lock that did not when its holder looked last, if no other thread has run since.
static bool nobody_wants_the_lock(void) {
  return nucleus_thread_switches() == quiet_at;
}

static void let_others_have_the_lock(void) {
  uint64_t switches = nucleus_thread_switches();
  if (switches == quiet_at) return;
  // Who has begun to wait while this thread waited waits still: so twice.
  for (int i = 0; i < 2; i++) {
    caml_thread_yield(Val_unit);
    const uint64_t now = nucleus_thread_switches();
    if (now == switches) {
      quiet_at = now;
      return;
    }
    switches = now;
  }
}

static uint64_t moment_of(intnat deadline) {
  return deadline == Max_long ? UINT64_MAX : deadline < 0 ? 0 : (uint64_t)deadline;
}

/// As long as no other thread can run, nobody misses the domain's lock, unless somebody waits for it already; and most
/// calls come so soon.
static int run_with_lock(nucleus_vcpu* vcpu, uint64_t* until) {
  let_others_have_the_lock();
  const int exit = nucleus_vcpu_run_alone(vcpu, *until);
  if (*until != UINT64_MAX) *until &= ~NUCLEUS_DEADLINE_IF_WANTED;  // somebody may have come meanwhile
  return exit;
}

/// The lock is given up without a look at pending signals: they are looked at on the way back, and the other variant waits
/// for collections that this thread need not take part in.
static int run_without_lock(nucleus_vcpu* vcpu, uint64_t until, int (*run)(nucleus_vcpu*, uint64_t)) {
  caml_enter_blocking_section_no_pending();
  const int exit = run(vcpu, until);
  caml_leave_blocking_section();
  return exit;
}

/// A nucleus_exit as Vcpu.exit, whose constructors are in that order.
static value exit_value(int exit) {
  if (exit >= NUCLEUS_EXIT_CALL && exit <= NUCLEUS_EXIT_AGAIN) return Val_int(exit - NUCLEUS_EXIT_CALL);
  caml_invalid_argument(exit == NUCLEUS_BUSY ? "Vcpu.run: it runs already"
                                             : "Vcpu.run: its registers are none of user mode");
}

value process_vcpu_run(value vcpu, intnat deadline) {
  CAMLparam1(vcpu);
  nucleus_vcpu* const running = vcpu_of(vcpu);
  uint64_t until = moment_of(deadline);
  int exit = NUCLEUS_EXIT_AGAIN;
  if (has_one_cpu()) exit = run_with_lock(running, &until);
  if (exit == NUCLEUS_EXIT_AGAIN) exit = run_without_lock(running, until, nucleus_vcpu_run);
  CAMLreturn(exit_value(exit));
}

// Picox_carriers: an Atomic is a block of one value. That of those that are ready is an immediate one if there are none.

static bool somebody_is_ready(value ready) {
  return Is_block(__atomic_load_n(Op_val(ready), __ATOMIC_SEQ_CST));
}
/// The number before.
static intnat add_to(value attentive, intnat change) {
  return Long_val(__atomic_fetch_add((intnat*)Op_val(attentive), 2 * change, __ATOMIC_SEQ_CST));
}

/// While nobody else runs, nobody becomes ready, and nobody asks who is attentive.
static bool others_want_the_carrier(value ready, value attentive) {
  return somebody_is_ready(ready) && add_to(attentive, 0) == 1;
}

/// The rest of process_vcpu_run_carried, where values may move. With `is_tried` it has run alone already.
static __attribute__((noinline)) value run_carried(value vcpu, uint64_t until, value ready, value attentive, bool is_tried) {
  CAMLparam3(vcpu, ready, attentive);
  nucleus_vcpu* const running = vcpu_of(vcpu);
  int exit = NUCLEUS_EXIT_AGAIN;
  if (!is_tried && has_one_cpu()) {
    let_others_have_the_lock();
    if (others_want_the_carrier(ready, attentive)) CAMLreturn(exit_value(NUCLEUS_EXIT_AGAIN));
    exit = nucleus_vcpu_run_alone(running, until);
    is_tried = true;
  }
  if (exit == NUCLEUS_EXIT_AGAIN) {
    if (is_tried && until != UINT64_MAX) until &= ~NUCLEUS_DEADLINE_IF_WANTED;  // somebody may have come meanwhile
    if (add_to(attentive, -1) == 1 && somebody_is_ready(ready)) {
      add_to(attentive, 1);
      CAMLreturn(exit_value(NUCLEUS_EXIT_AGAIN));
    }
    exit = run_without_lock(running, until, nucleus_vcpu_run);
    add_to(attentive, 1);
  }
  CAMLreturn(exit_value(exit));
}

/// The same, unless other fibers are ready for which no other carrier is: NUCLEUS_EXIT_AGAIN. Each call of a process comes
/// here: as long as the lock is kept no value moves, and none is registered.
value process_vcpu_run_carried(value vcpu, intnat deadline, value ready, value attentive) {
  const uint64_t until = moment_of(deadline);
  if (!has_one_cpu() || !nobody_wants_the_lock()) return run_carried(vcpu, until, ready, attentive, false);
  if (others_want_the_carrier(ready, attentive)) return exit_value(NUCLEUS_EXIT_AGAIN);
  const int exit = nucleus_vcpu_run_alone(vcpu_of(vcpu), until);
  return exit == NUCLEUS_EXIT_AGAIN ? run_carried(vcpu, until, ready, attentive, true) : exit_value(exit);
}

/// Until another thread is to run at most: NUCLEUS_EXIT_AGAIN. With one CPU nobody misses the lock before.
value process_vcpu_run_briefly(value vcpu, intnat deadline, value attentive) {
  CAMLparam2(vcpu, attentive);
  nucleus_vcpu* const running = vcpu_of(vcpu);
  const uint64_t until = moment_of(deadline);
  int exit;
  if (has_one_cpu()) {
    let_others_have_the_lock();
    exit = nucleus_vcpu_run_briefly(running, until);
  } else {
    add_to(attentive, -1);
    exit = run_without_lock(running, until, nucleus_vcpu_run_briefly);
    add_to(attentive, 1);
  }
  CAMLreturn(exit_value(exit));
}

/// Its registers as a bigarray of words; they are there as long as the virtual CPU is.
value process_vcpu_registers(value vcpu) {
  return caml_ba_alloc_dims(CAML_BA_INT64 | CAML_BA_C_LAYOUT | CAML_BA_EXTERNAL, 1,
                            nucleus_vcpu_registers(vcpu_of(vcpu)),
                            (intnat)(sizeof(nucleus_user_registers) / sizeof(uint64_t)));
}

value process_vcpu_kick(value vcpu) {
  nucleus_vcpu_kick(vcpu_of(vcpu));
  return Val_unit;
}

intnat process_now(value unit) {
  (void)unit;
  return nucleus_monotonic_ns ? (intnat)nucleus_monotonic_ns() : 0;
}

/// A thread's clock.  Spec: [linux/uapi "linux/posix-timers.h"]: the complement of its number, above the bits for a
/// thread's and for all its time.
intnat process_own_clock(value unit) {
  (void)unit;
  static _Thread_local pid_t number;
  if (number == 0) number = gettid();
  return (intnat)(~(uintnat)number << 3 | 4 | 2);
}

/// What the thread's clock shows. A carrier that takes one fiber after the other looks only once.
static _Thread_local uint64_t clock_at_end;

intnat process_clock_at_end(value unit) {
  (void)unit;
  clock_at_end = nucleus_thread_time_ns();
  return (intnat)clock_at_end;
}

intnat process_clock_at_start(value unit) {
  (void)unit;
  if (clock_at_end == 0) clock_at_end = nucleus_thread_time_ns();
  return (intnat)clock_at_end;
}

intnat process_read_clock(intnat clock) {
  struct timespec time;
  if (clock_gettime((clockid_t)clock, &time) != 0) return 0;
  return (intnat)time.tv_sec * 1000000000 + time.tv_nsec;
}

// The registers lie one behind the other.
static uint64_t* place(value vcpu, intnat index) {
  return (uint64_t*)nucleus_vcpu_registers(vcpu_of(vcpu)) + index;
}

static intnat as_int(uint64_t number) {
  const int64_t whole = (int64_t)number;
  return whole > Max_long || whole < Min_long ? Min_long : (intnat)whole;
}

intnat process_vcpu_fault_word(value vcpu, intnat index) {
  const nucleus_user_fault* fault = nucleus_vcpu_fault(vcpu_of(vcpu));
  switch (index) {
    case 0: return fault->kind;
    case 1: return as_int(fault->address);
    default: return as_int(fault->code);
  }
}

intnat process_vcpu_copy(value to, value from) {
  const int answer = nucleus_vcpu_copy_fp(vcpu_of(to), vcpu_of(from));
  if (answer == 0) memcpy(place(to, 0), place(from, 0), sizeof(nucleus_user_registers));
  return answer;
}

value process_vcpu_fp_size(value unit) {
  (void)unit;
  return Val_long(nucleus_vcpu_fp_size ? (intnat)nucleus_vcpu_fp_size() : 0);
}
intnat process_vcpu_get_fp(value vcpu, value bytes) {
  return nucleus_vcpu_get_fp(vcpu_of(vcpu), Bytes_val(bytes));
}
intnat process_vcpu_set_fp(value vcpu, value bytes) {
  return nucleus_vcpu_set_fp(vcpu_of(vcpu), Bytes_val(bytes));
}

/// Random bytes; the part is there.
value process_entropy(value bytes, value first, value count) {
  for (intnat done = 0; done < Long_val(count);) {
    const ssize_t got = getrandom(Bytes_val(bytes) + Long_val(first) + done, (size_t)(Long_val(count) - done), 0);
    if (got < 0) caml_failwith("no random numbers");
    done += got;
  }
  return Val_unit;
}

/// Bytes of the machine's memory: all, or what is free.
value process_machine_memory(value is_free) {
  struct sysinfo info;
  if (sysinfo(&info) != 0) return Val_long(0);
  return Val_long((intnat)((Bool_val(is_free) ? info.freeram : info.totalram) * info.mem_unit));
}
