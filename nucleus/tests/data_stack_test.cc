// SPDX-License-Identifier: ISC

// Data stacks: what one end sees, in order; then the very code of nucleus/data_stack.h in all interleavings
// of two or three ends, each access of a shared word being a step; and what a hostile other end can do.

#include <gtest/gtest.h>

#include <nucleus/data_stack.h>

#include <ucontext.h>

#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <vector>

namespace nucleus {
namespace {

template <typename Stack>
struct Owned {
  explicit Owned(uint32_t capacity)
      : words(Stack::size_for(capacity) / sizeof(uint64_t)), stack{Stack::format(words.data(), capacity)} {}
  std::vector<uint64_t> words;
  Stack stack;
};

DataItem item(uint64_t token) {
  return {.token = token, .buffer = token + 1, .length = static_cast<uint32_t>(token) + 2, .kind = 3};
}

TEST(DataStack, LayoutIsFixed) {
  EXPECT_EQ(sizeof(nucleus_data_item), 32u);
  EXPECT_EQ(sizeof(nucleus_data_stack), 256u);
  EXPECT_EQ(offsetof(nucleus_data_stack, tail), 64u);
  EXPECT_EQ(offsetof(nucleus_data_stack, head), 128u);
  EXPECT_EQ(offsetof(nucleus_data_stack, getters_waiting), 192u);
  EXPECT_EQ(offsetof(nucleus_data_stack, items), 256u);
}

TEST(DataStack, KeepsOrderAndBounds) {
  const Owned<DataStack> owned(8);
  const DataStack& stack = owned.stack;
  std::mt19937 random(1);
  uint64_t put = 0, got = 0;
  for (int i = 0; i < 20'000; ++i) {
    const uint32_t count = 1 + random() % 12;
    DataItem some[12];
    if (random() % 2) {
      for (uint32_t k = 0; k < count; ++k) some[k] = item(put + k);
      const uint64_t room = 8 - (put - got);
      const uint32_t taken = stack.put(some, count);
      ASSERT_EQ(taken, std::min<uint64_t>(count, room));
      put += taken;
    } else {
      const uint32_t taken = stack.get(some, count);
      ASSERT_EQ(taken, std::min<uint64_t>(count, put - got));
      for (uint32_t k = 0; k < taken; ++k) {
        const DataItem expected = item(got + k);
        ASSERT_EQ(std::memcmp(&some[k], &expected, sizeof expected), 0);
      }
      got += taken;
    }
    ASSERT_EQ(stack.depth(), put - got);
    ASSERT_EQ(stack.can_get(), put > got);
    ASSERT_EQ(stack.can_put(), put - got < 8);
  }
}

TEST(DataStack, OpensOnlyWhatFits) {
  Owned<DataStack> owned(4);
  const uint64_t size = DataStack::size_for(4);
  EXPECT_TRUE(DataStack::open(owned.words.data(), size).valid());
  EXPECT_TRUE(DataStack::open(owned.words.data(), size + 100).valid());
  EXPECT_FALSE(DataStack::open(owned.words.data(), size - 1).valid());
  EXPECT_FALSE(DataStack::open(owned.words.data(), 10).valid());
  auto* const raw = reinterpret_cast<nucleus_data_stack*>(owned.words.data());
  for (const uint32_t capacity : {0u, 3u, 8u, 1u << 31, ~0u}) {
    raw->capacity = capacity;
    EXPECT_FALSE(DataStack::open(owned.words.data(), size).valid()) << capacity;
  }
  raw->capacity = 4;
  raw->magic = 0;
  EXPECT_FALSE(DataStack::open(owned.words.data(), size).valid());
  EXPECT_EQ(DataStack::size_for(0), 0u);
  EXPECT_EQ(DataStack::size_for(6), 0u);
  EXPECT_EQ(DataStack::size_for(DataStack::most_items * 2), 0u);
}

// ASan sees what goes beyond the slots; a call that does not end runs into the time limit.
TEST(DataStack, SurvivesAnyDamage) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    Owned<DataStack> owned(4);
    for (int change = 0; change < 4; ++change) {
      uint64_t& word = owned.words[random() % owned.words.size()];
      word = random() % 2 ? random() % 16 : random();
    }
    DataItem some[8] = {};
    for (int i = 0; i < 8; ++i) {
      EXPECT_LE(owned.stack.put(some, 1 + random() % 8), 4u);
      EXPECT_LE(owned.stack.get(some, 1 + random() % 8), 4u);
      EXPECT_LE(owned.stack.depth(), 4u);
    }
  }
}

