// SPDX-License-Identifier: ISC

// Faults: reads and writes that fail, memory that runs out at every allocation in turn, and a bit that flips
// anywhere in the image. What must never happen: wrong data, a crash, or a file system that is damaged
// afterwards.

#include <redoxfs/check.h>

#include "model.h"

namespace redoxfs::test {
namespace {

class FailingDevice final : public RamDevice {
 public:
  using RamDevice::RamDevice;
  Result<void> read(std::uint64_t first, Bytes into) override {
    if (fails(reads_left)) return Error::io;
    return RamDevice::read(first, into);
  }
  Result<void> write(std::uint64_t first, ConstBytes from) override {
    if (fails(writes_left)) return Error::io;
    return RamDevice::write(first, from);
  }
  Result<void> barrier() override {
    if (fails(barriers_left)) return Error::io;
    return {};
  }
  static constexpr long never = -1;
  long reads_left = never, writes_left = never, barriers_left = never;

 private:
  static bool fails(long& left) {
    if (left == never) return false;
    if (left > 0) {
      left--;
      return false;
    }
    return true;  // and from now on
  }
};

class FailingMemory final : public Memory {
 public:
  void* allocate(std::size_t size) override {
    if (left == 0) return nullptr;
    if (left > 0) left--;
    return std::malloc(size);
  }
  void release(void* memory, std::size_t) override { std::free(memory); }
  long left = -1;
};

class Findings final : public CheckObserver {
 public:
  void found(const Finding& finding) override {
    text += std::string(redoxfs::describe(finding.problem)) + "\n";
  }
  std::string text;
};

void expect_sound(BlockDevice& device, const Services& services) {
  Findings findings;
  const auto result = must(check(device, services, {}, findings), "check");
  EXPECT_EQ(findings.text, "");
  EXPECT_EQ(result.blocks_leaked, 0u);
}

/// A little of everything. Stops at the first error and returns it.
Result<void> work(FileSystem& system, int round) {
  const std::string suffix = std::to_string(round);
  const auto step = [](auto result) -> Result<void> {
    if (!result.ok()) return result.error();
    return {};
  };
  const auto directory = system.create(root_node, "d" + suffix, mode::directory | 0755, 0, 0);
  if (!directory.ok()) return directory.error();
  for (int i = 0; i < 6; i++) {
    const auto id = system.create(directory.value(), "f" + std::to_string(i), mode::file | 0644, 0, 0);
    if (!id.ok()) return id.error();
    const std::string data(static_cast<std::size_t>(i) * 30'000 + 10, static_cast<char>('a' + i));
    if (const auto done = step(system.write(id.value(), static_cast<std::uint64_t>(i) * 1000, bytes(data)));
        !done.ok())
      return done;
    if (i % 2 == 0)
      if (const auto done = step(system.resize(id.value(), 5000)); !done.ok()) return done;
    if (i == 3)
      if (const auto done = step(system.punch(id.value(), 1000, 50'000)); !done.ok()) return done;
  }
  if (const auto done = step(system.rename(directory.value(), "f0", directory.value(), "f1")); !done.ok())
    return done;
  if (const auto done = step(system.unlink(directory.value(), "f2")); !done.ok()) return done;
  if (const auto done = step(system.symlink(directory.value(), "l", "target", 0, 0)); !done.ok()) return done;
  return system.sync();
}

TEST(Faults, WritesAndBarriersThatFail) {
  HostServices host;
  for (const bool barriers : {false, true}) {
    for (long limit = 0; limit < 400; limit += full_run() ? 1 : 7) {
      FailingDevice device(1200);
      must(format(device, host.services, {}), "format");
      bool failed = false;
      {
        auto system = open(device, host.services);
        must(work(*system, 0), "work");
        (barriers ? device.barriers_left : device.writes_left) = limit;
        for (int round = 1; round < 5 && !failed; round++) {
          const auto done = work(*system, round);
          failed = !done.ok();
          if (failed) {
            EXPECT_EQ(done.error(), Error::io);
          }
        }
        // Nobody may be told that his data is safe.
        if (failed) {
          (void)system->create(root_node, "after", mode::file, 0, 0);
          EXPECT_FALSE(system->sync().ok());
        }
        device.writes_left = device.barriers_left = FailingDevice::never;
      }
      Findings findings;
      const auto result = must(check(device, host.services, {}, findings), "check");
      EXPECT_EQ(findings.text, "") << "limit " << limit;
      EXPECT_EQ(result.blocks_leaked, 0u);
      auto system = open(device, host.services);
      must(system->lookup(root_node, "d0"), "what was synced");
      if (!failed) break;
    }
  }
}

TEST(Faults, ReadsThatFail) {
  HostServices host;
  FailingDevice device(1200);
  must(format(device, host.services, {}), "format");
  {
    auto system = open(device, host.services);
    must(work(*system, 0), "work");
  }
  for (long limit = 0; limit < 300; limit++) {
    device.reads_left = limit;
    const auto opened = FileSystem::open(device, host.services, {.access = Access::read_write});
    bool failed = !opened.ok();
    if (failed) {
      EXPECT_EQ(opened.error(), Error::io);
    } else {
      FileSystem& system = *opened.value();
      const auto done = work(system, static_cast<int>(limit) + 1);
      failed = !done.ok();
      if (failed) {
        EXPECT_EQ(done.error(), Error::io);
      }
      // A read that failed has undone its operation, no more: what was done before it can still be synced.
      device.reads_left = FailingDevice::never;
      must(system.sync(), "sync");
      for (const auto& entry : {"d" + std::to_string(limit + 1)})
        if (const auto id = system.lookup(root_node, entry); id.ok()) {
          Collector collector;
          must(system.list(id.value(), 0, collector));
          for (const auto& [name, child] : collector.entries) must(system.unlink(id.value(), name), "unlink");
          must(system.remove_directory(root_node, entry), "rmdir");
        }
      must(system.sync(), "sync");
    }
    device.reads_left = FailingDevice::never;
    expect_sound(device, host.services);
    if (!failed) break;
  }
}

TEST(Faults, MemoryThatRunsOutAtEveryAllocation) {
  HostServices host;
  FailingMemory memory;
  Services services{memory, host.clock, &host.compression, &host.cryptography};
  RamDevice clean(1200);
  must(format(clean, host.services, {}), "format");
  {
    auto system = open(clean, host.services);
    must(work(*system, 0), "work");
  }
  for (long limit = 0; limit < 100'000; limit += full_run() ? 1 : 11) {
    RamDevice device;
    device.data = clean.data;
    memory.left = limit;
    bool failed;
    {
      const auto opened = FileSystem::open(device, services, {.access = Access::read_write});
      failed = !opened.ok();
      if (failed) {
        EXPECT_EQ(opened.error(), Error::out_of_memory);
      } else {
        const auto done = work(*opened.value(), 1);
        failed = !done.ok();
        if (failed) {
          EXPECT_EQ(done.error(), Error::out_of_memory);
        }
      }
      memory.left = -1;
      if (opened.ok()) (void)opened.value()->sync();  // with memory again, or refused for good
    }
    expect_sound(device, host.services);
    if (!failed) break;
    ASSERT_FALSE(testing::Test::HasFailure()) << "limit " << limit;
  }
}

TEST(Faults, EveryAllocationOfSpaceInTurn) {
  // Ever smaller devices: each runs out at another place.
  HostServices host;
  for (std::uint64_t blocks = 340; blocks < 700; blocks += full_run() ? 1 : 9) {
    RamDevice device(blocks);
    must(format(device, host.services, {}), "format");
    {
      auto system = open(device, host.services);
      for (int round = 0; round < 6; round++) {
        const auto done = work(*system, round);
        if (!done.ok()) {
          EXPECT_EQ(done.error(), Error::no_space);
        }
      }
      must(system->sync(), "sync");
      digest(*system);
    }
    expect_sound(device, host.services);
  }
}

/// What is read of every path, or that it cannot be read.
std::map<std::string, std::string> survey(FileSystem& system, std::size_t& errors) {
  std::map<std::string, std::string> found;
  std::vector<std::pair<std::string, NodeId>> todo = {{".", root_node}};
  while (!todo.empty()) {
    const auto [path, id] = todo.back();
    todo.pop_back();
    const auto attributes = system.attributes(id);
    if (!attributes.ok()) {
      errors++;
      continue;
    }
    if ((attributes.value().mode & mode::type) == mode::directory) {
      Collector collector;
      if (!system.list(id, 0, collector).ok()) errors++;
      for (const auto& [name, child] : collector.entries) todo.emplace_back(path + "/" + name, child);
      found[path] = "directory";
      continue;
    }
    std::string text(attributes.value().size, '?');
    const auto read = system.read(id, 0, std::as_writable_bytes(std::span(text)));
    if (read.ok())
      found[path] = text;
    else
      errors++;
  }
  return found;
}

TEST(Faults, AFlippedBitIsNeverReturnedAsData) {
  HostServices host;
  RamDevice clean(1200);
  must(format(clean, host.services, {}), "format");
  std::map<std::string, std::string> right, before;
  std::size_t no_errors = 0;
  std::uint64_t generation = 0;
  {
    auto system = open(clean, host.services);
    for (int round = 0; round < 3; round++) must(work(*system, round), "work");
    before = survey(*system, no_errors);
    must(work(*system, 3), "work");
    right = survey(*system, no_errors);
    generation = system->usage().generation;
  }
  ASSERT_EQ(no_errors, 0u);
  std::mt19937_64 random(5);
  std::size_t noticed = 0;
  for (int i = 0; i < (full_run() ? 20'000 : 600); i++) {
    RamDevice device;
    device.data = clean.data;
    // Blocks that are in use more often than the many that are not.
    std::uint64_t block = random() % 1200;
    if (i % 4 != 0) do
        block = 256 + random() % 300;
      while (std::all_of(device.data.begin() + static_cast<long>(block * block_size),
                         device.data.begin() + static_cast<long>((block + 1) * block_size),
                         [](std::byte b) { return b == std::byte{}; }));
    if (i % 16 == 1) block = generation % 256;
    device.data[block * block_size + random() % block_size] ^= static_cast<std::byte>(1 << random() % 8);
    const auto opened = FileSystem::open(device, host.services, {});
    if (!opened.ok()) {
      EXPECT_EQ(opened.error(), Error::damaged);
      noticed++;
      continue;
    }
    std::size_t errors = 0;
    const auto found = survey(*opened.value(), errors);
    const auto& wanted = opened.value()->fell_back() ? before : right;
    for (const auto& [path, text] : found) {
      const auto at = wanted.find(path);
      ASSERT_TRUE(at != wanted.end()) << path;
      ASSERT_TRUE(at->second == text) << path << " has other data, block " << block;
    }
    if (errors == 0) {
      ASSERT_EQ(found.size(), wanted.size());
    }
    noticed += errors > 0 || opened.value()->fell_back();

    // A repair leaves something sound, and what it leaves is right.
    if (i % 4 != 1) continue;
    Findings findings;
    const auto repaired = check(device, host.services, {.repair = Repair::yes}, findings);
    ASSERT_TRUE(repaired.ok()) << redoxfs::describe(repaired.error()) << " block " << block;
    Findings after;
    const auto again = must(check(device, host.services, {}, after), "check");
    ASSERT_EQ(again.problems, repaired.value().unrepaired) << after.text << "block " << block;
    ASSERT_EQ(again.blocks_leaked, 0u) << "block " << block;
    // Only data that is lost may still be complained about.
    std::size_t lost = 0;
    for (std::size_t at = 0; (at = after.text.find("the data of a file is damaged\n", at)) != after.text.npos;
         at++)
      lost++;
    ASSERT_EQ(lost, again.problems) << after.text << "block " << block;
    auto system = open(device, host.services);
    must(work(*system, 9), "work after a repair");
  }
  EXPECT_GT(noticed, 100u);
}

}  // namespace
}  // namespace redoxfs::test
