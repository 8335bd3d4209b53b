// SPDX-License-Identifier: ISC

// What each operation promises: results, errors, and what the random tests are unlikely to meet.

#include <redoxfs/check.h>

#include <memory>
#include <random>
#include <thread>

#include "core/seahash.h"
#include "core/validate.h"
#include "image.h"

namespace redoxfs::test {
namespace {

class Operations : public testing::Test {
 protected:
  void SetUp() override { reformat(4096); }
  void TearDown() override {
    if (!system_) return;
    must(system_->sync(), "sync");
    system_ = {};
    expect_sound();
  }
  void reformat(std::uint64_t blocks, std::string_view password = "") {
    system_ = {};
    device_ = RamDevice(blocks);
    must(format(device_, host_.services, {.password = bytes(password)}), "format");
    password_ = password;
    system_ = open(device_, host_.services, Access::read_write, password_);
  }
  void remount() {
    must(system_->sync(), "sync");
    system_ = {};
    system_ = open(device_, host_.services, Access::read_write, password_);
  }
  void expect_sound() {
    class Observer final : public CheckObserver {
     public:
      void found(const Finding& finding) override { ADD_FAILURE() << redoxfs::describe(finding.problem); }
    } observer;
    const auto result = must(check(device_, host_.services, {.password = bytes(password_)}, observer));
    EXPECT_EQ(result.blocks_leaked, 0u);
  }
  NodeId file(std::string_view name, NodeId directory = root_node) {
    return must(system_->create(directory, name, mode::file | 0644, 0, 0), "create");
  }
  NodeId folder(std::string_view name, NodeId directory = root_node) {
    return must(system_->create(directory, name, mode::directory | 0755, 0, 0), "mkdir");
  }
  void write(NodeId id, std::uint64_t offset, std::string_view text) {
    ASSERT_EQ(must(system_->write(id, offset, bytes(text)), "write"), text.size());
  }
  /// Bytes that do not compress.
  static std::string noise(std::size_t size) {
    std::mt19937_64 random(size);
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  }
  std::string read(NodeId id, std::uint64_t offset, std::size_t size) {
    std::string text(size, '?');
    text.resize(must(system_->read(id, offset, std::as_writable_bytes(std::span(text))), "read"));
    return text;
  }

