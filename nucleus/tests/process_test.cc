// SPDX-License-Identifier: ISC

// Spaces and virtual CPUs on the simulated machine, where what a user does is a function here.

#include <arch/host/host_machine.h>
#include <core/scheduler.h>
#include <process/space.h>
#include <process/vcpu.h>

#include <nucleus/frames.h>
#include <nucleus/heap.h>
#include <nucleus/thread.h>

#include <arch/cpu.h>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <vector>

namespace nucleus {
namespace {

constexpr VirtAddr low{user_start};
constexpr Access write_execute{.read = true, .write = true, .execute = true};

/// Fails the test if a frame is left allocated or charged.
class Processes : public testing::Test {
 protected:
  void SetUp() override {
    // What a space takes from the heap for the first time stays with the heap.
    (void)Space::create();
    before_ = frame_counters();
  }
  void TearDown() override {
    Space::unload();
    EXPECT_EQ(frame_counters().free, before_.free);
    EXPECT_EQ(frame_counters().committed, before_.committed);
    host::user_code = nullptr;
  }
  static Ref<Space> create() { return Space::create().take(); }

  FrameCounters before_;
};

using Spaces = Processes;

TEST_F(Spaces, RangesAndRightsAreChecked) {
  const Ref<Space> space = create();
  const auto refused = [&](VirtAddr at, std::uint64_t pages, Access rights) {
    const auto is_refused = [](const Result<>& result) {
      return !result.ok() && result.error() == Error::invalid_argument;
    };
    return is_refused(space->map(at, pages, rights)) && is_refused(space->protect(at, pages, rights));
  };
  EXPECT_TRUE(refused({0}, 1, access_read));
  EXPECT_TRUE(refused({user_start - page_size}, 2, access_read));
  EXPECT_TRUE(refused({user_end}, 1, access_read));
  EXPECT_TRUE(refused({user_end - page_size}, 2, access_read));
  EXPECT_TRUE(refused(low, ~std::uint64_t{0}, access_read));
  EXPECT_TRUE(refused(low, std::uint64_t{1} << 52, access_read));
  EXPECT_TRUE(refused(low, 0, access_read));
  EXPECT_TRUE(refused(low + 1, 1, access_read));
  EXPECT_TRUE(refused({~std::uint64_t{0} - page_size + 1}, 1, access_read));
  EXPECT_TRUE(refused(low, 1, write_execute));
  EXPECT_TRUE(space->map({user_end - page_size}, 1, access_read).ok());
  EXPECT_EQ(space->page_count(), 1u);
}

TEST_F(Spaces, NothingIsMappedOnError) {
  const Ref<Space> space = create();
  ASSERT_TRUE(space->map(low + 5 * page_size, 1, access_read).ok());
  EXPECT_EQ(space->map(low, 8, access_read).error(), Error::exists);
  EXPECT_EQ(space->page_count(), 1u);
  const FrameCounters now = frame_counters();
  EXPECT_EQ(space->map(low + page_size * 1024, now.limit, access_read).error(), Error::out_of_memory);
  EXPECT_EQ(frame_counters().committed, now.committed);
  EXPECT_EQ(space->page_count(), 1u);
}

TEST_F(Spaces, ClearedSpacesStayEmpty) {
  const Ref<Space> space = create();
  // Far apart, so that there are tables of every level.
  for (std::uint64_t at = user_start; at < user_end; at = at * 2 + page_size)
    ASSERT_TRUE(space->map({align_down(at, page_size)}, 1, access_read).ok());
  EXPECT_GT(space->table_count(), 10u);
  space->clear();
  EXPECT_EQ(space->page_count(), 0u);
  EXPECT_EQ(space->table_count(), 1u);
  EXPECT_EQ(space->map(low, 1, access_read).error(), Error::not_found);
  space->clear();
}

TEST_F(Spaces, NextIsThePageBehindAHole) {
  const Ref<Space> space = create();
  const std::uint64_t all = (user_end - user_start) / page_size;
  EXPECT_EQ(space->next({user_start}, all).error(), Error::not_found);
  std::vector<VirtAddr> pages;
  for (std::uint64_t at = user_start; at < user_end; at = at * 2 + page_size)
    pages.push_back({align_down(at, page_size)});
  for (const VirtAddr at : pages) ASSERT_TRUE(space->map(at, 1, access_read).ok());
  VirtAddr from{user_start};
  for (const VirtAddr at : pages) {
    const std::uint64_t between = (at.value - from.value) / page_size;
    if (between > 0) EXPECT_EQ(space->next(from, between).error(), Error::not_found);
    EXPECT_EQ(space->next(from, between + 1).value(), at);
    from = at + page_size;
  }
  EXPECT_EQ(space->next({user_start}, all + 1).error(), Error::invalid_argument);
  space->clear();
}

/// What a space should hold: rights, and one word of each page; pages with the same number share memory.
struct Model {
  struct Page {
    Access rights;
    unsigned memory;
  };
  std::map<std::uint64_t, Page> pages;
};

TEST_F(Spaces, AgreeWithAModel) {
  constexpr unsigned span = 40;  // pages
  std::minstd_rand random{7};
  for (int run = 0; run < 20; ++run) {
    std::vector<Ref<Space>> spaces;
    std::vector<Model> models(2);
    std::vector<std::uint64_t> memory;
    for (int i = 0; i < 2; ++i) spaces.push_back(create());
    const auto page_at = [](unsigned page) { return low + page * page_size; };
    const auto same_memory = [&](unsigned memory_number) {
      unsigned count = 0;
      for (const Model& model : models)
        for (const auto& [at, page] : model.pages) count += page.memory == memory_number;
      return count;
    };
    for (int step = 0; step < 200; ++step) {
      const unsigned which = random() % 2;
      Space& space = *spaces[which];
      Model& model = models[which];
      const unsigned first = random() % span, count = 1 + random() % 6;
      const Access choices[] = {access_none, access_read, access_read_write, access_read_execute};
      const Access rights = choices[random() % 4];
      switch (random() % 6) {
        case 0: {
          bool free = true;
          for (unsigned i = 0; i < count; ++i) free &= !model.pages.contains(first + i);
          ASSERT_EQ(space.map(page_at(first), count, rights).ok(), free);
          for (unsigned i = 0; free && i < count; ++i) {
            model.pages[first + i] = {rights, static_cast<unsigned>(memory.size())};
            memory.push_back(0);
          }
          break;
        }
        case 1:
          ASSERT_TRUE(space.unmap(page_at(first), count).ok());
          for (unsigned i = 0; i < count; ++i) model.pages.erase(first + i);
          break;
        case 2:
          ASSERT_TRUE(space.protect(page_at(first), count, rights).ok());
          for (unsigned i = 0; i < count; ++i)
            if (model.pages.contains(first + i)) model.pages[first + i].rights = rights;
          break;
        case 3: {
          const unsigned to = random() % span, into = random() % 2;
          if (which == into && first < to + count && to < first + count) break;
          bool free = true;
          std::size_t present = 0;
          for (unsigned i = 0; i < count; ++i) {
            free &= !models[into].pages.contains(to + i);
            present += model.pages.contains(first + i);
          }
          const auto shared = Space::share(space, page_at(first), *spaces[into], page_at(to), count, rights);
          ASSERT_EQ(shared.ok(), free);
          if (!free) break;
          ASSERT_EQ(shared.value(), present);
          for (unsigned i = 0; i < count; ++i)
            if (model.pages.contains(first + i))
              models[into].pages[to + i] = {rights, model.pages[first + i].memory};
          break;
        }
        case 4: {
          const bool there = model.pages.contains(first);
          ASSERT_EQ(space.unshare(page_at(first), rights).ok(), there);
          if (!there) break;
          Model::Page& page = model.pages[first];
          page.rights = rights;
          if (same_memory(page.memory) == 1) break;
          memory.push_back(memory[page.memory]);
          page.memory = static_cast<unsigned>(memory.size() - 1);
          break;
        }
        default: {
          const std::uint64_t word = random();
          const bool may = model.pages.contains(first) && model.pages[first].rights.write;
          ASSERT_EQ(space.copy_out(page_at(first) + 8, &word, sizeof word), may ? sizeof word : 0);
          if (may) memory[model.pages[first].memory] = word;
        }
      }
      for (unsigned page = 0; page < span + 6; ++page) {
        const auto found = space.query(page_at(page));
        const auto next = space.next(page_at(page), span + 6 - page);
        const auto expected_next = model.pages.lower_bound(page);
        ASSERT_EQ(next.ok(), expected_next != model.pages.end());
        if (next.ok()) ASSERT_EQ(next.value(), page_at(static_cast<unsigned>(expected_next->first)));
        ASSERT_EQ(found.ok(), model.pages.contains(page)) << page;
        if (!model.pages.contains(page)) continue;
        const Model::Page& expected = model.pages[page];
        EXPECT_EQ(found.value().shared, same_memory(expected.memory) > 1);
        std::uint64_t word = 0;
        const bool readable = expected.rights.read;
        ASSERT_EQ(space.copy_in(page_at(page) + 8, &word, sizeof word), readable ? sizeof word : 0);
        if (readable) {
          ASSERT_EQ(word, memory[expected.memory]);
        }
      }
    }
    for (const auto& space : spaces) space->clear();
  }
}

TEST_F(Spaces, CopiesEndAtTheFirstByteThatMayNotBe) {
  const Ref<Space> space = create();
  ASSERT_TRUE(space->map(low, 2, access_read_write).ok());
  ASSERT_TRUE(space->map(low + 3 * page_size, 1, access_read).ok());
  std::vector<char> bytes(4 * page_size, 'x');
  EXPECT_EQ(space->copy_out(low + 100, bytes.data(), bytes.size()), 2 * page_size - 100);
  EXPECT_EQ(space->copy_out(low + 3 * page_size, bytes.data(), 1), 0u);
  EXPECT_EQ(space->copy_in(low + 3 * page_size, bytes.data(), 10), 10u);
  EXPECT_EQ(space->copy_in({user_end - 1}, bytes.data(), 10), 0u);
  EXPECT_EQ(space->copy_in({~std::uint64_t{0}}, bytes.data(), 10), 0u);
  EXPECT_EQ(space->copy_in({0}, bytes.data(), 10), 0u);
}

TEST_F(Spaces, WhatACpuRunsStaysAlive) {
  Ref<Space> first = create();
  const Ref<Space> second = create();
  first->load(0);
  first->clear();
  first = nullptr;
  // Its root is still in force here.
  EXPECT_EQ(frame_counters().free, before_.free - 2);
  second->load(0);
  EXPECT_EQ(frame_counters().free, before_.free - 1);
}

TEST_F(Spaces, TagsAreNotUsedTwiceWithoutAFlush) {
  std::vector<Ref<Space>> spaces;
  for (int i = 0; i < 7; ++i) spaces.push_back(create());
  std::map<unsigned, Space*> owners;
  for (int round = 0; round < 3; ++round) {
    for (const auto& space : spaces) {
      const std::uint64_t flushes = host::flush_count();
      space->load(0);
      if (host::flush_count() != flushes) owners.clear();
      EXPECT_NE(host::loaded_tag, 0u);
      EXPECT_LT(host::loaded_tag, host::space_tags);
      Space*& owner = owners[host::loaded_tag];
      EXPECT_TRUE(owner == nullptr || owner == space.get());
      owner = space.get();
    }
  }
}

class Vcpus : public Processes {
 protected:
  /// The first thread leaves memory for the next.
  static void SetUpTestSuite() {
    Thread::create([](void*) {}, nullptr, Priority::normal).take()->start();
    yield();
    reap_exited_threads();
  }
  void SetUp() override {
    Processes::SetUp();
    space_ = create();
    vcpu_ = Vcpu::create(space_).take();
  }
  void TearDown() override {
    delete vcpu_;
    space_->clear();
    space_ = nullptr;
    Space::unload();
    host::user_code = nullptr;
    // Floating-point areas come from the heap, which keeps slabs.
    EXPECT_LE(before_.free - frame_counters().free, 2u);
    before_ = frame_counters();
    Processes::TearDown();
  }
  Result<nucleus_exit> try_run(std::uint64_t deadline_ns, Vcpu::Until until = Vcpu::Until::exit) {
    arch::disable_interrupts();
    return vcpu_->run_here(*arch::this_cpu(), deadline_ns, until);
  }
  nucleus_exit run(std::uint64_t deadline_ns = ~std::uint64_t{0}) { return try_run(deadline_ns).value(); }

