// SPDX-License-Identifier: ISC

// The scheduler, timers, futexes and shootdown on four simulated CPUs, under many random schedules. A lost
// wake-up leaves every thread waiting, which the simulated machine notices; a thread that runs on two CPUs,
// or is forgotten, breaks a count.

#include <arch/host/host_machine.h>
#include <core/scheduler.h>
#include <core/shootdown.h>
#include <nucleus/cpu.h>
#include <nucleus/frames.h>
#include <nucleus/futex.h>
#include <nucleus/image.h>
#include <nucleus/mutex.h>
#include <nucleus/thread.h>
#include <nucleus/wait_queue.h>

#include <arch/cpu.h>
#include <arch/interrupts.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

namespace nucleus {
namespace {

// How many schedules each test goes through, and the first one's number, from the environment: SMP_SEEDS and
// SMP_SEED.
unsigned number_from(const char* name, unsigned otherwise) {
  const char* const text = std::getenv(name);
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}
const unsigned seeds = number_from("SMP_SEEDS", 40);
const unsigned first_seed = number_from("SMP_SEED", 1);

void wait_for_cpus() {
  while (online_cpu_count() < host::cpus) (void)sleep_until(Deadline::after(ns_per_ms));
}

/// Runs body(index) in `count` threads; returns when all have returned.
void run_all(unsigned count, std::function<void(unsigned)> body) {
  static unsigned left;
  left = count;
  std::vector<std::function<void()>> functions;
  for (unsigned i = 0; i < count; ++i) functions.emplace_back([&body, i] { body(i); });
  for (auto& function : functions) {
    const auto run = [](void* f) {
      (*static_cast<std::function<void()>*>(f))();
      --left;
    };
    Thread::create(run, &function).take()->start();
  }
  while (left > 0) (void)sleep_until(Deadline::after(10 * ns_per_ms));
}

/// Runs test(random numbers) once for each seed.
void with_schedules(const std::function<void(std::minstd_rand&)>& test) {
  wait_for_cpus();
  for (unsigned seed = first_seed; seed < first_seed + seeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    host::restart_schedule(seed);
    std::minstd_rand random{seed};
    test(random);
  }
}

unsigned here() {
  InterruptGuard off;
  return arch::this_cpu()->index;
}

TEST(Smp, AllCpusComeOnline) {
  wait_for_cpus();
  EXPECT_EQ(online_cpu_count(), 4u);
}

TEST(Smp, BusyThreadsSpreadOverAllCpus) {
  with_schedules([](std::minstd_rand& random) {
    const unsigned count = host::cpus + random() % 5;
    std::vector<std::uint64_t> ran_ns(count);
    std::uint64_t seen = 0;
    constexpr std::uint64_t length_ns = 100 * ns_per_ms;
    const Deadline end = Deadline::after(length_ns);
    run_all(count, [&](unsigned i) {
      while (!end.passed()) {
        host::advance_clock(10'000);
        seen |= std::uint64_t{1} << here();
      }
      ran_ns[i] = cpu_time_ns(current_thread());
    });
    EXPECT_EQ(seen, 15u);
    // Six on four: two thirds of a CPU each.
    const double fair_ns = static_cast<double>(length_ns) * host::cpus / count;
    for (std::uint64_t ns : ran_ns) EXPECT_NEAR(static_cast<double>(ns), fair_ns, length_ns * 0.2) << count;
  });
}

TEST(Smp, ATokenGoesRound) {
  with_schedules([](std::minstd_rand&) {
    constexpr unsigned count = 5;
    constexpr unsigned rounds = 40;
    Thread* threads[count] = {};
    unsigned token = 0;
    unsigned ready = 0;
    run_all(count, [&](unsigned self) {
      threads[self] = &current_thread();
      ++ready;
      while (ready < count) yield();
      for (unsigned round = 0; round < rounds; ++round) {
        while (token % count != self) park(Deadline::never());
        ++token;
        if (token < count * rounds) unpark(*threads[token % count]);
      }
    });
    EXPECT_EQ(token, count * rounds);
  });
}

TEST(Smp, HandOversStayOnOneCpu) {
  wait_for_cpus();
  host::restart_schedule(5);
  Thread* threads[2] = {};
  unsigned turn = 0;
  unsigned moves = 0;
  unsigned last = 0;
  constexpr unsigned rounds = 500;
  run_all(2, [&](unsigned self) {
    threads[self] = &current_thread();
    while (!threads[1 - self]) yield();
    for (unsigned round = 0; round < rounds; ++round) {
      while (turn % 2 != self) park(Deadline::never());
      if (here() != last) ++moves;
      last = here();
      if (++turn < 2 * rounds) unpark(*threads[1 - self]);
    }
  });
  EXPECT_LT(moves, rounds / 10);
}

TEST(WakerHabit, IsLearntAndForgotten) {
  WakerHabit habit;
  EXPECT_TRUE(habit.waits_soon());
  for (int i = 0; i < 10; ++i) habit.goes_on();
  EXPECT_FALSE(habit.waits_soon());
  std::uint64_t now_ns = ns_per_s;
  for (int i = 0; i < 10; ++i) {
    habit.wakes(now_ns);
    habit.waits(now_ns + WakerHabit::soon_ns / 2);
    habit.waits(now_ns + ns_per_s);  // woke nobody since
  }
  EXPECT_TRUE(habit.waits_soon());
  for (int i = 0; i < 10; ++i) {
    habit.wakes(now_ns);
    habit.waits(now_ns + WakerHabit::soon_ns);
  }
  EXPECT_FALSE(habit.waits_soon());
}

struct Box {
  unsigned full = 0;
  WaitQueue filled;
};

TEST(Smp, MessagesArriveOnce) {
  with_schedules([](std::minstd_rand& random) {
    constexpr unsigned count = 6;
    constexpr unsigned messages = 60;
    Locked<Box, Rank::wait_queue> boxes[count / 2];
    unsigned taken = 0;
    run_all(count, [&](unsigned self) {
      auto& box = boxes[self / 2];
      for (unsigned i = 0; i < messages; ++i) {
        if (self % 2 == 0) {
          box.with([](Box& b) {
            ++b.full;
            b.filled.wake_one();
          });
          if (random() % 8 == 0) (void)sleep_until(Deadline::after(random() % 100'000));
        } else {
          const auto take = [](Box& b) { return b.full > 0 && b.full--; };
          EXPECT_TRUE(wait_until(box, &Box::filled, take).ok());
          ++taken;
        }
      }
    });
    EXPECT_EQ(taken, count / 2 * messages);
  });
}

TEST(Smp, MutexesExclude) {
  with_schedules([](std::minstd_rand& random) {
    Mutex mutex;
    unsigned inside = 0;
    unsigned total = 0;
    run_all(6, [&](unsigned) {
      for (unsigned i = 0; i < 30; ++i) {
        MutexGuard guard{mutex};
        ASSERT_EQ(++inside, 1u);
        host::advance_clock(random() % 200'000);
        if (random() % 4 == 0) yield();
        --inside;
        ++total;
      }
    });
    EXPECT_EQ(total, 180u);
  });
}

std::uint32_t& word(unsigned index) {
  return reinterpret_cast<std::uint32_t*>(image_data_start)[index];
}

TEST(Smp, FutexesAreNotMissed) {
  // As a libc's semaphore does it: the word counts; who finds 0 sleeps.
  with_schedules([](std::minstd_rand& random) {
    std::atomic_ref<std::uint32_t> count{word(0)};
    count = 0;
    run_all(6, [&](unsigned self) {
      for (unsigned i = 0; i < 40; ++i) {
        if (self % 2 == 0) {
          ++count;
          EXPECT_TRUE(futex_wake(VirtAddr::of(&word(0)), 1).ok());
          host::advance_clock(random() % 50'000);
          continue;
        }
        for (;;) {
          std::uint32_t value = count;
          if (value > 0 && count.compare_exchange_strong(value, value - 1)) break;
          const bool impatient = random() % 4 == 0;
          const Deadline until = impatient ? Deadline::after(random() % 50'000) : Deadline::never();
          if (value == 0) (void)futex_wait(VirtAddr::of(&word(0)), 0, futex_any_bit, until);
        }
      }
    });
    EXPECT_EQ(count, 0u);
  });
}

TEST(Smp, AWokenThreadMayExitAtOnce) {
  // It may find itself woken by its deadline's interrupt, before the waker has unparked it.
  with_schedules([](std::minstd_rand& random) {
    for (unsigned round = 0; round < 10; ++round) {
      std::uint32_t& here = word(round % 2);
      std::size_t woken = 0;
      std::size_t delivered = 0;
      run_all(6, [&](unsigned self) {
        if (self >= 3) {
          const Deadline until = Deadline::after(random() % 3000);
          woken += futex_wait(VirtAddr::of(&here), here, futex_any_bit, until).ok();
          return;
        }
        host::advance_clock(random() % 3000);
        delivered += futex_wake(VirtAddr::of(&here), 3).value();
        reap_exited_threads();
      });
      EXPECT_EQ(woken, delivered);
    }
  });
}

TEST(Smp, ABoundThreadRunsWhereItMay) {
  with_schedules([](std::minstd_rand& random) {
    run_all(6, [&](unsigned) {
      for (unsigned i = 0; i < 20; ++i) {
        const CpuSet allowed{1 + random() % 15};
        ASSERT_TRUE(set_affinity(current_thread(), allowed).ok());
        for (unsigned step = 0; step < 4; ++step) {
          EXPECT_TRUE(allowed.contains(here()));
          if (random() % 3 == 0) (void)sleep_until(Deadline::after(random() % 20'000));
          if (random() % 3 == 0) yield();
          host::advance_clock(random() % 2'000'000);
        }
      }
    });
  });
}

TEST(Smp, OthersMayBindAThreadAtAnyMoment) {
  with_schedules([](std::minstd_rand& random) {
    Thread* threads[4] = {};
    unsigned started = 0;
    bool stop = false;
    run_all(5, [&](unsigned self) {
      if (self < 4) threads[self] = &current_thread();
      ++started;
      while (started < 5) yield();
      if (self == 4) {
        for (unsigned i = 0; i < 60; ++i) {
          EXPECT_TRUE(set_affinity(*threads[random() % 4], {1 + random() % 15}).ok());
          host::advance_clock(random() % 100'000);
          if (random() % 4 == 0) yield();
        }
        stop = true;
      }
      while (!stop) {
        if (random() % 2 == 0) (void)sleep_until(Deadline::after(random() % 100'000));
        host::advance_clock(random() % 100'000);
      }
    });
  });
}

TEST(Smp, FlushesReachEveryCpu) {
  with_schedules([](std::minstd_rand& random) {
    run_all(5, [&](unsigned) {
      for (unsigned i = 0; i < 30; ++i) {
        flush_everywhere(layout::program_window.start, 1);
        host::advance_clock(random() % 10'000);
      }
    });
  });
}

// A CPU that is busy with interrupts off answers late. The answer ends the halt of who waits for it; else the
// next timer would, milliseconds later.
TEST(Smp, LateAnswersEndTheWait) {
  with_schedules([](std::minstd_rand&) {
    constexpr std::uint64_t busy_ns = 150'000;
    std::uint64_t longest_ns = 0;
    bool stop = false;
    run_all(host::cpus, [&](unsigned self) {
      for (unsigned i = 0; self == 0 && i < 4; ++i) {
        const std::uint64_t start_ns = monotonic_ns();
        flush_everywhere(layout::program_window.start, 1);
        longest_ns = std::max(longest_ns, monotonic_ns() - start_ns);
        host::advance_clock(20'000);
      }
      if (self == 0) stop = true;
      while (!stop) {
        {
          InterruptGuard off;
          const Deadline end = Deadline::after(busy_ns);
          while (!end.passed()) arch::relax();
        }
        host::advance_clock(1'000);
      }
    });
    EXPECT_LT(longest_ns, 10 * busy_ns);
  });
}

TEST(Smp, ThreadsLeaveNothingBehind) {
  wait_for_cpus();
  host::restart_schedule(3);
  const auto round = [] {
    for (unsigned i = 0; i < 3; ++i) {
      run_all(12, [](unsigned) { yield(); });
    }
    (void)sleep_until(Deadline::after(10 * ns_per_ms));
    reap_exited_threads();
  };
  round();
  const std::size_t committed = frame_counters().committed;
  for (int i = 0; i < 3; ++i) round();
  EXPECT_EQ(frame_counters().committed, committed);
}

}  // namespace
}  // namespace nucleus
