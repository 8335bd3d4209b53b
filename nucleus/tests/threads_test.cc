// SPDX-License-Identifier: ISC

#include <arch/host/host_machine.h>
#include <core/scheduler.h>
#include <nucleus/frames.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/mutex.h>
#include <nucleus/thread.h>
#include <nucleus/wait_queue.h>

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace nucleus {
namespace {

void start(std::function<void()>& function, Priority priority = Priority::normal) {
  const auto body = [](void* f) { (*static_cast<std::function<void()>*>(f))(); };
  Thread::create(body, &function, priority).take()->start();
}

TEST(Threads, RunAndLeaveNothingBehind) {
  int ran = 0;
  std::function<void()> body = [&] { ++ran; };
  const auto round = [&] {
    for (int i = 0; i < 100; ++i) start(body);
    while (ran % 100 != 0 || ran == 0) yield();
    ran = 0;
    yield();
    reap_exited_threads();
  };
  round();
  const std::size_t free = frame_counters().free;
  const std::size_t committed = frame_counters().committed;
  for (int i = 0; i < 3; ++i) round();
  EXPECT_EQ(frame_counters().free, free);
  EXPECT_EQ(frame_counters().committed, committed);
}

TEST(Threads, TakeTurns) {
  std::vector<int> order;
  std::function<void()> bodies[3];
  for (int i = 0; i < 3; ++i) {
    bodies[i] = [&order, i] {
      for (int round = 0; round < 3; ++round) {
        order.push_back(i);
        yield();
      }
    };
    start(bodies[i]);
  }
  while (order.size() < 9) yield();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 0, 1, 2, 0, 1, 2}));
}