  HostServices host_;
  RamDevice device_;
  std::string password_;
  Owned<FileSystem> system_;
};

TEST_F(Operations, NamesAndErrorsAreThoseOfPosix) {
  const NodeId a = file("a");
  const NodeId d = folder("d");
  EXPECT_EQ(system_->create(root_node, "a", mode::file, 0, 0).error(), Error::exists);
  EXPECT_EQ(system_->create(a, "x", mode::file, 0, 0).error(), Error::not_directory);
  EXPECT_EQ(system_->create(12345, "x", mode::file, 0, 0).error(), Error::not_found);
  EXPECT_EQ(system_->create(root_node, std::string(253, 'n'), mode::file, 0, 0).error(),
            Error::name_too_long);
  EXPECT_EQ(system_->create(root_node, "a:b", mode::file, 0, 0).error(), Error::invalid_argument);
  EXPECT_EQ(system_->create(root_node, "x", 0x2000, 0, 0).error(), Error::invalid_argument);
  EXPECT_EQ(system_->lookup(root_node, "none").error(), Error::not_found);
  EXPECT_EQ(system_->lookup(a, "none").error(), Error::not_directory);
  EXPECT_EQ(system_->unlink(root_node, "d").error(), Error::is_directory);
  EXPECT_EQ(system_->remove_directory(root_node, "a").error(), Error::not_directory);
  EXPECT_EQ(system_->remove_directory(root_node, ".").error(), Error::invalid_argument);
  file("inside", d);
  EXPECT_EQ(system_->remove_directory(root_node, "d").error(), Error::not_empty);
  EXPECT_EQ(system_->link(d, root_node, "d2").error(), Error::not_permitted);
  EXPECT_EQ(system_->link(a, root_node, "d").error(), Error::exists);
  EXPECT_EQ(system_->write(d, 0, bytes("x")).error(), Error::is_directory);
  EXPECT_EQ(system_->resize(a, ~std::uint64_t{0}).error(), Error::file_too_large);
  EXPECT_EQ(system_->write(a, ~std::uint64_t{0} - 1, bytes("xyz")).error(), Error::file_too_large);
  EXPECT_EQ(read(a, 0, 10), "");
}

TEST_F(Operations, RenameReplacesAndRefuses) {
  const NodeId a = file("a"), b = file("b");
  const NodeId d = folder("d"), e = folder("e", d), full = folder("full");
  file("x", full);
  EXPECT_EQ(system_->rename(root_node, "none", root_node, "x").error(), Error::not_found);
  EXPECT_EQ(system_->rename(root_node, "a", root_node, "d").error(), Error::is_directory);
  EXPECT_EQ(system_->rename(root_node, "d", root_node, "a").error(), Error::not_directory);
  EXPECT_EQ(system_->rename(root_node, "d", root_node, "full").error(), Error::not_empty);
  EXPECT_EQ(system_->rename(root_node, "d", e, "d").error(), Error::invalid_argument);
  EXPECT_EQ(system_->rename(root_node, "a", root_node, "b", Replace::refused).error(), Error::exists);
  must(system_->rename(root_node, "a", root_node, "b"));
  EXPECT_EQ(must(system_->lookup(root_node, "b")), a);
  EXPECT_EQ(system_->attributes(b).error(), Error::not_found);
  must(system_->link(a, e, "also"));
  must(system_->rename(e, "also", root_node, "b"));  // one node already: nothing happens
  EXPECT_EQ(must(system_->lookup(e, "also")), a);
  must(system_->rename(d, "e", root_node, "e"));
  EXPECT_EQ(must(system_->parent(e)), root_node);
}

TEST_F(Operations, RenamesTenLevelsDeep) {
  NodeId at = root_node;
  std::vector<NodeId> levels = {root_node};
  for (int i = 0; i < 10; i++) levels.push_back(at = folder("d" + std::to_string(i), at));
  const NodeId id = file("f", at);
  write(id, 0, "deep");
  for (int i = 9; i > 0; i--)
    must(system_->rename(levels[static_cast<std::size_t>(i)], "d" + std::to_string(i), root_node, "up"),
         "up"),
        must(system_->rename(root_node, "up", levels[static_cast<std::size_t>(i)], "d" + std::to_string(i)),
             "down");
  EXPECT_EQ(system_->rename(root_node, "d0", levels[10], "x").error(), Error::invalid_argument);
  remount();
  at = root_node;
  for (int i = 0; i < 10; i++) at = must(system_->lookup(at, "d" + std::to_string(i)));
  EXPECT_EQ(read_all(*system_, must(system_->lookup(at, "f"))), "deep");
}

TEST_F(Operations, EveryPointerLevelWorks) {
  const NodeId id = file("sparse");
  // A place in each of the tables L0 to L4, in records of 128 KiB.
  const std::uint64_t record = 131072;
  const std::uint64_t starts[] = {0, 128, 128 + (64ull << 8), 128 + (64ull << 8) + (32ull << 16),
                                  128 + (64ull << 8) + (32ull << 16) + (16ull << 24)};
  for (const std::uint64_t start : starts) {
    write(id, start * record + 5, "first");
    write(id, (start + 3) * record + record - 3, "across");
  }
  remount();
  for (const std::uint64_t start : starts) {
    EXPECT_EQ(read(id, start * record + 5, 5), "first");
    EXPECT_EQ(read(id, (start + 3) * record + record - 3, 6), "across");
    EXPECT_EQ(read(id, (start + 2) * record, 3), std::string(3, '\0'));
  }
  EXPECT_EQ(must(system_->next_data(id, 10 * record)), 128 * record);
  const std::uint64_t size = must(system_->attributes(id)).size;
  EXPECT_GT(size, std::uint64_t{1} << 44);
  EXPECT_LT(must(system_->attributes(id)).blocks, 100u);
  must(system_->punch(id, 1000 * record, size - record));
  EXPECT_EQ(read(id, starts[1] * record + 5, 5), "first");
  EXPECT_EQ(read(id, starts[3] * record + 5, 5), std::string(5, '\0'));
  const std::uint64_t used = must(system_->attributes(id)).blocks;
  must(system_->resize(id, 0));
  EXPECT_LT(must(system_->attributes(id)).blocks, used);
  EXPECT_EQ(must(system_->attributes(id)).blocks, 1u);
}

TEST_F(Operations, NoOldBytesComeBackAfterShrinkAndGrow) {
  const NodeId id = file("f");
  for (const std::size_t size : {std::size_t{100}, std::size_t{5000}, std::size_t{200'000}}) {
    must(system_->resize(id, 0));
    write(id, 0, std::string(size, 'o'));
    must(system_->sync());
    for (const std::size_t kept : {size / 2, size / 3, std::size_t{0}}) {
      must(system_->resize(id, kept));
      if (kept % 2) remount();
      must(system_->resize(id, size));
      EXPECT_EQ(read_all(*system_, id), std::string(kept, 'o') + std::string(size - kept, '\0'))
          << size << " " << kept;
    }
  }
}

TEST_F(Operations, DeletingFreesAll) {
  must(system_->sync());
  must(system_->sync());
  const std::uint64_t before = system_->usage().free_blocks;
  for (int i = 0; i < 5; i++) {
    const NodeId id = file("f" + std::to_string(i));
    write(id, 0, noise(200'000));
  }
  remount();
  EXPECT_LT(system_->usage().free_blocks, before - 100);
  for (int i = 0; i < 5; i++) must(system_->unlink(root_node, "f" + std::to_string(i)));
  must(system_->sync());
  EXPECT_GE(system_->usage().free_blocks + 4, before);  // the log may have grown by a few blocks
}

TEST_F(Operations, AFileLivesOnWhileHeld) {
  const NodeId id = file("f");
  write(id, 0, std::string(10'000, 'h'));
  must(system_->hold(id));
  must(system_->unlink(root_node, "f"));
  write(id, 10'000, "more");
  EXPECT_EQ(read_all(*system_, id), std::string(10'000, 'h') + "more");
  EXPECT_EQ(must(system_->attributes(id)).links, 0u);
  EXPECT_EQ(system_->link(id, root_node, "again").error(), Error::not_found);
  must(system_->sync());
  must(system_->drop(id));
  EXPECT_EQ(system_->attributes(id).error(), Error::not_found);
  // One that a power cut takes the holder of.
  const NodeId other = file("g");
  must(system_->hold(other));
  must(system_->unlink(root_node, "g"));
  remount();
  EXPECT_EQ(system_->attributes(other).error(), Error::not_found);
}

TEST_F(Operations, ADirectoryOfManyNames) {
  reformat(32768);
  const int count = full_run() ? 100'000 : 20'000;
  const NodeId directory = folder("many");
  const auto name = [](int i) { return "entry number " + std::to_string(i); };
  NodeId first = 0;
  for (int i = 0; i < count; i++) {
    if (i == 0)
      first = file(name(i), directory);
    else
      must(system_->link(first, directory, name(i)), "link");
  }
  remount();
  for (int i = 0; i < count; i += 97) EXPECT_EQ(must(system_->lookup(directory, name(i))), first);
  EXPECT_EQ(system_->lookup(directory, name(count)).error(), Error::not_found);
  Collector collector;
  must(system_->list(directory, 0, collector));
  EXPECT_EQ(collector.entries.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; i++)
    if (i % 100 != 0) must(system_->unlink(directory, name(i)), "unlink");
  remount();
  Collector left;
  must(system_->list(directory, 0, left));
  EXPECT_EQ(left.entries.size(), static_cast<std::size_t>(count / 100));
  for (int i = 0; i < count; i += 100) must(system_->unlink(directory, name(i)), "unlink");
  EXPECT_EQ(must(system_->attributes(directory)).size, block_size);
  must(system_->remove_directory(root_node, "many"));
}

/// Names whose hashes are all the same, found by trying: 32 bits collide soon among a few hundred thousand.
TEST_F(Operations, NamesOfEqualHash) {
  std::map<std::uint32_t, std::string> seen;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 0; pairs.size() < 20 && i < 2'000'000; i++) {
    const std::string name = "n" + std::to_string(i);
    const auto [at, fresh] = seen.emplace(hash_of_name(name), name);
    if (!fresh) pairs.emplace_back(at->second, name);
  }
  ASSERT_GE(pairs.size(), 20u);
  const NodeId directory = folder("d");
  std::set<std::string> wanted;
  for (const auto& [a, b] : pairs) {
    file(a, directory);
    file(b, directory);
    wanted.insert(a);
    wanted.insert(b);
    for (int i = 0; i < 30; i++)
      wanted.insert(a + "-" + std::to_string(i)), file(a + "-" + std::to_string(i), directory);
  }
  remount();
  // One entry a call, as a reader with a small buffer asks.
  class One final : public EntryVisitor {
   public:
    bool visit(const Entry& entry) override {
      name = entry.name;
      cursor = entry.cursor;
      return false;
    }
    std::string name;
    std::uint64_t cursor = 0;
  } one;
  std::set<std::string> found;
  for (;;) {
    one.name.clear();
    must(system_->list(directory, one.cursor, one));
    if (one.name.empty()) break;
    EXPECT_TRUE(found.insert(one.name).second) << one.name;
    ASSERT_LE(found.size(), wanted.size());
  }
  EXPECT_EQ(found, wanted);
  for (const auto& [a, b] : pairs) {
    EXPECT_NE(must(system_->lookup(directory, a)), must(system_->lookup(directory, b)));
    must(system_->unlink(directory, a));
    must(system_->lookup(directory, b));
    EXPECT_EQ(system_->lookup(directory, a).error(), Error::not_found);
  }
}

TEST_F(Operations, AFullDeviceCanBeEmptied) {
  reformat(600);
  const std::string data = noise(60'000);
  for (int round = 0; round < 3; round++) {
    int made = 0;
    for (;; made++) {
      const auto id = system_->create(root_node, "f" + std::to_string(made), mode::file, 0, 0);
      if (!id.ok()) {
        EXPECT_EQ(id.error(), Error::no_space);
        break;
      }
      const auto written = system_->write(id.value(), 0, bytes(data));
      if (!written.ok() || written.value() < data.size()) {
        made++;
        break;
      }
    }
    EXPECT_GT(made, 8) << "round " << round;
    must(system_->sync());
    for (int i = 0; i < made; i++) must(system_->unlink(root_node, "f" + std::to_string(i)), "unlink");
    must(system_->sync());
  }
}

TEST_F(Operations, AShortWriteLeavesTheRestAsItWas) {
  reformat(600);
  const std::size_t record = 131072;
  const std::string old = noise(3 * record);
  const NodeId id = file("f");
  write(id, 0, old);
  must(system_->sync());
  // Until there is room for one more record of three, and no more.
  for (int i = 0; system_->usage().free_blocks > 90; i++)
    write(file("filler" + std::to_string(i)), 0, noise(4000));
  remount();                                                // so that nothing of the file is in memory
  auto snapshot = must(system_->snapshot(host_.services));  // so that what is released stays taken
  const std::string fresh = noise(3 * record + 1).substr(1);
  const std::size_t count = must(system_->write(id, 0, bytes(fresh)), "write");
  ASSERT_EQ(count, record);
  const std::string wanted = fresh.substr(0, count) + old.substr(count);
  EXPECT_TRUE(read_all(*system_, id) == wanted) << count;
  snapshot = {};
  must(system_->unlink(root_node, "filler0"));
  must(system_->unlink(root_node, "filler1"));
  must(system_->resize(id, 3 * record - 3), "resize");
  EXPECT_TRUE(read_all(*system_, id) == wanted.substr(0, 3 * record - 3));
}

TEST_F(Operations, Passwords) {
  reformat(2048, "camel");
  const NodeId id = file("secret");
  write(id, 0, "the treasure is buried under the third palm");
  must(system_->add_password(bytes("llama")));
  must(system_->sync());
  const auto opens = [&](std::string_view password) {
    return FileSystem::open(device_, host_.services, {.password = bytes(password)}).ok();
  };
  EXPECT_TRUE(opens("camel"));
  EXPECT_TRUE(opens("llama"));
  EXPECT_FALSE(opens("alpaca"));
  EXPECT_FALSE(opens(""));
  EXPECT_EQ(system_->remove_password(bytes("alpaca")).error(), Error::wrong_password);
  must(system_->remove_password(bytes("camel")));
  EXPECT_FALSE(opens("camel"));
  EXPECT_TRUE(opens("llama"));
  EXPECT_EQ(system_->remove_password(bytes("llama")).error(), Error::not_permitted);
  const std::string all(reinterpret_cast<const char*>(device_.data.data()), device_.data.size());
  EXPECT_EQ(all.find("treasure"), all.npos);
  EXPECT_EQ(all.find("secret"), all.npos);
  password_ = "llama";
}

TEST_F(Operations, ASnapshotStaysWhatItWas) {
  const NodeId id = file("f");
  const std::string old = noise(300'000);
  write(id, 0, old);
  auto snapshot = must(system_->snapshot(host_.services));
  for (int round = 0; round < 8; round++) {
    write(id, 0, std::string(300'000, static_cast<char>('a' + round)) + std::to_string(round));
    file("new" + std::to_string(round));
    must(system_->sync());
  }
  must(system_->unlink(root_node, "f"));
  must(system_->sync());
  EXPECT_EQ(read_all(*snapshot, must(snapshot->lookup(root_node, "f"))), old);
  EXPECT_EQ(snapshot->lookup(root_node, "new0").error(), Error::not_found);
  EXPECT_EQ(snapshot->create(root_node, "x", mode::file, 0, 0).error(), Error::read_only);
}

/// The very bytes of a small image. When this fails the format, or the order in which space is given out, has
/// changed: images made with one seed are then others than before.
TEST_F(Operations, TheSameOperationsMakeTheSameImage) {
  host::HeapMemory memory;
  host::FixedClock clock({1'700'000'000, 5});
  const Services services{memory, clock};  // LZ4 may compress differently from one version to the next
  RamDevice device(1024);
  must(format(device, services, {.uuid = {std::byte{1}}}), "format");
  {
    auto system = open(device, services);
    const NodeId directory = must(system->create(root_node, "directory", mode::directory | 0755, 1, 2));
    for (int i = 0; i < 300; i++)
      must(system->create(directory, "a file with a name " + std::to_string(i), mode::file | 0644, 3, 4));
    const NodeId id = must(system->create(root_node, "data", mode::file | 0600, 0, 0));
    must(system->write(id, 0, bytes(std::string(300'000, 'd'))));
    must(system->write(id, 140 * 131072ull, bytes("far away")));
    must(system->symlink(root_node, "link", "directory", 0, 0));
    must(system->sync());
  }
  EXPECT_EQ(seahash(device.data), 14912048453742663930u);
}

/// Readers in threads of their own, each on a snapshot, beside the writer.
TEST_F(Operations, ReadersBesideTheWriter) {
  constexpr int readers = 3;
  const NodeId id = file("f");
  std::string text = noise(200'000);
  write(id, 0, text);
  for (int round = 0; round < 6; round++) {
    struct Reader {
      HostServices host;
      Owned<FileSystem> snapshot;
      std::thread thread;
      bool good = true;
    };
    std::vector<std::unique_ptr<Reader>> all;
    for (int i = 0; i < readers; i++) {
      all.push_back(std::make_unique<Reader>());
      all.back()->snapshot = must(system_->snapshot(all.back()->host.services));
    }
    for (auto& reader : all)
      reader->thread = std::thread([&reader = *reader, id, text] {
        for (int i = 0; i < 10; i++) {
          std::string got(text.size(), '?');
          const auto count = reader.snapshot->read(id, 0, std::as_writable_bytes(std::span(got)));
          reader.good = reader.good && count.ok() && got == text;
        }
      });
    for (int i = 0; i < 10; i++) {
      text = noise(200'001 + static_cast<std::size_t>(round) * 10 + static_cast<std::size_t>(i));
      write(id, 0, text);
      must(system_->sync());
    }
    for (auto& reader : all) {
      reader->thread.join();
      EXPECT_TRUE(reader->good);
    }
    all.clear();
  }
}

TEST_F(Operations, TimesModesAndOwners) {
  const NodeId id = file("f");
  const Time accessed{1, 2}, modified{3, 4};
  const std::uint16_t permissions = 04751;
  const std::uint32_t uid = 1000, gid = 0xFFFF'FFFE;
  must(system_->set_attributes(id, {&permissions, &uid, &gid, &accessed, &modified}));
  remount();
  const Attributes found = must(system_->attributes(id));
  EXPECT_EQ(found.mode, mode::file | 04751);
  EXPECT_EQ(found.uid, uid);
  EXPECT_EQ(found.gid, gid);
  EXPECT_EQ(found.accessed, accessed);
  EXPECT_EQ(found.modified, modified);
  write(id, 0, "x");
  EXPECT_NE(must(system_->attributes(id)).modified, modified);
  EXPECT_EQ(must(system_->attributes(root_node)).links, 1u);
}

TEST_F(Operations, OpeningAnEmptyHugeDeviceReadsLittle) {
  /// 1 TiB of which only what is written exists.
  class SparseDevice final : public BlockDevice {
   public:
    std::uint64_t block_count() const override { return std::uint64_t{1} << 28; }
    Result<void> read(std::uint64_t first, Bytes into) override {
      for (std::size_t at = 0; at < into.size(); at += block_size, first++, reads++) {
        const auto found = blocks.find(first);
        if (found == blocks.end())
          std::memset(into.data() + at, 0, block_size);
        else
          std::memcpy(into.data() + at, found->second.data(), block_size);
      }
      return {};
    }
    Result<void> write(std::uint64_t first, ConstBytes from) override {
      for (std::size_t at = 0; at < from.size(); at += block_size)
        blocks[first++] = std::string(reinterpret_cast<const char*>(from.data() + at), block_size);
      return {};
    }
    Result<void> barrier() override { return {}; }
    std::map<std::uint64_t, std::string> blocks;
    std::uint64_t reads = 0;
  } device;
  must(format(device, host_.services, {}));
  device.reads = 0;
  auto system = open(device, host_.services);
  EXPECT_LT(device.reads, 600u);
  EXPECT_GT(system->usage().free_blocks, (std::uint64_t{1} << 28) - 300);
}

}  // namespace
}  // namespace redoxfs::test
