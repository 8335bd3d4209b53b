// SPDX-License-Identifier: ISC

// The protocol of core/scheduler.h, "No wake-up is lost", as a model: every order of its steps, for one CPU
// that goes to halt, one that stays busy, and wakers that put threads on the busy one's queue. It holds if no
// state in which nothing moves any more has a thread waiting and the idle CPU halted. Each step is what is
// atomic in the code: an operation on the idle word or on the count of a queue, or a locked section.

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

namespace {

// What may be broken on purpose, to see that the model notices.
enum class Variant { as_built, look_before_saying, look_before_pushing, halt_after_a_miss };

enum class Idle : std::uint8_t { say, look, try_lock, halt, halted, runs };
enum class Waker : std::uint8_t { lock, push, look, unlock, interrupt, done };

constexpr unsigned wakers = 2;

struct State {
  Idle idle = Idle::say;
  bool said = false;         // the idle CPU's bit
  bool pending = false;      // an interrupt for it
  std::uint8_t waiting = 0;  // on the busy CPU's queue
  std::uint8_t taken = 0;
  std::uint8_t lock = 0;  // of that queue: 0 free, else who holds it (1, 2: wakers)
  Waker waker[wakers] = {};
  bool claimed[wakers] = {};

  auto key() const {
    return std::tuple(idle, said, pending, waiting, taken, lock, waker[0], waker[1], claimed[0], claimed[1]);
  }
  bool operator<(const State& other) const { return key() < other.key(); }
};

void step_idle(State s, Variant variant, std::vector<State>& next) {
  const bool early = variant == Variant::look_before_saying;
  switch (s.idle) {
    case Idle::say:
      if (!early) s.said = true;
      s.idle = Idle::look;
      break;
    case Idle::look:
      s.idle = s.waiting > 0 ? Idle::try_lock : Idle::halt;
      break;
    case Idle::try_lock:
      if (s.lock != 0) {
        s.idle = variant == Variant::halt_after_a_miss ? Idle::halt : Idle::say;
      } else if (s.waiting > 0) {
        --s.waiting;
        ++s.taken;
        s.said = false;
        s.idle = Idle::runs;
      } else {
        s.idle = Idle::halt;
      }
      break;
    case Idle::halt:
      if (early) s.said = true;
      s.idle = Idle::halted;
      break;
    case Idle::halted:
      if (!s.pending) return;
      s.pending = false;
      s.idle = Idle::say;
      break;
    case Idle::runs:  // until its thread waits again
      s.idle = Idle::say;
      break;
  }
  next.push_back(s);
}

void step_waker(State s, unsigned i, Variant variant, std::vector<State>& next) {
  const bool early = variant == Variant::look_before_pushing;
  const auto claim = [&] {
    s.claimed[i] = s.said;
    s.said = false;
  };
  switch (s.waker[i]) {
    case Waker::lock:
      if (s.lock != 0) return;
      s.lock = static_cast<std::uint8_t>(i + 1);
      if (early) claim();
      s.waker[i] = Waker::push;
      break;
    case Waker::push:
      ++s.waiting;
      s.waker[i] = Waker::look;
      break;
    case Waker::look:
      if (!early) claim();
      s.waker[i] = Waker::unlock;
      break;
    case Waker::unlock:
      s.lock = 0;
      s.waker[i] = Waker::interrupt;
      break;
    case Waker::interrupt:
      if (s.claimed[i]) s.pending = true;
      s.waker[i] = Waker::done;
      break;
    case Waker::done:
      return;
  }
  next.push_back(s);
}

struct Outcome {
  std::size_t states = 0;
  std::size_t lost = 0;
};

Outcome explore(Variant variant) {
  std::set<State> seen{State{}};
  std::vector<State> open{State{}};
  Outcome outcome;
  while (!open.empty()) {
    const State state = open.back();
    open.pop_back();
    ++outcome.states;
    std::vector<State> next;
    step_idle(state, variant, next);
    for (unsigned i = 0; i < wakers; ++i) step_waker(state, i, variant, next);
    if (next.empty() && state.waiting > 0) ++outcome.lost;
    for (const State& s : next) {
      if (seen.insert(s).second) open.push_back(s);
    }
  }
  return outcome;
}

TEST(WakeUpModel, LosesNothing) {
  const Outcome outcome = explore(Variant::as_built);
  EXPECT_GT(outcome.states, 100u);
  EXPECT_EQ(outcome.lost, 0u);
}

TEST(WakeUpModel, NoticesEachBrokenOrder) {
  EXPECT_GT(explore(Variant::look_before_saying).lost, 0u);
  EXPECT_GT(explore(Variant::look_before_pushing).lost, 0u);
  EXPECT_GT(explore(Variant::halt_after_a_miss).lost, 0u);
}

}  // namespace
