// SPDX-License-Identifier: ISC

// The images made by the reference implementation, byte for byte. They are no part of the project: the tests
// say so and are skipped where BACTRIAN_REDOXFS_GOLDEN names no folder with them.

#include <openssl/evp.h>

#include <filesystem>
#include <fstream>

#include "image.h"

namespace redoxfs::test {
namespace {

namespace fs = std::filesystem;

fs::path golden() {
  const char* named = std::getenv("BACTRIAN_REDOXFS_GOLDEN");
  if (named) return named;
  const fs::path beside = fs::path(REDOXFS_TESTS) / "../../../shared/golden/redoxfs";  // of the checkout
  return fs::exists(beside) ? beside : fs::path(REDOXFS_TESTS) / "../../../../shared/golden/redoxfs";
}

std::string sha256(const std::string& text) {
  unsigned char sum[32];
  EVP_Digest(text.data(), text.size(), sum, nullptr, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned char byte : sum) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    hex += digits;
  }
  return hex;
}

/// "path  sum" lines of the golden list.
std::map<std::string, std::string> wanted_sums() {
  std::map<std::string, std::string> sums;
  std::ifstream list(golden() / "plain.sha256");
  for (std::string line; std::getline(list, line);) sums[line.substr(66)] = line.substr(0, 64);
  return sums;
}

class Golden : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const fs::path packed = golden() / (std::string(GetParam()) + ".img.zst");
    if (!fs::exists(packed)) GTEST_SKIP() << "no reference images at " << golden();
    char pattern[] = "/tmp/redoxfs-golden-XXXXXX";
    folder_ = mkdtemp(pattern);
    image_ = folder_ / "img";
    ASSERT_EQ(std::system(("zstd -dqf '" + packed.string() + "' -o '" + image_.string() + "'").c_str()), 0);
    fs::permissions(image_, fs::perms::owner_write, fs::perm_options::add);
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }
  static void check(FileSystem& system) {
    auto sums = wanted_sums();
    std::string links;
    for (const auto& [path, id] : walk(system)) {
      const auto type = must(system.attributes(id)).mode & mode::type;
      if (type == mode::symbolic_link) links += path + " -> " + read_all(system, id) + "\n";
      if (type != mode::file) continue;
      EXPECT_EQ(sums[path], sha256(read_all(system, id))) << path;
      sums.erase(path);
    }
    EXPECT_TRUE(sums.empty());
    std::ifstream wanted(golden() / "plain.links");
    EXPECT_EQ(links, std::string(std::istreambuf_iterator<char>(wanted), {}));
  }
  fs::path folder_, image_;
  HostServices host_;
};

TEST_P(Golden, ReadsEveryFile) {
  host::FileDevice device;
  ASSERT_EQ(device.open(image_, host::FileDevice::Access::read_only), 0);
  auto system = open(device, host_.services, Access::read_only, "camel");
  check(*system);
  EXPECT_FALSE(system->fell_back());
}

TEST_P(Golden, StaysWholeWhenWeWriteToIt) {
  host::FileDevice device;
  ASSERT_EQ(device.open(image_, host::FileDevice::Access::read_write), 0);
  {
    auto system = open(device, host_.services, Access::read_write, "camel");
    const NodeId id = must(system->create(root_node, "ours", mode::file | 0644, 0, 0));
    const std::string text(1'000'000, 'x');
    EXPECT_EQ(must(system->write(id, 0, bytes(text))), text.size());
    must(system->sync());
    EXPECT_EQ(read_all(*system, id), text);
    must(system->unlink(root_node, "ours"));
    must(system->sync());
  }
  auto system = open(device, host_.services, Access::read_only, "camel");
  check(*system);
}

TEST_P(Golden, RefusesAnotherPassword) {
  if (std::string(GetParam()) != "enc") return;
  host::FileDevice device;
  ASSERT_EQ(device.open(image_, host::FileDevice::Access::read_only), 0);
  const auto opened = FileSystem::open(device, host_.services, {.password = bytes("dromedary")});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error(), Error::wrong_password);
}

INSTANTIATE_TEST_SUITE_P(Images, Golden, testing::Values("plain", "enc"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace redoxfs::test

/// Status 77: skipped, and the last line says why.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int status = RUN_ALL_TESTS();
  if (status != 0 || testing::UnitTest::GetInstance()->skipped_test_count() == 0) return status;
  std::puts("no reference images: BACTRIAN_REDOXFS_GOLDEN names no folder with them");
  return 77;
}
