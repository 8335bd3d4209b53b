// SPDX-License-Identifier: ISC

// Program memory against a reference that knows the rights and one word of every page.

#include <core/program_memory.h>
#include <nucleus/address_space.h>
#include <nucleus/image.h>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>

namespace nucleus {
namespace {

using program_memory::counters;
using program_memory::discard;
using program_memory::map;
using program_memory::protect;
using program_memory::remap;
using program_memory::unmap;

/// Fails the test if something is left mapped, charged or allocated.
class ProgramMemoryTest : public testing::Test {
 protected:
  void SetUp() override { before_ = frame_counters(); }
  void TearDown() override {
    const auto window = the_program_memory.without_lock().window;
    ASSERT_TRUE(unmap(window.start, window.size).ok());
    EXPECT_EQ(counters().mapped, 0u);
    EXPECT_EQ(counters().charged, 0u);
    EXPECT_EQ(counters().resident, 0u);
    EXPECT_EQ(counters().mappings, 0u);
    // Tables of higher levels and heap slabs for ranges may have come for good.
    EXPECT_LE(before_.free - frame_counters().free, 16u);
    EXPECT_LE(frame_counters().committed - before_.committed, 16u);
  }

  FrameCounters before_;
};

struct PageModel {
  Access access{};
  std::uint64_t word = 0;
};

class Model {
 public:
  std::map<std::uint64_t, PageModel> pages;

  bool wholly_mapped(std::uint64_t at, std::uint64_t size) const {
    for (std::uint64_t a = at; a < at + size; a += page_size)
      if (!pages.contains(a)) return false;
    return true;
  }
  bool free(std::uint64_t at, std::uint64_t size) const {
    const auto next = pages.lower_bound(at);
    return next == pages.end() || next->first >= at + size;
  }
  void set(std::uint64_t at, std::uint64_t size, Access access) {
    for (std::uint64_t a = at; a < at + size; a += page_size) pages[a] = {access, 0};
  }
  void erase(std::uint64_t at, std::uint64_t size) {
    pages.erase(pages.lower_bound(at), pages.lower_bound(at + size));
  }
};

class RandomMemory : public ProgramMemoryTest, public testing::WithParamInterface<int> {
 protected:
  void check_page(std::uint64_t at) {
    const auto page = model.pages.find(at);
    const auto word = load_from_program<std::uint64_t>({at + 8});
    if (page == model.pages.end() || !page->second.access.read) {
      ASSERT_EQ(word.error(), Error::bad_address);
    } else {
      ASSERT_TRUE(word.ok());
      ASSERT_EQ(word.value(), page->second.word) << std::hex << at;
    }
  }

