// SPDX-License-Identifier: ISC

// Threads and futexes. A new thread is made by nucleus_enter_clone, of the core.  Spec: [linux/uapi
// "linux/futex.h"]

#include "calls.h"
#include "program_end.h"
#include "time_values.h"

#include <nucleus/cpu.h>
#include <nucleus/futex.h>
#include <nucleus/thread.h>

#include <arch/cpu.h>

namespace nucleus::call {

Result<long> set_tid_address(const Arguments& arguments) {
  Thread& thread = current_thread();
  thread.clear_child_tid = arguments.size(0);
  return long{thread.id()};
}

Result<long> get_thread_id(const Arguments&) {
  return long{current_thread().id()};
}

Result<long> exit_this_thread(const Arguments&) {
  exit_thread();
}

Result<long> exit_program(const Arguments& arguments) {
  end_program(arguments.integer(0) & 0xff, ExitReason::exit);
}

Result<long> yield_cpu(const Arguments&) {
  yield();
  return 0L;
}

namespace {

/// Calls function(Thread&) for a thread id as the calls give it: 0 is the caller.
template <typename Function>
Result<> with_thread_id(int id, Function&& function) {
  if (id == 0) {
    function(current_thread());
    return {};
  }
  if (!Thread::with(id, function)) return Error::no_such_thread;
  return {};
}

}  // namespace

Result<long> get_affinity(const Arguments& arguments) {
  CpuSet set;
  if (arguments.size(1) < sizeof set.bits || arguments.size(1) % sizeof set.bits != 0)
    return Error::invalid_argument;
  TRY(with_thread_id(arguments.integer(0), [&](Thread& thread) { set = affinity(thread); }));
  const unsigned cpus = online_cpu_count();
  if (cpus < 64) set.bits &= (std::uint64_t{1} << cpus) - 1;
  TRY(store_to_program(arguments.address(2), set.bits));
  return static_cast<long>(sizeof set.bits);
}

Result<long> change_affinity(const Arguments& arguments) {
  CpuSet set{0};
  const std::size_t size = arguments.size(1) < sizeof set.bits ? arguments.size(1) : sizeof set.bits;
  TRY(copy_from_program(&set.bits, arguments.address(2), size));
  bool exists = false;
  TRY(with_thread_id(arguments.integer(0), [&](Thread& thread) { exists = set_affinity(thread, set).ok(); }));
  if (!exists) return Error::invalid_argument;
  return 0L;
}

Result<long> get_cpu(const Arguments& arguments) {
  std::uint32_t index = 0;
  {
    const InterruptGuard guard;
    index = arch::this_cpu()->index;
  }
  TRY(store_if_wanted(arguments.address(0), index));
  TRY(store_if_wanted(arguments.address(1), std::uint32_t{0}));
  return 0L;
}

Result<long> set_robust_list(const Arguments& arguments) {
  if (arguments.size(1) != 24) return Error::invalid_argument;
  current_thread().robust_list = arguments.size(0);
  return 0L;
}

Result<long> get_robust_list(const Arguments& arguments) {
  std::uint64_t head = 0;
  TRY(with_thread_id(arguments.integer(0), [&](Thread& thread) { head = thread.robust_list; }));
  TRY(store_to_program(arguments.address(1), head));
  TRY(store_to_program(arguments.address(2), std::uint64_t{24}));
  return 0L;
}

Result<long> memory_barrier(const Arguments& arguments) {
  constexpr int query = 0;
  constexpr int global = 1;
  constexpr int private_expedited = 8;
  constexpr int register_private_expedited = 16;
  switch (arguments.integer(0)) {
    case query:
      return long{global | private_expedited | register_private_expedited};
    case register_private_expedited:
      return 0L;
    case global:
    case private_expedited:
      barrier_everywhere();
      return 0L;
    default:
      return Error::invalid_argument;
  }
}

namespace {

constexpr std::uint32_t futex_private = 128;
constexpr std::uint32_t futex_clock_realtime = 256;
enum FutexOperation : std::uint32_t {
  futex_operation_wait = 0,
  futex_operation_wake = 1,
  futex_operation_requeue = 3,
  futex_operation_compare_requeue = 4,
  futex_operation_wait_bits = 9,
  futex_operation_wake_bits = 10,
};

/// WAIT counts from now, WAIT_BITSET to a moment of its clock.
Result<Deadline> decode_futex_deadline(const Arguments& arguments, std::uint32_t operation) {
  if (arguments.is_null(3)) return Deadline::never();
  const std::uint64_t time = TRY(load_time(arguments.address(3)));
  if ((operation & ~(futex_private | futex_clock_realtime)) == futex_operation_wait)
    return Deadline::after(time);
  return operation & futex_clock_realtime ? Deadline::at_wall_clock(time) : Deadline::at(time);
}

}  // namespace

Result<long> use_futex(const Arguments& arguments) {
  const VirtAddr word = arguments.address(0);
  const std::uint32_t operation = arguments.flags(1);
  const std::uint32_t value = arguments.flags(2);
  const auto bits = arguments.flags(5);
  switch (operation & ~(futex_private | futex_clock_realtime)) {
    case futex_operation_wait:
    case futex_operation_wait_bits: {
      const Deadline deadline = TRY(decode_futex_deadline(arguments, operation));
      const bool any = (operation & 15) == futex_operation_wait;
      TRY(futex_wait(word, value, any ? futex_any_bit : bits, deadline));
      return 0L;
    }
    case futex_operation_wake:
      return static_cast<long>(TRY(futex_wake(word, static_cast<std::size_t>(arguments.integer(2)))));
    case futex_operation_wake_bits:
      return static_cast<long>(TRY(futex_wake(word, static_cast<std::size_t>(arguments.integer(2)), bits)));
    case futex_operation_requeue:
    case futex_operation_compare_requeue: {
      const bool compare = (operation & 15) == futex_operation_compare_requeue;
      return static_cast<long>(
          TRY(futex_requeue(word, static_cast<std::size_t>(arguments.integer(2)), arguments.address(4),
                            static_cast<std::size_t>(arguments.integer(3)), compare ? &bits : nullptr)));
    }
    default:
      return Error::not_implemented;
  }
}

}  // namespace nucleus::call