// {1 All interleavings}

class Explorer;
Explorer* the_explorer = nullptr;

/// Runs threads, one step of one of them at a time, in every order; with a bound, in those in which a thread
/// is interrupted for another at most so many times.
class Explorer {
 public:
  using Body = std::function<void()>;
  struct Setup {
    std::vector<Body> threads;
    Body check;
  };

  /// How many orders there were.
  unsigned explore(const std::function<Setup()>& make, unsigned preemptions) {
    the_explorer = this;
    std::vector<Choice> path;
    unsigned orders = 0;
    do {
      run(make(), path, preemptions);
      ++orders;
      while (!path.empty() && path.back().taken + 1 == path.back().ways) path.pop_back();
      if (!path.empty()) ++path.back().taken;
    } while (!path.empty() && !::testing::Test::HasFailure());
    the_explorer = nullptr;
    return orders;
  }

  void step() {
    if (running_) swapcontext(&running_->context, &scheduler_);
  }
  /// A step, after which the thread goes on only when `holds`.
  void wait_for(const std::function<bool()>& holds) {
    running_->ready = holds;
    step();
    running_->ready = nullptr;
  }
  bool stuck() const { return stuck_; }

 private:
  struct Choice {
    unsigned taken;
    unsigned ways;
  };
  struct Thread {
    ucontext_t context;
    Body body;
    std::function<bool()> ready;
    bool ended = false;
  };

  static void enter() {
    Thread& self = *the_explorer->running_;
    self.body();
    self.ended = true;
    swapcontext(&self.context, &the_explorer->scheduler_);
  }

  void run(const Setup& setup, std::vector<Choice>& path, unsigned preemptions) {
    std::vector<std::unique_ptr<Thread>> threads;
    for (const Body& body : setup.threads) {
      auto thread = std::make_unique<Thread>();
      thread->body = body;
      getcontext(&thread->context);
      if (stacks_.size() == threads.size()) stacks_.emplace_back(64 * 1024);
      std::vector<char>& stack = stacks_[threads.size()];
      thread->context.uc_stack.ss_sp = stack.data();
      thread->context.uc_stack.ss_size = stack.size();
      makecontext(&thread->context, enter, 0);
      threads.push_back(std::move(thread));
    }
    std::size_t made = 0;
    unsigned interrupted = 0;
    Thread* last = nullptr;
    for (;;) {
      std::vector<Thread*> ready;
      bool all_ended = true;
      for (const auto& thread : threads) {
        if (thread->ended) continue;
        all_ended = false;
        if (thread->ready && !thread->ready()) continue;
        if (thread.get() == last)
          ready.insert(ready.begin(), last);
        else
          ready.push_back(thread.get());
      }
      stuck_ = ready.empty() && !all_ended;
      if (ready.empty()) break;
      const bool goes_on = ready.front() == last;
      const auto ways = goes_on && interrupted == preemptions ? 1u : static_cast<unsigned>(ready.size());
      if (made == path.size()) path.push_back({0, ways});
      const unsigned choice = path[made++].taken;
      if (goes_on && choice > 0) ++interrupted;
      running_ = last = ready[choice];
      swapcontext(&scheduler_, &running_->context);
      running_ = nullptr;
    }
    setup.check();
  }