  Ref<Space> space_;
  Vcpu* vcpu_ = nullptr;
};

TEST_F(Vcpus, CallsAndFaultsAreExits) {
  host::user_code = [](arch::UserState& state) {
    state.registers.general[1] = 42;
    return arch::UserExit::call;
  };
  EXPECT_EQ(run(), NUCLEUS_EXIT_CALL);
  EXPECT_EQ(vcpu_->registers().general[1], 42u);
  host::user_code = [](arch::UserState& state) {
    state.fault = {FaultKind::write, {0x1234}, 7};
    return arch::UserExit::fault;
  };
  EXPECT_EQ(run(), NUCLEUS_EXIT_FAULT);
  EXPECT_EQ(vcpu_->fault().kind, static_cast<unsigned>(NUCLEUS_FAULT_WRITE));
  EXPECT_EQ(vcpu_->fault().address, 0x1234u);
  vcpu_->registers().pc = user_end;
  EXPECT_EQ(try_run(0).error(), Error::invalid_argument);
}

TEST_F(Vcpus, AFaultOnAPageThatIsThereIsTriedAgainOnce) {
  ASSERT_TRUE(space_->map(low, 1, access_read).ok());
  unsigned entries = 0;
  host::user_code = [&](arch::UserState& state) {
    ++entries;
    state.fault = {FaultKind::read, low + 8, 0};
    return arch::UserExit::fault;
  };
  EXPECT_EQ(run(), NUCLEUS_EXIT_FAULT);
  EXPECT_EQ(entries, 2u);
  entries = 0;
  host::user_code = [&](arch::UserState& state) {
    ++entries;
    state.fault = {FaultKind::write, low + 8, 0};
    return arch::UserExit::fault;
  };
  EXPECT_EQ(run(), NUCLEUS_EXIT_FAULT);
  EXPECT_EQ(entries, 1u);
}

TEST_F(Vcpus, AKickEndsOneRun) {
  vcpu_->kick();
  vcpu_->kick();
  host::user_code = [](arch::UserState&) { return arch::UserExit::call; };
  EXPECT_EQ(run(), NUCLEUS_EXIT_KICK);
  EXPECT_EQ(run(), NUCLEUS_EXIT_CALL);
  // One that comes while the user runs shows at the interrupt that it causes.
  host::user_code = [&](arch::UserState&) {
    vcpu_->kick();
    return arch::UserExit::interrupt;
  };
  EXPECT_EQ(run(), NUCLEUS_EXIT_KICK);
}

TEST_F(Vcpus, ADeadlineEndsARun) {
  const std::uint64_t deadline = monotonic_ns() + 1'000'000;
  unsigned entries = 0;
  host::user_code = [&](arch::UserState&) {
    ++entries;
    host::advance_clock(300'000);
    return arch::UserExit::interrupt;
  };
  EXPECT_EQ(run(deadline), NUCLEUS_EXIT_SLICE);
  EXPECT_EQ(entries, 4u);
  EXPECT_EQ(run(deadline), NUCLEUS_EXIT_SLICE);
  EXPECT_EQ(entries, 4u);
}

TEST_F(Vcpus, ADeadlineIfWantedIsLookedAtWhenSomebodyWantsTheCpu) {
  const std::uint64_t deadline = monotonic_ns() + 1'000'000;
  unsigned entries = 0;
  host::user_code = [&](arch::UserState&) {
    host::advance_clock(300'000);
    if (++entries == 6) arch::this_cpu()->reschedule.store(true);
    return arch::UserExit::interrupt;
  };
  EXPECT_EQ(run(deadline | NUCLEUS_DEADLINE_IF_WANTED), NUCLEUS_EXIT_SLICE);
  EXPECT_EQ(entries, 6u);
}

TEST_F(Vcpus, WhoWasWokenOnTheWayRunsFirst) {
  bool ran = false;
  bool ran_first = false;
  const auto body = [](void* flag) {
    park(Deadline::never());
    *static_cast<bool*>(flag) = true;
  };
  host::user_code = [&](arch::UserState&) {
    ran_first = ran;
    return arch::UserExit::call;
  };
  Thread& other = *Thread::create(body, &ran, Priority::normal).take();
  other.start();
  yield();
  unpark(other);
  EXPECT_EQ(try_run(~std::uint64_t{0}, Vcpu::Until::interrupt).value(), NUCLEUS_EXIT_AGAIN);
  EXPECT_FALSE(ran);
  EXPECT_EQ(run(), NUCLEUS_EXIT_CALL);
  EXPECT_TRUE(ran_first);
  yield();
  reap_exited_threads();
}

TEST_F(Vcpus, OnlyOneThreadRunsIt) {
  host::user_code = [&](arch::UserState&) {
    EXPECT_EQ(try_run(0).error(), Error::busy);
    return arch::UserExit::call;
  };
  EXPECT_EQ(run(), NUCLEUS_EXIT_CALL);
  EXPECT_EQ(run(), NUCLEUS_EXIT_CALL);
}

}  // namespace
}  // namespace nucleus
