// SPDX-License-Identifier: ISC

#include <arch/host/host_machine.h>
#include <core/timer_queue.h>
#include <nucleus/thread.h>
#include <nucleus/timer.h>
#include <nucleus/wait_queue.h>

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <vector>

namespace nucleus {
namespace {

struct Recorder {
  std::vector<int> fired;
  struct Entry {
    Recorder* recorder;
    int number;
  };
  static Deadline expired(void* argument) {
    auto* entry = static_cast<Entry*>(argument);
    entry->recorder->fired.push_back(entry->number);
    return Deadline::never();
  }
};

TEST(TimerQueue, AgreesWithASortedSet) {
  std::mt19937 random{11};
  Recorder recorder;
  std::vector<Recorder::Entry> entries(200);
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 200; ++i) {
    entries[i] = {&recorder, i};
    timers.push_back(std::make_unique<Timer>(Recorder::expired, &entries[i]));
  }
  TimerQueue queue;
  std::set<std::pair<std::uint64_t, int>> model;
  std::vector<std::uint64_t> deadline(200, 0);
  std::uint64_t now = 0;
  for (int step = 0; step < 20000; ++step) {
    const int i = static_cast<int>(random() % 200);
    const bool in = model.contains({deadline[i], i});
    if (random() % 10 == 0) {
      now += random() % 500;
      recorder.fired.clear();
      queue.expire(now);
      std::uint64_t last = 0;
      for (int fired : recorder.fired) {
        ASSERT_TRUE(model.contains({deadline[fired], fired}));
        ASSERT_LE(last, deadline[fired]);
        last = deadline[fired];
        model.erase({deadline[fired], fired});
      }
      ASSERT_TRUE(model.empty() || model.begin()->first > now);
    } else if (in) {
      ASSERT_TRUE(queue.remove(*timers[i]));
      ASSERT_FALSE(queue.remove(*timers[i]));
      model.erase({deadline[i], i});
    } else {
      deadline[i] = now + 1 + random() % 1000;
      queue.insert(*timers[i], deadline[i]);
      model.insert({deadline[i], i});
    }
    ASSERT_EQ(queue.earliest_ns(), model.empty() ? ~std::uint64_t{0} : model.begin()->first);
  }
  for (auto& timer : timers) queue.remove(*timer);
}

TEST(Timer, FiresOnceAtItsTime) {
  Recorder recorder;
  Recorder::Entry entry{&recorder, 1};
  Timer timer{Recorder::expired, &entry};
  timer.arm(Deadline::after(1000));
  host::advance_clock(999);
  EXPECT_TRUE(recorder.fired.empty());
  host::advance_clock(1);
  EXPECT_EQ(recorder.fired.size(), 1u);
  host::advance_clock(1'000'000);
  EXPECT_EQ(recorder.fired.size(), 1u);
  EXPECT_FALSE(timer.cancel());
}

TEST(Timer, ACancelledOneNeverFires) {
  Recorder recorder;
  Recorder::Entry entry{&recorder, 1};
  Timer timer{Recorder::expired, &entry};
  timer.arm(Deadline::after(1000));
  EXPECT_TRUE(timer.cancel());
  timer.arm(Deadline::after(5000));
  timer.arm(Deadline::after(2000));
  host::advance_clock(2000);
  EXPECT_EQ(recorder.fired.size(), 1u);
  host::advance_clock(10000);
  EXPECT_EQ(recorder.fired.size(), 1u);
}

TEST(Timer, CanBePeriodic) {
  struct Ticks {
    int count = 0;
    std::uint64_t next_ns = 0;
  } ticks{.next_ns = monotonic_ns() + 100};
  Timer timer{[](void* argument) {
                auto& t = *static_cast<Ticks*>(argument);
                ++t.count;
                t.next_ns += 100;
                return t.count < 5 ? Deadline::at(t.next_ns) : Deadline::never();
              },
              &ticks};
  timer.arm(Deadline::at(ticks.next_ns));
  for (int i = 0; i < 20; ++i) host::advance_clock(50);
  EXPECT_EQ(ticks.count, 5);
}

TEST(Sleep, EndsAtItsTimeInOrder) {
  // The idle thread moves the clock to the next timer.
  static std::vector<int> woken;
  woken.clear();
  struct Sleeper {
    int number;
    std::uint64_t until_ns;
  };
  static std::vector<Sleeper> sleepers;
  sleepers.clear();
  const std::uint64_t start = monotonic_ns();
  for (int i = 0; i < 8; ++i) sleepers.push_back({i, start + 1000 * ((i * 5) % 8 + 1)});
  for (Sleeper& sleeper : sleepers) {
    const auto body = [](void* argument) {
      auto& s = *static_cast<Sleeper*>(argument);
      ASSERT_TRUE(sleep_until(Deadline::at(s.until_ns)).ok());
      EXPECT_GE(monotonic_ns(), s.until_ns);
      woken.push_back(s.number);
    };
    Thread::create(body, &sleeper).take()->start();
  }
  ASSERT_TRUE(sleep_until(Deadline::at(start + 20000)).ok());
  EXPECT_EQ(woken, (std::vector<int>{0, 5, 2, 7, 4, 1, 6, 3}));
}

TEST(Deadlines, Saturate) {
  EXPECT_TRUE(Deadline::after(~std::uint64_t{0}).is_never());
  EXPECT_FALSE(Deadline::never().passed());
  EXPECT_TRUE(Deadline::at(monotonic_ns()).passed());
  EXPECT_TRUE(Deadline::at_wall_clock(0).passed());
  EXPECT_EQ(Deadline::at_wall_clock(wall_clock_ns() + 77).ns(), monotonic_ns() + 77);
}

}  // namespace
}  // namespace nucleus