  Model model;
};

TEST_P(RandomMemory, AgreesWithTheModel) {
  std::mt19937_64 random(GetParam());
  const std::uint64_t base = the_program_memory.without_lock().window.start.value;
  // Small operations in a small area, sometimes larger ones in an area with room for 2 MiB pages.
  constexpr std::uint64_t area = 8 * large_page_size;
  const Access accesses[] = {access_none, access_read, access_read_write, access_read_write,
                             access_read_execute};

  for (int step = 0; step < 3000; ++step) {
    const bool small = random() % 4 != 0;
    const std::uint64_t at = base + random() % ((small ? large_page_size : area) >> page_shift) * page_size;
    const std::uint64_t room = base + area - at;
    const std::uint64_t size = std::min(room, (1 + random() % (small ? 16 : 1500)) * page_size);
    const Access access = accesses[random() % 5];
    switch (random() % 9) {
      case 0: {
        const auto got = map({}, size, access, Placement::anywhere);
        ASSERT_TRUE(got.ok());
        ASSERT_TRUE(model.free(got.value().value, size));
        model.set(got.value().value, size, access);
        if (got.value().value + size > base + area) {  // keep to the area
          ASSERT_TRUE(unmap(got.value(), size).ok());
          model.erase(got.value().value, size);
        }
        break;
      }
      case 1:
        ASSERT_TRUE(
            map({at}, size, access, Placement::fixed, random() % 4 ? Charging::whole : Charging::on_touch)
                .ok());
        model.set(at, size, access);
        break;
      case 2: {
        const auto got = map({at}, size, access, Placement::fixed_if_free);
        ASSERT_EQ(got.ok(), model.free(at, size));
        if (got.ok()) model.set(at, size, access);
        break;
      }
      case 3:
        ASSERT_TRUE(unmap({at}, size).ok());
        model.erase(at, size);
        break;
      case 4: {
        const auto done = protect({at}, size, access);
        ASSERT_EQ(done.ok(), model.wholly_mapped(at, size));
        if (!done) break;
        for (std::uint64_t a = at; a < at + size; a += page_size) model.pages[a].access = access;
        break;
      }
      case 5: {
        const auto done = discard({at}, size);
        ASSERT_EQ(done.ok(), model.wholly_mapped(at, size));
        if (!done) break;
        for (std::uint64_t a = at; a < at + size; a += page_size) model.pages[a].word = 0;
        break;
      }
      case 6: {  // remap, whatever it says
        const std::uint64_t new_size = std::min(room, (1 + random() % (small ? 16 : 1500)) * page_size);
        const std::uint64_t target =
            random() % 3 ? 0 : base + random() % ((area - new_size) >> page_shift) * page_size;
        const bool apart = target + new_size <= at || target >= at + size;
        const auto got = remap({at}, size, new_size, random() % 4 || target, {target});
        if (!got.ok()) {
          if (target && apart && got.error() == Error::out_of_memory) model.erase(target, new_size);
          break;
        }
        ASSERT_TRUE(model.wholly_mapped(at, size));
        std::map<std::uint64_t, PageModel> moved;
        for (std::uint64_t offset = 0; offset < std::max(size, new_size); offset += page_size)
          if (offset < size) moved[offset] = model.pages[at + offset];
        const Access kept = moved[0].access;
        model.erase(at, size);
        const std::uint64_t to = got.value().value;
        if (target) model.erase(to, new_size);
        ASSERT_TRUE(model.free(to, new_size));
        for (std::uint64_t offset = 0; offset < new_size; offset += page_size)
          model.pages[to + offset] = offset < size ? moved[offset] : PageModel{kept, 0};
        if (to + new_size > base + area) {
          ASSERT_TRUE(unmap({to}, new_size).ok());
          model.erase(to, new_size);
        }
        break;
      }
      case 7: {  // write a word in some pages
        for (std::uint64_t a = at; a < at + std::min(size, 8 * page_size); a += page_size) {
          const std::uint64_t word = random();
          const auto page = model.pages.find(a);
          const bool writable = page != model.pages.end() && page->second.access.write;
          ASSERT_EQ(store_to_program(VirtAddr{a + 8}, word).ok(), writable);
          if (writable) page->second.word = word;
        }
        break;
      }
      case 8:
        for (std::uint64_t a = at; a < at + std::min(size, 32 * page_size); a += page_size) check_page(a);
        break;
    }
    ASSERT_EQ(counters().mapped, model.pages.size() * page_size);
  }
  for (std::uint64_t a = base; a < base + area; a += page_size) check_page(a);
  // No leaf has more rights than its page, and none is writable and executable.
  the_program_memory.with([&](ProgramMemory& memory) {
    std::uint64_t resident = 0;
    memory.table.visit({base}, area, [&](VirtAddr here, const Leaf& leaf) {
      resident += level_size(leaf.level) >> page_shift;
      for (std::uint64_t a = here.value; a < here.value + level_size(leaf.level); a += page_size)
        ASSERT_EQ(leaf.access, model.pages.at(a).access);
    });
    EXPECT_EQ(resident, memory.resident_pages);
  });
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomMemory, testing::Range(1, 13));

TEST_F(ProgramMemoryTest, ReservationsAreFree) {
  const std::size_t committed = frame_counters().committed;
  const auto at = map({}, std::uint64_t{8} << 30, access_none, Placement::anywhere);
  ASSERT_TRUE(at.ok());
  EXPECT_TRUE(is_aligned(at.value().value, large_page_size));
  EXPECT_LE(frame_counters().committed, committed + 1);  // a heap slab for the range
  // A piece of it becomes memory, and a reservation again.
  const std::uint64_t size = std::uint64_t{4} << 20;
  ASSERT_TRUE(map(at.value() + size, size, access_read_write, Placement::fixed).ok());
  EXPECT_EQ(counters().charged, size);
  ASSERT_TRUE(store_to_program(at.value() + size, 5).ok());
  ASSERT_TRUE(map(at.value() + size, size, access_none, Placement::fixed).ok());
  EXPECT_EQ(counters().charged, 0u);
  EXPECT_EQ(counters().resident, 0u);
  EXPECT_EQ(counters().mappings, 1u);
}

TEST_F(ProgramMemoryTest, OverCommitIsRefused) {
  const FrameCounters now = frame_counters();
  const std::uint64_t all = (now.limit - now.committed) * page_size;
  EXPECT_EQ(map({}, all + page_size, access_read_write, Placement::anywhere).error(), Error::out_of_memory);
  const auto reserved = map({}, all + page_size, access_none, Placement::anywhere);
  ASSERT_TRUE(reserved.ok());
  EXPECT_EQ(protect(reserved.value(), all + page_size, access_read_write).error(), Error::out_of_memory);
  // What was refused has changed nothing, and everything that is promised can be touched.
  const std::uint64_t most = all - 8 * page_size;
  ASSERT_TRUE(protect(reserved.value(), most, access_read_write).ok());
  for (std::uint64_t offset = 0; offset < most; offset += page_size)
    ASSERT_TRUE(store_to_program(reserved.value() + offset, offset).ok());
  for (std::uint64_t offset = 0; offset < most; offset += page_size)
    ASSERT_EQ(load_from_program<std::uint64_t>(reserved.value() + offset).value(), offset);
}

TEST_F(ProgramMemoryTest, TouchedMemoryThatWasNotPromisedCanRunOut) {
  const FrameCounters now = frame_counters();
  const std::uint64_t size = (now.limit - now.committed + 100) * page_size;
  const auto at = map({}, size, access_read_write, Placement::anywhere, Charging::on_touch);
  ASSERT_TRUE(at.ok());
  std::uint64_t offset = 0;
  while (offset < size && store_to_program(at.value() + offset, 1).ok()) offset += page_size;
  EXPECT_LT(offset, size);
  EXPECT_GT(offset, size - 400 * page_size);
  EXPECT_EQ(program_memory::handle_fault(at.value() + offset, FaultKind::write),
            program_memory::FaultOutcome::out_of_memory);
}

TEST_F(ProgramMemoryTest, FaultsSayWhy) {
  using enum program_memory::FaultOutcome;
  const VirtAddr at = map({}, 3 * page_size, access_read, Placement::anywhere).take();
  ASSERT_TRUE(protect(at + page_size, page_size, access_none).ok());
  EXPECT_EQ(program_memory::handle_fault(at, FaultKind::read), resolved);
  EXPECT_EQ(program_memory::handle_fault(at, FaultKind::read), resolved);
  EXPECT_EQ(program_memory::handle_fault(at, FaultKind::write), not_permitted);
  EXPECT_EQ(program_memory::handle_fault(at, FaultKind::execute), not_permitted);
  EXPECT_EQ(program_memory::handle_fault(at + page_size, FaultKind::read), not_permitted);
  EXPECT_EQ(program_memory::handle_fault(at + 3 * page_size, FaultKind::read), not_mapped);
  EXPECT_EQ(program_memory::handle_fault(at + 3 * page_size - 1, FaultKind::read), resolved);
}

TEST_F(ProgramMemoryTest, LargeRangesGetLargePages) {
  const std::uint64_t size = 3 * large_page_size;
  const VirtAddr at = map({}, size, access_read_write, Placement::anywhere).take();
  ASSERT_TRUE(store_to_program(at + 5, 'x').ok());
  EXPECT_EQ(counters().resident, large_page_size);
  // A hole in its middle leaves the rest with its contents.
  ASSERT_TRUE(unmap(at + 16 * page_size, page_size).ok());
  EXPECT_EQ(counters().resident, large_page_size - page_size);
  EXPECT_EQ(load_from_program<char>(at + 5).value(), 'x');
  EXPECT_EQ(load_from_program<char>(at + 16 * page_size).error(), Error::bad_address);
  EXPECT_EQ(load_from_program<char>(at + 17 * page_size).value(), 0);
}

TEST_F(ProgramMemoryTest, ProtectedMemoryKeepsItsContents) {
  const VirtAddr at = map({}, 4 * large_page_size, access_read_write, Placement::anywhere).take();
  ASSERT_TRUE(store_to_program(at + 100, 42).ok());
  ASSERT_TRUE(protect(at, page_size, access_none).ok());
  EXPECT_EQ(load_from_program<int>(at + 100).error(), Error::bad_address);
  ASSERT_TRUE(protect(at, page_size, access_read).ok());
  EXPECT_EQ(load_from_program<int>(at + 100).value(), 42);
  EXPECT_EQ(store_to_program(at + 100, 43).error(), Error::bad_address);
}

TEST_F(ProgramMemoryTest, NothingIsWritableAndExecutable) {
  constexpr Access both{.read = true, .write = true, .execute = true};
  EXPECT_EQ(map({}, page_size, both, Placement::anywhere).error(), Error::invalid_argument);
  const VirtAddr at = map({}, page_size, access_read_write, Placement::anywhere).take();
  EXPECT_EQ(protect(at, page_size, both).error(), Error::invalid_argument);
  ASSERT_TRUE(store_to_program(at, 1).ok());
  ASSERT_TRUE(protect(at, page_size, access_read_execute).ok());
  EXPECT_EQ(store_to_program(at, 1).error(), Error::bad_address);
}

TEST_F(ProgramMemoryTest, BadArgumentsChangeNothing) {
  const layout::Window window = the_program_memory.without_lock().window;
  const VirtAddr at = window.start;
  EXPECT_EQ(map({}, 0, access_read, Placement::anywhere).error(), Error::invalid_argument);
  EXPECT_EQ(map({}, 100, access_read, Placement::anywhere).error(), Error::invalid_argument);
  EXPECT_EQ(map({}, ~std::uint64_t{0} << page_shift, access_none, Placement::anywhere).error(),
            Error::out_of_memory);
  EXPECT_EQ(map(at + 1, page_size, access_read, Placement::fixed).error(), Error::invalid_argument);
  EXPECT_EQ(map({0}, page_size, access_read, Placement::fixed).error(), Error::out_of_memory);
  EXPECT_EQ(map(window.end() - page_size, 2 * page_size, access_read, Placement::fixed).error(),
            Error::out_of_memory);
  EXPECT_EQ(unmap(at, 0).error(), Error::invalid_argument);
  EXPECT_EQ(unmap(at, ~std::uint64_t{0} << page_shift).error(), Error::invalid_argument);
  EXPECT_EQ(unmap(at + 5, page_size).error(), Error::invalid_argument);
  EXPECT_EQ(protect(at, page_size, access_read).error(), Error::out_of_memory);
  EXPECT_EQ(discard(at, page_size).error(), Error::out_of_memory);
  EXPECT_EQ(remap(at, page_size, page_size, true, {}).error(), Error::bad_address);
  EXPECT_EQ(remap(at, page_size, 0, true, {}).error(), Error::invalid_argument);
  EXPECT_EQ(program_memory::query(at).error(), Error::not_found);
  EXPECT_FALSE(program_memory::is_mapped(at, page_size));
}

TEST_F(ProgramMemoryTest, RemapMovesWithoutCopying) {
  const VirtAddr at = map({}, 2 * large_page_size, access_read_write, Placement::anywhere).take();
  const VirtAddr wall = map(at + 2 * large_page_size, page_size, access_read, Placement::fixed).take();
  ASSERT_TRUE(store_to_program(at + 7, 'a').ok());
  ASSERT_TRUE(store_to_program(at + large_page_size + 7, 'b').ok());
  EXPECT_EQ(remap(at, 2 * large_page_size, 3 * large_page_size, false, {}).error(), Error::out_of_memory);
  const std::uint64_t resident = counters().resident;
  const VirtAddr moved = remap(at, 2 * large_page_size, 3 * large_page_size, true, {}).take();
  EXPECT_NE(moved, at);
  EXPECT_EQ(counters().resident, resident);
  EXPECT_EQ(load_from_program<char>(moved + 7).value(), 'a');
  EXPECT_EQ(load_from_program<char>(moved + large_page_size + 7).value(), 'b');
  EXPECT_FALSE(program_memory::is_mapped(at, page_size));
  EXPECT_TRUE(program_memory::is_mapped(wall, page_size));
  // In place when there is room, and down again.
  EXPECT_EQ(remap(moved, 3 * large_page_size, 4 * large_page_size, false, {}).value(), moved);
  EXPECT_EQ(remap(moved, 4 * large_page_size, page_size, false, {}).value(), moved);
  EXPECT_EQ(counters().mapped, 2 * page_size);
}

TEST_F(ProgramMemoryTest, CopiesCrossPagesAndStopAtHoles) {
  const VirtAddr at = map({}, 3 * page_size, access_read_write, Placement::anywhere).take();
  ASSERT_TRUE(unmap(at + 2 * page_size, page_size).ok());
  std::string text(2 * page_size - 10, 'q');
  ASSERT_TRUE(copy_to_program(at + 10, text.data(), text.size()).ok());
  std::string back(text.size(), ' ');
  ASSERT_TRUE(copy_from_program(back.data(), at + 10, back.size()).ok());
  EXPECT_EQ(back, text);
  EXPECT_EQ(copy_to_program(at + 11, text.data(), text.size()).error(), Error::bad_address);
  EXPECT_TRUE(check_readable(at, 2 * page_size).ok());
  EXPECT_EQ(check_readable(at + 1, 2 * page_size).error(), Error::bad_address);
  EXPECT_EQ(check_writable({~std::uint64_t{0} - 3}, 8).error(), Error::bad_address);
  EXPECT_EQ(check_readable({0}, 1).error(), Error::bad_address);
  EXPECT_TRUE(check_readable({0}, 0).ok());
}

TEST_F(ProgramMemoryTest, StringsEndWithZeroOrFail) {
  const VirtAddr at = map({}, page_size, access_read_write, Placement::anywhere).take();
  const VirtAddr near_end = at + page_size - 4;
  ASSERT_TRUE(copy_to_program(near_end, "abc", 4).ok());
  char buffer[16];
  EXPECT_EQ(copy_string_from_program(buffer, near_end, sizeof buffer).value(), 3u);
  EXPECT_STREQ(buffer, "abc");
  EXPECT_EQ(copy_string_from_program(buffer, near_end, 3).error(), Error::too_long);
  ASSERT_TRUE(copy_to_program(near_end + 3, "d", 1).ok());
  EXPECT_EQ(copy_string_from_program(buffer, near_end, sizeof buffer).error(), Error::bad_address);
}

TEST_F(ProgramMemoryTest, TheImageIsReachable) {
  char buffer[64];
  EXPECT_EQ(copy_string_from_program(buffer, VirtAddr::of(image_rodata_start), sizeof buffer).value(), 26u);
  EXPECT_STREQ(buffer, "constant text of the image");
  EXPECT_EQ(store_to_program(VirtAddr::of(image_rodata_start), 'x').error(), Error::bad_address);
  ASSERT_TRUE(store_word_to_program(VirtAddr::of(image_data_start), 77).ok());
  EXPECT_EQ(load_resident_word(VirtAddr::of(image_data_start)).value(), 77u);
  EXPECT_EQ(load_from_program<int>(VirtAddr::of(image_data_end)).error(), Error::bad_address);
  const VirtAddr guard = VirtAddr::of(image_boot_stack_guard);
  EXPECT_EQ(load_from_program<int>(guard).error(), Error::bad_address);
  EXPECT_EQ(load_from_program<int>(guard - 2).error(), Error::bad_address);
  EXPECT_TRUE(load_from_program<int>(guard + page_size).ok());
}

TEST_F(ProgramMemoryTest, NeighboursOfOneKindAreOneMapping) {
  const VirtAddr at = map({}, 10 * page_size, access_read_write, Placement::anywhere).take();
  ASSERT_TRUE(protect(at + 3 * page_size, page_size, access_read).ok());
  EXPECT_EQ(counters().mappings, 3u);
  ASSERT_TRUE(protect(at + 3 * page_size, page_size, access_read_write).ok());
  EXPECT_EQ(counters().mappings, 1u);
  ASSERT_TRUE(unmap(at + 3 * page_size, page_size).ok());
  ASSERT_TRUE(map(at + 3 * page_size, page_size, access_read_write, Placement::fixed).ok());
  EXPECT_EQ(counters().mappings, 1u);
  const auto found = program_memory::query(at + 5 * page_size);
  EXPECT_EQ(found.value().start, at);
  EXPECT_EQ(found.value().size, 10 * page_size);
}

}  // namespace
}  // namespace nucleus
