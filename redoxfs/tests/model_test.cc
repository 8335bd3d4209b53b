// SPDX-License-Identifier: ISC

// Random operations against the model, with remounts, on devices of several kinds. Some images are read by
// the independent reader too, which looks at every hash, pointer, leak and overlap.

#include "model.h"

#include <redoxfs/check.h>

#include <filesystem>
#include <fstream>
#include <unordered_map>

#include "core/validate.h"

namespace redoxfs::test {
namespace {

struct Setting {
  const char* name;
  std::uint64_t blocks;
  bool encrypted;
  bool compressed;
  DriverOptions driver;
  Limits limits;
  bool fragmented = false;  ///< no two free blocks lie side by side at the start
  bool fills_up = false;    ///< the device is to become full, again and again
};

/// Long names in pairs of the same hash, so that lists of the hash tree are split between the two. Found by
/// trying.
const std::vector<std::string>& colliding_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    std::unordered_map<std::uint32_t, int> seen;
    const auto name = [](int i) { return std::string(240, 'c') + std::to_string(i); };
    for (int i = 0; found.size() < 40; i++) {
      const auto [at, fresh] = seen.emplace(hash_of_name(name(i)), i);
      if (fresh) continue;
      found.push_back(name(at->second));
      found.push_back(name(i));
    }
    return found;
  }();
  return names;
}

const Setting settings[] = {
    {"roomy", 16384, false, true, {}, {}},
    {"tiny",
     400,
     false,
     true,
     {.most_nodes = 30, .largest_write = 40'000, .largest_file = 300'000},
     {},
     false,
     true},
    {"crowded",
     1200,
     false,
     false,
     {.most_nodes = 200, .largest_write = 130'000, .largest_file = 700'000},
     {},
     false,
     true},
    {"fragmented",
     1500,
     false,
     false,
     {.most_nodes = 700, .largest_write = 60'000, .largest_file = 400'000},
     {},
     true,
     true},
    {"encrypted", 8192, true, true, {}, {}},
    {"little_memory",
     8192,
     false,
     true,
     {},
     {.clean_blocks = 8, .dirty_blocks = 16, .clean_record_bytes = 0, .dirty_record_bytes = 200'000}},
    {"long_names",
     8192,
     false,
     true,
     {.most_nodes = 400, .largest_write = 500, .largest_file = 5000, .long_name_every = 2},
     {}},
    {"equal_hashes",
     4096,
     false,
     true,
     {.most_nodes = 90,
      .largest_write = 500,
      .largest_file = 5000,
      .names = colliding_names(),
      .directories = false},
     {}},
};

/// Fills the device with files of one record of one block, and takes every other away.
void fragment(FileSystem& system, Driver& driver) {
  std::vector<std::string> names;
  std::string name;
  const auto next = [&] { return name = "filler " + std::to_string(names.size()); };
  while (driver.fill(system, next(), std::string(4000, static_cast<char>('a' + names.size() % 26))))
    names.push_back(name);
  must(system.sync(), "sync");
  for (std::size_t i = 0; i < names.size(); i += 2) driver.unfill(system, names[i]);
  must(system.sync(), "sync");
}

class Reporter final : public CheckObserver {
 public:
  void found(const Finding& finding) override {
    text += std::string(redoxfs::describe(finding.problem)) + " node " + std::to_string(finding.node) +
            " at " + std::to_string(finding.position) + " count " + std::to_string(finding.count) + "\n";
  }
  std::string text;
};

void expect_sound(BlockDevice& device, const Services& services, std::string_view password) {
  Reporter reporter;
  const CheckResult result = must(check(device, services, {.password = bytes(password)}, reporter), "check");
  EXPECT_EQ(reporter.text, "");
  EXPECT_EQ(result.problems, 0u);
  EXPECT_EQ(result.blocks_leaked, 0u);
}

void expect_independent_reader_agrees(const RamDevice& device) {
  char path[] = "/tmp/redoxfs-model-XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  close(fd);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(device.data.data()),
             static_cast<std::streamsize>(device.data.size()));
  const std::string command =
      std::string("BACTRIAN_FS_PASSWORD=camel python3 '") + REDOXFS_TESTS + "/reader.py' check " + path;
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::filesystem::remove(path);
}

class RandomOperations : public testing::TestWithParam<Setting> {};

TEST_P(RandomOperations, AgreeWithTheModel) {
  const Setting& setting = GetParam();
  const int sequences = full_run() ? 400 : 4;
  const int steps = full_run() ? 2500 : 1000;
  HostServices host;
  Services services{host.memory, host.clock, setting.compressed ? &host.compression : nullptr,
                    &host.cryptography};
  const std::string_view password = setting.encrypted ? "camel" : "";
  std::size_t operations = 0, full = 0;
  for (int sequence = 0; sequence < sequences; sequence++) {
    SCOPED_TRACE("sequence " + std::to_string(sequence));
    RamDevice device(setting.blocks);
    must(format(device, services, {.password = bytes(password)}), "format");
    Driver driver(static_cast<std::uint64_t>(sequence) * 7919 + setting.blocks, setting.driver);
    const auto mount = [&] {
      return must(FileSystem::open(
                      device, services,
                      {.access = Access::read_write, .password = bytes(password), .limits = setting.limits}),
                  "open");
    };
    auto system = mount();
    if (setting.fragmented) fragment(*system, driver);
    for (int step = 0; step < steps && !testing::Test::HasFailure(); step++) {
      driver.step(*system);
      if (driver.pick(150) == 0) must(system->sync(), "sync");
      if (driver.pick(300) != 0) continue;
      must(system->sync(), "sync");
      ASSERT_EQ(digest(*system), driver.model.digest());
      const std::uint64_t free = system->usage().free_blocks;
      const bool held = !driver.model.held.empty();  // then mounting frees more
      system = {};
      driver.drop_all();
      system = mount();
      if (!held) {
        ASSERT_EQ(system->usage().free_blocks, free);
      }
      ASSERT_EQ(digest(*system), driver.model.digest());
    }
    operations += static_cast<std::size_t>(steps);
    full += driver.out_of_space;
    must(system->sync(), "sync");
    system = {};
    system = mount();  // which removes what was held
    driver.drop_all();
    must(system->sync(), "sync");
    ASSERT_EQ(digest(*system), driver.model.digest());
    system = {};
    expect_sound(device, services, password);
    expect_independent_reader_agrees(device);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  std::printf("%zu operations, %zu of them without space\n", operations, full);
  EXPECT_EQ(full > 0, setting.fills_up);
}

INSTANTIATE_TEST_SUITE_P(On, RandomOperations, testing::ValuesIn(settings),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace redoxfs::test