  std::vector<std::vector<char>> stacks_;  // for all runs: to clear them anew would take most of the time
  ucontext_t scheduler_{};
  Thread* running_ = nullptr;
  bool stuck_ = false;
};

struct ModelMemory {
  template <typename Word>
  static Word load(const Word* from) {
    if (the_explorer) the_explorer->step();
    return *from;
  }
  template <typename Word>
  static void store(Word* to, Word word) {
    if (the_explorer) the_explorer->step();
    *to = word;
  }
  static bool compare_and_swap(uint64_t* at, uint64_t& expected, uint64_t wanted) {
    if (the_explorer) the_explorer->step();
    const uint64_t before = *at;
    if (before == expected) *at = wanted;
    const bool swapped = before == expected;
    expected = before;
    return swapped;
  }
  static void add(uint32_t* to, uint32_t number) {
    if (the_explorer) the_explorer->step();
    *to += number;
  }
  static void fence() {}
  /// A step of its own: who else has the slot would be seen.
  template <typename Word>
  static void copy(Word* to, const Word& from) {
    if (the_explorer) the_explorer->step();
    *to = from;
  }
};

/// Hands a slot on before it is filled: what the checks must see.
struct HastyMemory : ModelMemory {
  template <typename Word>
  static void store(Word* to, Word word) {
    *to = word;
  }
  static bool compare_and_swap(uint64_t* at, uint64_t& expected, uint64_t wanted) {
    if (the_explorer) the_explorer->step();
    expected = *at;
    if (the_explorer) the_explorer->step();
    *at = wanted;  // not at once
    return true;
  }
};

using ModelStack = BasicDataStack<ModelMemory>;
using HastyStack = BasicDataStack<HastyMemory>;

struct Taken {
  std::vector<uint64_t> put, got;
};

/// What has been put is got or still there, each item whole, once, and each putter's in its order.
template <typename Stack>
bool adds_up(const Stack& stack, std::vector<std::vector<uint64_t>> got, std::vector<uint64_t> put) {
  DataItem rest[16];
  std::vector<uint64_t> left;
  const uint32_t count = stack.get(rest, 16);
  for (uint32_t i = 0; i < count; ++i) left.push_back(rest[i].token);
  got.push_back(left);
  std::multiset<uint64_t> all;
  for (const auto& some : got) {
    all.insert(some.begin(), some.end());
    for (std::size_t i = 0; i < some.size(); ++i) {
      for (std::size_t k = i + 1; k < some.size(); ++k) {
        if (some[i] / 10 == some[k] / 10 && some[i] > some[k]) return false;  // of one putter, out of order
      }
    }
  }
  return all == std::multiset<uint64_t>(put.begin(), put.end());
}

/// Putters and getters, each once with so many items, on a stack of two slots that have been used before.
template <typename Stack>
Explorer::Setup ends(std::vector<uint32_t> putters, std::vector<uint32_t> getters, bool* good) {
  struct State {
    Owned<Stack> owned{2};
    std::vector<uint64_t> put;
    std::vector<std::vector<uint64_t>> got;
  };
  auto state = std::make_shared<State>();
  {
    Explorer* const explorer = std::exchange(the_explorer, nullptr);
    const DataItem first[1] = {item(0)};
    DataItem out[1];
    state->owned.stack.put(first, 1);
    state->owned.stack.get(out, 1);
    the_explorer = explorer;
  }
  state->got.resize(getters.size());
  Explorer::Setup setup;
  for (std::size_t i = 0; i < putters.size(); ++i) {
    setup.threads.push_back([state, i, count = putters[i]] {
      DataItem some[4];
      for (uint32_t k = 0; k < count; ++k) some[k] = item(10 * (i + 1) + k);
      const uint32_t taken = state->owned.stack.put(some, count);
      for (uint32_t k = 0; k < taken; ++k) state->put.push_back(10 * (i + 1) + k);
    });
  }
  for (std::size_t i = 0; i < getters.size(); ++i) {
    setup.threads.push_back([state, i, good, most = getters[i]] {
      DataItem some[4];
      const uint32_t taken = state->owned.stack.get(some, most);
      for (uint32_t k = 0; k < taken; ++k) {
        const DataItem expected = item(some[k].token);
        if (std::memcmp(&some[k], &expected, sizeof expected) != 0) *good = false;
        state->got[i].push_back(some[k].token);
      }
    });
  }
  setup.check = [state, good] {
    Explorer* const explorer = std::exchange(the_explorer, nullptr);
    if (!adds_up(state->owned.stack, state->got, state->put)) *good = false;
    the_explorer = explorer;
  };
  return setup;
}

