// SPDX-License-Identifier: ISC

// Futexes: each rule by itself, then locks made of them under many random schedules. A lost wake-up leaves
// every thread waiting, which the simulated machine notices.

#include <arch/host/host_machine.h>
#include <nucleus/address_space.h>
#include <nucleus/futex.h>
#include <nucleus/image.h>
#include <nucleus/thread.h>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <random>
#include <vector>

namespace nucleus {
namespace {

/// Words of the program: the image's data.
std::uint32_t& word(unsigned index) {
  return reinterpret_cast<std::uint32_t*>(image_data_start)[index];
}
VirtAddr address(unsigned index) {
  return VirtAddr::of(&word(index));
}

/// Runs each function in a thread of its own, and waits until all have returned.
void run_all(std::vector<std::function<void()>> functions) {
  static std::atomic<unsigned> left;
  left = static_cast<unsigned>(functions.size());
  for (auto& function : functions) {
    const auto body = [](void* f) {
      (*static_cast<std::function<void()>*>(f))();
      --left;
    };
    Thread::create(body, &function).take()->start();
  }
  // Slowly, so that the idle thread moves the clock only when nobody else can run.
  while (left > 0) (void)sleep_until(Deadline::after(ns_per_s));
}

TEST(Futex, WaitsOnlyForTheExpectedValue) {
  word(0) = 5;
  EXPECT_EQ(futex_wait(address(0), 4, futex_any_bit, Deadline::never()).error(), Error::would_block);
  EXPECT_EQ(futex_wait(address(0), 5, futex_any_bit, Deadline::after(1000)).error(), Error::timed_out);
  EXPECT_EQ(futex_wait(address(0), 5, futex_any_bit, Deadline::at(0)).error(), Error::timed_out);
}

TEST(Futex, RefusesBadArguments) {
  EXPECT_EQ(futex_wait(address(0) + 1, 0, futex_any_bit, Deadline::never()).error(), Error::invalid_argument);
  EXPECT_EQ(futex_wait(address(0), word(0), 0, Deadline::never()).error(), Error::invalid_argument);
  EXPECT_EQ(futex_wait({64}, 0, futex_any_bit, Deadline::never()).error(), Error::bad_address);
  EXPECT_EQ(futex_wake(address(0), 1, 0).error(), Error::invalid_argument);
  EXPECT_EQ(futex_wake(address(0) + 2, 1).error(), Error::invalid_argument);
  EXPECT_EQ(futex_wake({64}, 1).value(), 0u);
}

TEST(Futex, ReadsAWordWhosePageIsNotThereYet) {
  const VirtAddr at = program_memory::map({}, page_size, access_read_write, Placement::anywhere).take();
  EXPECT_EQ(futex_wait(at, 1, futex_any_bit, Deadline::never()).error(), Error::would_block);
  EXPECT_EQ(futex_wait(at, 0, futex_any_bit, Deadline::after(10)).error(), Error::timed_out);
  ASSERT_TRUE(program_memory::unmap(at, page_size).ok());
  EXPECT_EQ(futex_wait(at, 0, futex_any_bit, Deadline::never()).error(), Error::bad_address);
}

TEST(Futex, WakesInOrderAndNoMoreThanAsked) {
  word(0) = 0;
  std::vector<int> woken;
  std::vector<std::function<void()>> threads;
  for (int i = 0; i < 5; ++i) {
    threads.push_back([&woken, i] {
      ASSERT_TRUE(futex_wait(address(0), 0, futex_any_bit, Deadline::never()).ok());
      woken.push_back(i);
    });
  }
  threads.push_back([&] {
    EXPECT_EQ(futex_wake(address(0), 2).value(), 2u);
    yield();
    EXPECT_EQ(woken, (std::vector<int>{0, 1}));
    EXPECT_EQ(futex_wake(address(1), 9).value(), 0u);
    EXPECT_EQ(futex_wake(address(0), 9).value(), 3u);
    EXPECT_EQ(futex_wake(address(0), 9).value(), 0u);
  });
  run_all(std::move(threads));
  EXPECT_EQ(woken, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Futex, BitsChooseWaiters) {
  word(0) = 0;
  std::vector<int> woken;
  const auto waiter = [&](int number, std::uint32_t bits) {
    return [&woken, number, bits] {
      ASSERT_TRUE(futex_wait(address(0), 0, bits, Deadline::never()).ok());
      woken.push_back(number);
    };
  };
  run_all({waiter(0, 1), waiter(1, 2), waiter(2, 3), [&] {
             EXPECT_EQ(futex_wake(address(0), 9, 4).value(), 0u);
             EXPECT_EQ(futex_wake(address(0), 9, 2).value(), 2u);
             EXPECT_EQ(futex_wake(address(0), 9, 1).value(), 1u);
           }});
  EXPECT_EQ(woken, (std::vector<int>{1, 2, 0}));
}

TEST(Futex, RequeueMovesWaiters) {
  word(0) = word(1) = 0;
  int woken = 0;
  const auto waiter = [&] {
    ASSERT_TRUE(futex_wait(address(0), 0, futex_any_bit, Deadline::never()).ok());
    ++woken;
  };
  const auto impatient = [&] {
    EXPECT_EQ(futex_wait(address(0), 0, futex_any_bit, Deadline::after(5 * ns_per_s)).error(),
              Error::timed_out);
  };
  run_all({waiter, waiter, waiter, impatient, [&] {
             const std::uint32_t wrong = 7;
             EXPECT_EQ(futex_requeue(address(0), 1, address(1), 9, &wrong).error(), Error::would_block);
             const std::uint32_t right = 0;
             EXPECT_EQ(futex_requeue(address(0), 1, address(1), 9, &right).value(), 4u);
             yield();
             EXPECT_EQ(woken, 1);
             EXPECT_EQ(futex_wake(address(0), 9).value(), 0u);
             // The impatient one times out where it was moved to.
             (void)sleep_until(Deadline::after(6 * ns_per_s));
             EXPECT_EQ(futex_wake(address(1), 9).value(), 2u);
           }});
  EXPECT_EQ(woken, 3);
}

TEST(Futex, ASignalEndsTheWait) {
  word(0) = 0;
  Thread* waiting = nullptr;
  run_all({[&] {
             waiting = &current_thread();
             EXPECT_EQ(futex_wait(address(0), 0, futex_any_bit, Deadline::never()).error(),
                       Error::interrupted);
             current_thread().signals.pending = 0;
           },
           [&] {
             waiting->signals.pending = 1;
             unpark(*waiting);
           }});
}

/// Lets other threads run at random moments.
class Schedules : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    random_.seed(GetParam());
    host::at_interrupt_point = [this] {
      if (random_() % 3 == 0) yield();
    };
  }
  void TearDown() override { host::at_interrupt_point = nullptr; }

