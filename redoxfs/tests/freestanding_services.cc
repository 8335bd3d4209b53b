// SPDX-License-Identifier: ISC

// The services for machines without an operating system (redoxfs/freestanding), compiled for the host,
// against those of the host: other libraries, or other versions of them. freestanding_services.sh builds
// this.

#include "freestanding/services.h"

#include <random>

#include "image.h"

namespace redoxfs::test {
namespace {

class Services final : public freestanding::AesArgon2 {
 public:
  using AesArgon2::AesArgon2;
  Result<void> random(Bytes into) override {
    for (auto& byte : into) byte = static_cast<std::byte>(random_());
    return {};
  }

 private:
  std::mt19937_64 random_{1};
};

struct Both {
  host::HeapMemory memory;
  host::OpenSsl theirs;
  Services ours{memory};
  std::mt19937_64 random{2};
  void fill(Bytes bytes) {
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  }
};

TEST(Freestanding, BlocksOfAesAreTheSame) {
  Both both;
  for (int i = 0; i < 200; i++) {
    Key key, a, b;
    both.fill(key);
    both.fill(a);
    b = a;
    both.ours.encrypt_block(key, a);
    both.theirs.encrypt_block(key, b);
    ASSERT_EQ(a, b);
    both.ours.decrypt_block(key, a);
    both.ours.decrypt_block(key, a);
    both.theirs.decrypt_block(key, b);
    both.theirs.decrypt_block(key, b);
    ASSERT_EQ(a, b);
  }
}

TEST(Freestanding, SectorsAreTheSame) {
  Both both;
  SectorKeys keys;
  for (int i = 0; i < 400; i++) {
    if (i % 20 == 0) both.fill(keys.data), both.fill(keys.tweak);
    const std::size_t size = i % 4 == 0 ? 16 : i % 4 == 1 ? 512 : 4096;
    std::vector<std::byte> a(size), b, plain;
    both.fill(a);
    b = plain = a;
    const std::uint64_t sector = i % 3 ? both.random() : static_cast<std::uint64_t>(i);
    both.ours.encrypt_sector(keys, sector, a);
    both.theirs.encrypt_sector(keys, sector, b);
    ASSERT_EQ(a, b) << i;
    ASSERT_NE(a, plain);
    both.ours.decrypt_sector(keys, sector, a);
    ASSERT_EQ(a, plain) << i;
  }
}

TEST(Freestanding, PasswordsMakeTheSameKeys) {
  Both both;
  for (const std::string& password : {std::string("camel"), std::string(), std::string(300, 'p')}) {
    Key salt;
    both.fill(salt);
    const Key ours = must(both.ours.derive_key(bytes(password), salt));
    EXPECT_EQ(ours, must(both.theirs.derive_key(bytes(password), salt)));
    EXPECT_EQ(ours, must(both.ours.derive_key(bytes(password), salt)));
  }
  class None final : public Memory {
   public:
    void* allocate(std::size_t) override { return nullptr; }
    void release(void*, std::size_t) override {}
  } none;
  EXPECT_EQ(Services(none).derive_key(bytes("camel"), Key{}).error(), Error::out_of_memory);
}

TEST(Freestanding, EachReadsWhatTheOtherCompressed) {
  host::Lz4 theirs;
  freestanding::Lz4 ours;
  std::mt19937_64 random(3);
  for (int i = 0; i < 300; i++) {
    std::vector<std::byte> plain(1 + random() % 131072), packed(plain.size() + 1000), back(plain.size());
    for (std::size_t k = 0; k < plain.size(); k++)
      plain[k] =
          static_cast<std::byte>(random() % (1 + static_cast<unsigned>(i) % 6 * 50) ? k / 7 : random());
    Compression& one = i % 2 ? static_cast<Compression&>(ours) : theirs;
    Compression& other = i % 2 ? static_cast<Compression&>(theirs) : ours;
    const std::size_t size = one.compress(plain, packed);
    ASSERT_GT(size, 0u);
    ASSERT_EQ(must(other.decompress(Bytes(packed).first(size), back)), plain.size());
    ASSERT_EQ(back, plain);
    EXPECT_EQ(ours.compress(plain, Bytes(packed).first(3)), 0u) << "there is no room";
    // Damage is an error, or other bytes; never more of them.
    packed[random() % size] ^= static_cast<std::byte>(1 + random() % 255);
    if (const auto damaged = ours.decompress(Bytes(packed).first(size), back); damaged.ok())
      EXPECT_LE(const_cast<Result<std::size_t>&>(damaged).value(), back.size());
    else
      EXPECT_EQ(damaged.error(), Error::damaged);
  }
}

TEST(Freestanding, EachOpensTheOthersImages) {
  Both both;
  host::FixedClock clock({1, 2});
  host::Lz4 their_lz4;
  freestanding::Lz4 our_lz4;
  const redoxfs::Services theirs{both.memory, clock, &their_lz4, &both.theirs},
      ours{both.memory, clock, &our_lz4, &both.ours};
  const std::string text = [] {
    std::string all;
    for (int i = 0; all.size() < 400'000; i++)
      all += "a caravan of " + std::to_string(i * i) + " dromedaries\n";
    return all;
  }();
  for (const bool ours_makes : {false, true}) {
    RamDevice device(2048);
    const redoxfs::Services& maker = ours_makes ? ours : theirs;
    const redoxfs::Services& reader = ours_makes ? theirs : ours;
    must(format(device, maker, {.password = bytes("camel")}), "format");
    {
      auto system = open(device, maker, Access::read_write, "camel");
      const NodeId id = must(system->create(root_node, "f", mode::file | 0644, 0, 0));
      ASSERT_EQ(must(system->write(id, 0, bytes(text))), text.size());
      must(system->sync());
      EXPECT_LT(must(system->attributes(id)).blocks, 60u) << "it is compressed";
    }
    auto system = open(device, reader, Access::read_write, "camel");
    EXPECT_EQ(read_all(*system, must(system->lookup(root_node, "f"))), text);
    EXPECT_EQ(FileSystem::open(device, reader, {.password = bytes("llama")}).error(), Error::wrong_password);
    must(system->add_password(bytes("llama")));
    system = {};
    EXPECT_EQ(read_all(*open(device, maker, Access::read_only, "llama"), 2), text);
  }
}

}  // namespace
}  // namespace redoxfs::test