unsigned check_all(std::vector<uint32_t> putters, std::vector<uint32_t> getters, unsigned preemptions) {
  bool good = true;
  Explorer explorer;
  const unsigned orders =
      explorer.explore([&] { return ends<ModelStack>(putters, getters, &good); }, preemptions);
  EXPECT_TRUE(good);
  return orders;
}

TEST(DataStackModel, OnePutterAndOneGetter) {
  EXPECT_GT(check_all({1}, {1}, 100), 500u);
}
TEST(DataStackModel, TwoPutters) {
  EXPECT_GT(check_all({1, 2}, {}, 2), 100u);
}
TEST(DataStackModel, TwoPuttersAndAGetter) {
  EXPECT_GT(check_all({1, 2}, {2}, 2), 500u);
}
TEST(DataStackModel, APutterAndTwoGetters) {
  EXPECT_GT(check_all({2}, {1, 2}, 2), 500u);
}

TEST(DataStackModel, NoticesSlotsThatTwoTake) {
  bool good = true;
  Explorer explorer;
  explorer.explore([&] { return ends<HastyStack>({1, 1}, {}, &good); }, 3);
  EXPECT_FALSE(good);
}

// {1 Who waits}

enum class Variant { as_built, look_before_saying, wake_before_putting };

/// A getter that waits for two items, on a flag, and two putters that wake it. Whether it ever waits in vain.
bool loses_a_wake_up(Variant variant) {
  bool lost = false;
  Explorer explorer;
  explorer.explore(
      [&]() -> Explorer::Setup {
        struct State {
          Owned<ModelStack> owned{2};
          bool woken = false;
        };
        auto state = std::make_shared<State>();
        const auto get = [state, variant, &explorer] {
          const ModelStack& stack = state->owned.stack;
          DataItem some[1];
          for (int left = 2; left > 0;) {
            if (stack.get(some, 1) == 1) {
              --left;
              continue;
            }
            state->woken = false;
            const bool looked = variant == Variant::look_before_saying && stack.can_get();
            stack.getter_waits(true);
            const bool can = variant == Variant::look_before_saying ? looked : stack.can_get();
            if (!can) explorer.wait_for([state] { return state->woken; });
            stack.getter_waits(false);
          }
        };
        const auto put = [state, variant] {
          const ModelStack& stack = state->owned.stack;
          const DataItem some[1] = {item(1)};
          const auto wake = [&] {
            if (stack.getters_wait()) state->woken = true;
          };
          if (variant == Variant::wake_before_putting) wake();
          stack.put(some, 1);
          if (variant != Variant::wake_before_putting) wake();
        };
        return {{get, put, put}, [&] { lost = lost || explorer.stuck(); }};
      },
      2);
  return lost;
}

TEST(DataStackModel, LosesNoWakeUp) {
  EXPECT_FALSE(loses_a_wake_up(Variant::as_built));
}
TEST(DataStackModel, NoticesEachBrokenOrder) {
  EXPECT_TRUE(loses_a_wake_up(Variant::look_before_saying));
  EXPECT_TRUE(loses_a_wake_up(Variant::wake_before_putting));
}

}  // namespace
}  // namespace nucleus
