// SPDX-License-Identifier: ISC

// The parts that need no image: hashing, sets, maps.

#include <random>
#include <set>

#include "core/extents.h"
#include "core/map.h"
#include "core/seahash.h"
#include "core/validate.h"
#include "image.h"

namespace redoxfs::test {
namespace {

TEST(SeaHash, HasTheKnownValues) {
  // From the hash's reference documentation.
  EXPECT_EQ(seahash(bytes("to be or not to be")), 1988685042348123509u);
  EXPECT_EQ(seahash(bytes("love is a wonderful terrible thing")), 4784284276849692846u);
}

TEST(Names, AreUtf8WithoutSeparators) {
  for (const char* good : {"a", "ä", "日本", "a b", "...", "\xF0\x9F\x90\xAA"})
    EXPECT_TRUE(validate_new_name(good).ok()) << good;
  for (const char* bad : {"", ".", "..", "a/b", "a:b", "\xFF", "\xC0\x80", "\xED\xA0\x80", "\xE2\x82"})
    EXPECT_FALSE(validate_new_name(bad).ok()) << bad;
  EXPECT_TRUE(validate_new_name(std::string(252, 'n')).ok());
  EXPECT_EQ(validate_new_name(std::string(253, 'n')).error(), Error::name_too_long);
}

TEST(Map, DoesWhatAMapDoes) {
  host::HeapMemory memory;
  Map<std::uint64_t> map(memory);
  std::map<std::uint64_t, std::uint64_t> model;
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; i++) {
    const std::uint64_t key = random() % 500 * (i % 2 ? 1 : 4096);
    if (random() % 2) {
      ASSERT_TRUE(map.insert(key, i).ok());
      model[key] = static_cast<std::uint64_t>(i);
    } else {
      ASSERT_EQ(map.erase(key), model.erase(key) > 0);
    }
    const std::uint64_t probe = random() % 500;
    ASSERT_EQ(map.find(probe) != nullptr, model.contains(probe));
    if (model.contains(probe)) {
      ASSERT_EQ(*map.find(probe), model[probe]);
    }
    ASSERT_EQ(map.size(), model.size());
  }
}

TEST(Extents, DoWhatASetOfBlocksDoes) {
  host::HeapMemory memory;
  std::mt19937_64 random(2);
  for (int round = 0; round < 20; round++) {
    Extents extents(memory);
    std::set<std::uint64_t> model;
    for (int i = 0; i < 2000; i++) {
      const Extent extent{random() % 3000, random() % (random() % 3 ? 8 : 200) + 1};
      std::uint64_t present = 0;
      for (std::uint64_t b = extent.index; b < extent.index + extent.count; b++) present += model.contains(b);
      ASSERT_EQ(extents.contains(extent), present == extent.count);
      ASSERT_EQ(extents.touches(extent), present > 0);
      switch (random() % 3) {
        case 0:
          if (present == 0) {
            ASSERT_TRUE(extents.add(extent).ok());
            for (std::uint64_t b = 0; b < extent.count; b++) model.insert(extent.index + b);
          }
          break;
        case 1:
          ASSERT_EQ(extents.remove(extent).ok(), present == extent.count);
          if (present == extent.count)
            for (std::uint64_t b = 0; b < extent.count; b++) model.erase(extent.index + b);
          break;
        case 2: {
          const auto level = static_cast<unsigned>(random() % 6);
          const auto taken = extents.take(level);
          if (!taken.ok()) {
            ASSERT_FALSE(extents.has(level));
            break;
          }
          ASSERT_EQ(taken.value() % (1u << level), 0u);
          for (std::uint64_t b = 0; b < 1u << level; b++) ASSERT_EQ(model.erase(taken.value() + b), 1u);
        }
      }
      ASSERT_EQ(extents.count(), model.size());
    }
    std::uint64_t sum = 0, last = 0;
    const auto runs = must(extents.runs());
    for (const Extent& run : runs) {
      ASSERT_TRUE(sum == 0 || run.index > last) << "runs that touch are one";
      last = run.index + run.count;
      sum += run.count;
    }
    ASSERT_EQ(sum, model.size());
  }
}

TEST(Extents, RefuseWhatIsThereAlready) {
  host::HeapMemory memory;
  Extents extents(memory);
  ASSERT_TRUE(extents.add({257, 1'000'000'000}).ok());
  EXPECT_EQ(extents.add({5000, 1}).error(), Error::damaged);
  EXPECT_EQ(extents.add({100, 200}).error(), Error::damaged);
  EXPECT_EQ(extents.remove({256, 2}).error(), Error::damaged);
  EXPECT_EQ(extents.add({~std::uint64_t{0} - 5, 10}).error(), Error::damaged);
  EXPECT_EQ(extents.count(), 1'000'000'000u);
}

}  // namespace
}  // namespace redoxfs::test
