// SPDX-License-Identifier: ISC

// Random operations against the model, with remounts, on devices of several kinds. Some images are read by
// the independent reader too, which looks at every hash, pointer, leak and overlap.

#include "model.h"

#include <redoxfs/check.h>

#include <filesystem>
#include <fstream>

namespace redoxfs::test {
namespace {

struct Setting {
  const char* name;
  std::uint64_t blocks;
  bool encrypted;
  bool compressed;
  DriverOptions driver;
  Limits limits;
};

const Setting settings[] = {
    {"roomy", 16384, false, true, {}, {}},
    {"tiny", 400, false, true, {.most_nodes = 30, .largest_write = 40'000, .largest_file = 300'000}, {}},
    {"crowded",
     1200,
     false,
     false,
     {.most_nodes = 200, .largest_write = 130'000, .largest_file = 700'000},
     {}},
    {"encrypted", 8192, true, true, {}, {}},
    {"little_memory",
     8192,
     false,
     true,
     {},
     {.clean_blocks = 8, .dirty_blocks = 16, .clean_record_bytes = 0, .dirty_record_bytes = 200'000}},
    {"long_names", 8192, false, true, {.most_nodes = 400, .largest_write = 500, .largest_file = 5000}, {}},
};

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
  const std::string command = std::string("python3 '") + REDOXFS_TESTS + "/reader.py' check " + path;
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
    for (int step = 0; step < steps && !testing::Test::HasFailure(); step++) {
      driver.step(*system);
      if (driver.pick(150) == 0) must(system->sync(), "sync");
      if (driver.pick(300) != 0) continue;
      must(system->sync(), "sync");
      ASSERT_EQ(digest(*system), driver.model.digest());
      system = {};
      driver.drop_all();
      system = mount();
      ASSERT_EQ(digest(*system), driver.model.digest());
    }
    must(system->sync(), "sync");
    system = {};
    system = mount();  // which removes what was held
    driver.drop_all();
    must(system->sync(), "sync");
    ASSERT_EQ(digest(*system), driver.model.digest());
    system = {};
    expect_sound(device, services, password);
    if (!setting.encrypted && (sequence % 8 == 0 || sequence < 2)) expect_independent_reader_agrees(device);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

INSTANTIATE_TEST_SUITE_P(On, RandomOperations, testing::ValuesIn(settings),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace redoxfs::test