  /// A place where another thread may run: between two steps on shared memory.
  void step() {
    if (random_() % 3 == 0) yield();
  }

  std::mt19937 random_;
};

TEST_P(Schedules, AMutexLosesNoWakeUp) {
  // 0 free, 1 held, 2 held and somebody may wait.
  word(0) = 0;
  int inside = 0;
  int total = 0;
  const auto lock = [&] {
    std::atomic_ref state{word(0)};
    std::uint32_t seen = 0;
    if (state.compare_exchange_strong(seen, 1)) return;
    step();
    if (seen != 2) seen = state.exchange(2);
    while (seen != 0) {
      step();
      const auto waited = futex_wait(address(0), 2, futex_any_bit, Deadline::never());
      ASSERT_TRUE(waited.ok() || waited.error() == Error::would_block);
      step();
      seen = state.exchange(2);
    }
  };
  const auto unlock = [&] {
    std::atomic_ref state{word(0)};
    if (state.fetch_sub(1) == 1) return;
    step();
    state.store(0);
    step();
    ASSERT_TRUE(futex_wake(address(0), 1).ok());
  };
  const auto worker = [&] {
    for (int i = 0; i < 20; ++i) {
      lock();
      ASSERT_EQ(++inside, 1);
      step();
      ++total;
      --inside;
      unlock();
      step();
    }
  };
  run_all({worker, worker, worker, worker});
  EXPECT_EQ(total, 80);
}

TEST_P(Schedules, AConditionByRequeueLosesNoWakeUp) {
  // A sequence number waiters sleep on; a broadcast wakes one and moves the rest to a second word, passed on
  // one by one.
  word(0) = word(1) = 0;
  bool ready = false;
  int through = 0;
  const auto waiter = [&] {
    for (;;) {
      const std::uint32_t seen = std::atomic_ref{word(0)}.load();
      step();
      if (ready) break;
      step();
      const auto waited = futex_wait(address(0), seen, futex_any_bit, Deadline::never());
      ASSERT_TRUE(waited.ok() || waited.error() == Error::would_block);
      step();
    }
    ++through;
    ASSERT_TRUE(futex_wake(address(1), 1).ok());
  };
  const auto broadcaster = [&] {
    for (int i = 0; i < 5; ++i) step();
    ready = true;
    step();
    std::atomic_ref{word(0)}.fetch_add(1);
    step();
    ASSERT_TRUE(futex_requeue(address(0), 1, address(1), 100, nullptr).ok());
    // If no waiter was there to be woken first, nobody passes on.
    ASSERT_TRUE(futex_wake(address(1), 1).ok());
  };
  run_all({waiter, waiter, waiter, broadcaster, waiter, waiter});
  EXPECT_EQ(through, 5);
}

TEST_P(Schedules, TimeoutsAndWakesDoNotMeet) {
  // Each wake-up that is counted as delivered was received, whatever times out meanwhile.
  word(0) = 0;
  int received = 0;
  std::size_t delivered = 0;
  const auto waiter = [&] {
    for (int i = 0; i < 10; ++i) {
      const auto waited = futex_wait(address(0), 0, futex_any_bit, Deadline::after(random_() % 50));
      received += waited.ok();
      step();
    }
  };
  const auto waker = [&] {
    for (int i = 0; i < 30; ++i) {
      delivered += futex_wake(address(0), 1 + random_() % 2).value();
      host::advance_clock(random_() % 20);
      step();
    }
  };
  run_all({waiter, waiter, waker, waiter});
  EXPECT_EQ(static_cast<std::size_t>(received), delivered);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Schedules, testing::Range(0, 60));

}  // namespace
}  // namespace nucleus