TEST(Threads, BusyOnesShareTheCpu) {
  // Three threads that never give way: the timer takes the CPU from them.
  std::uint64_t ran_us[3] = {};
  bool stop = false;
  int ended = 0;
  std::function<void()> bodies[3];
  for (int i = 0; i < 3; ++i) {
    bodies[i] = [&, i] {
      while (!stop) {
        host::advance_clock(10'000);
        ran_us[i] += 10;
      }
      ++ended;
    };
    start(bodies[i]);
  }
  (void)sleep_until(Deadline::after(300 * ns_per_ms));
  stop = true;
  while (ended < 3) yield();
  for (std::uint64_t us : ran_us) EXPECT_NEAR(static_cast<double>(us), 100'000., 5'000.);
}

TEST(Threads, ASleeperWakesSoonBesidesBusyOnes) {
  bool stop = false;
  int ended = 0;
  std::function<void()> busy = [&] {
    while (!stop) host::advance_clock(10'000);
    ++ended;
  };
  for (int i = 0; i < 4; ++i) start(busy);
  std::uint64_t worst_ns = 0;
  for (int i = 0; i < 50; ++i) {
    const Deadline until = Deadline::after(7 * ns_per_ms + 100'000 * static_cast<std::uint64_t>(i));
    ASSERT_TRUE(sleep_until(until).ok());
    worst_ns = std::max(worst_ns, monotonic_ns() - until.ns());
  }
  stop = true;
  while (ended < 4) yield();
  EXPECT_LE(worst_ns, 1 * ns_per_ms + 50'000);
}

TEST(Threads, AHigherOneRunsAsSoonAsItIsWoken) {
  WaitQueue queue;
  bool done = false;
  Thread* high = nullptr;
  std::function<void()> body = [&] {
    high = &current_thread();
    park(Deadline::never());
    done = true;
  };
  start(body, Priority::high);
  while (!high) yield();
  yield();
  unpark(*high);
  // The interrupt that takes the CPU away comes at once.
  host::advance_clock(0);
  EXPECT_TRUE(done);
}

TEST(Threads, AWakeUpDoesNotEndTheWakersTurn) {
  bool done = false;
  Thread* other = nullptr;
  std::function<void()> body = [&] {
    other = &current_thread();
    park(Deadline::never());
    done = true;
  };
  start(body);
  while (!other) yield();
  yield();
  unpark(*other);
  host::advance_clock(500'000);
  EXPECT_FALSE(done);
  host::advance_clock(10 * ns_per_ms);
  EXPECT_TRUE(done);
}

TEST(Threads, TimeIsAccountedFor) {
  const std::uint64_t before_ns = cpu_time_ns(current_thread());
  const std::uint64_t program_before_ns = program_cpu_time_ns();
  host::advance_clock(5 * ns_per_ms);
  EXPECT_EQ(cpu_time_ns(current_thread()) - before_ns, 5 * ns_per_ms);
  (void)sleep_until(Deadline::after(ns_per_s));
  EXPECT_LT(cpu_time_ns(current_thread()) - before_ns, 6 * ns_per_ms);
  EXPECT_GE(program_cpu_time_ns() - program_before_ns, 5 * ns_per_ms);
}

TEST(Permit, IsKeptOnce) {
  unpark(current_thread());
  unpark(current_thread());
  park(Deadline::never());
  const std::uint64_t start_ns = monotonic_ns();
  park(Deadline::after(1000));
  EXPECT_GE(monotonic_ns(), start_ns + 1000);
}

struct Box {
  int value = 0;
  WaitQueue changed;
};

TEST(WaitUntil, SeesTheConditionOrSaysWhyNot) {
  Locked<Box, Rank::wait_queue> box;
  const auto is_three = [](Box& b) { return b.value == 3; };
  EXPECT_EQ(wait_until(box, &Box::changed, is_three, Deadline::after(1000)).error(), Error::timed_out);
  std::function<void()> counter = [&] {
    for (int i = 0; i < 3; ++i) {
      (void)sleep_until(Deadline::after(1000));
      box.with([](Box& b) {
        ++b.value;
        b.changed.wake_all();
      });
    }
  };
  start(counter);
  EXPECT_TRUE(wait_until(box, &Box::changed, is_three).ok());
  current_thread().signals.pending = 1;
  const auto is_four = [](Box& b) { return b.value == 4; };
  EXPECT_EQ(wait_until(box, &Box::changed, is_four).error(), Error::interrupted);
  EXPECT_EQ(wait_until(box, &Box::changed, is_four, Deadline::after(10), Interruptible::no).error(),
            Error::timed_out);
  EXPECT_EQ(sleep_until(Deadline::after(1000)).error(), Error::interrupted);
  current_thread().signals.pending = 0;
  box.with([](Box& b) { EXPECT_TRUE(b.changed.empty()); });
}

TEST(Mutexes, ExcludeAcrossPreemption) {
  Mutex mutex;
  int inside = 0;
  int total = 0;
  int ended = 0;
  std::function<void()> body = [&] {
    for (int i = 0; i < 50; ++i) {
      MutexGuard guard{mutex};
      ASSERT_EQ(++inside, 1);
      host::advance_clock(400'000);
      yield();
      --inside;
      ++total;
    }
    ++ended;
  };
  for (int i = 0; i < 4; ++i) start(body);
  while (ended < 4) (void)sleep_until(Deadline::after(ns_per_ms));
  EXPECT_EQ(total, 200);
}

TEST(KernelStacks, HaveAGuardAndAnOwner) {
  std::uintptr_t top = 0;
  Thread* self = nullptr;
  std::function<void()> body = [&] {
    self = &current_thread();
    top = self->kernel_stack_top();
  };
  start(body);
  while (!self) yield();
  EXPECT_EQ(kernel_stack_of(top).owner, self);
  EXPECT_EQ(kernel_stack_of(top - 5000).owner, self);
  EXPECT_FALSE(in_stack_guard({top}));
  EXPECT_FALSE(in_stack_guard({align_down(top, kernel_stack_size)}));
  EXPECT_TRUE(in_stack_guard({align_down(top, kernel_stack_size) - 1}));
}

TEST(Affinity, MustNameACpuThatExists) {
  EXPECT_EQ(set_affinity(current_thread(), {.bits = 0}).error(), Error::invalid_argument);
  EXPECT_EQ(set_affinity(current_thread(), {.bits = 2}).error(), Error::invalid_argument);
  EXPECT_TRUE(set_affinity(current_thread(), {.bits = 3}).ok());
  EXPECT_EQ(affinity(current_thread()).bits, 3u);
}

}  // namespace
}  // namespace nucleus
