// SPDX-License-Identifier: ISC

// The library and its freestanding services at work, for tests/cli/fs_bare.sh: an encrypted file system in
// memory is made, filled, read back. What it writes into `out` is the same on every machine, bare or not; a
// line that begins with "failed" says what went wrong.

#include <redoxfs/check.h>

#include <cstring>

#include "core/seahash.h"
#include "freestanding/services.h"

extern "C" {
void* malloc(std::size_t);
void free(void*);
void redoxfs_check(char* out, std::size_t size);
}

namespace redoxfs::test {
namespace {

class Heap final : public Memory {
 public:
  void* allocate(std::size_t size) override { return malloc(size); }
  void release(void* memory, std::size_t) override { free(memory); }
};

class Ram final : public BlockDevice {
 public:
  static constexpr std::uint64_t blocks = 1024;
  explicit Ram(Memory& memory) : data{static_cast<std::byte*>(memory.allocate(blocks * block_size))} {
    std::memset(data, 0, blocks * block_size);
  }
  std::uint64_t block_count() const override { return blocks; }
  Result<void> read(std::uint64_t first, Bytes into) override {
    if (first * block_size + into.size() > blocks * block_size) return Error::io;
    std::memcpy(into.data(), data + first * block_size, into.size());
    return {};
  }
  Result<void> write(std::uint64_t first, ConstBytes from) override {
    if (first * block_size + from.size() > blocks * block_size) return Error::io;
    std::memcpy(data + first * block_size, from.data(), from.size());
    return {};
  }
  Result<void> barrier() override { return {}; }
  std::byte* data;
};

class Still final : public Clock {
 public:
  Time now() override { return {1'700'000'000, 7}; }
};

class Ciphers final : public freestanding::AesArgon2 {
 public:
  using AesArgon2::AesArgon2;
  Result<void> random(Bytes into) override {
    for (auto& byte : into)
      byte = static_cast<std::byte>((state_ = state_ * 6364136223846793005 + 1442695040888963407) >> 56);
    return {};
  }

 private:
  std::uint64_t state_ = 1;
};

class Silent final : public CheckObserver {
 public:
  void found(const Finding&) override {}
};

/// Lines of text in a buffer.
class Report {
 public:
  Report(char* out, std::size_t size) : out_{out}, left_{size} {}
  void text(const char* text) {
    for (; *text != '\0' && left_ > 1; left_--) *out_++ = *text++;
    *out_ = '\0';
  }
  void number(const char* name, std::uint64_t value) {
    char digits[18] = {};
    for (int i = 0; i < 16; i++) digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    digits[16] = '\n';
    text(name);
    text(" ");
    text(digits);
  }
  bool failed(const char* what, Error error) {
    text("failed: ");
    text(what);
    text(": ");
    text(describe(error));
    text("\n");
    return false;
  }

 private:
  char* out_;
  std::size_t left_;
};

constexpr std::size_t text_size = 300'000, noise_size = 150'000;

ConstBytes password() {
  return std::as_bytes(std::span("camel", 5));
}

void fill(std::byte* text, std::byte* noise) {
  for (std::size_t i = 0; i < text_size; i++)
    text[i] = static_cast<std::byte>("dromedaries and camels; "[i % 24] + i / 50'000);
  std::uint64_t state = 5;
  for (std::size_t i = 0; i < noise_size; i++)
    noise[i] = static_cast<std::byte>((state = state * 6364136223846793005 + 1442695040888963407) >> 56);
}

bool write_all(FileSystem& system, const char* name, ConstBytes bytes, Report& report) {
  auto id = system.create(root_node, name, mode::file | 0644, 1, 2);
  if (!id.ok()) return report.failed("create", id.error());
  auto written = system.write(id.value(), 0, bytes);
  if (!written.ok()) return report.failed("write", written.error());
  if (written.value() != bytes.size()) return report.failed("write", Error::no_space);
  return true;
}

bool same(FileSystem& system, const char* name, ConstBytes bytes, std::byte* buffer, Report& report) {
  auto id = system.lookup(root_node, name);
  if (!id.ok()) return report.failed("lookup", id.error());
  auto read = system.read(id.value(), 0, Bytes(buffer, bytes.size()));
  if (!read.ok()) return report.failed("read", read.error());
  if (read.value() != bytes.size() || std::memcmp(buffer, bytes.data(), bytes.size()) != 0)
    return report.failed("compare", Error::damaged);
  return true;
}

bool run(Ram& ram, const Services& services, std::byte* text, std::byte* noise, std::byte* buffer,
         Report& report) {
  fill(text, noise);
  if (const auto made = format(ram, services, {.uuid = {std::byte{9}}, .password = password()}); !made.ok())
    return report.failed("format", made.error());
  {
    auto opened = FileSystem::open(ram, services, {.access = Access::read_write, .password = password()});
    if (!opened.ok()) return report.failed("open", opened.error());
    FileSystem& system = *opened.value();
    if (!write_all(system, "text", {text, text_size}, report) ||
        !write_all(system, "noise", {noise, noise_size}, report))
      return false;
    if (const auto synced = system.sync(); !synced.ok()) return report.failed("sync", synced.error());
    report.number("free", system.usage().free_blocks);
  }
  report.number("image", seahash(ConstBytes(ram.data, Ram::blocks * block_size)));
  auto opened = FileSystem::open(ram, services, {.password = password()});
  if (!opened.ok()) return report.failed("open", opened.error());
  if (!same(*opened.value(), "text", {text, text_size}, buffer, report) ||
      !same(*opened.value(), "noise", {noise, noise_size}, buffer, report))
    return false;
  Silent silent;
  auto checked = check(ram, services, {.password = password()}, silent);
  if (!checked.ok()) return report.failed("check", checked.error());
  report.number("problems", checked.value().problems);
  return true;
}

}  // namespace
}  // namespace redoxfs::test

extern "C" void redoxfs_check(char* out, std::size_t size) {
  using namespace redoxfs;
  using namespace redoxfs::test;
  Heap heap;
  Report report(out, size);
  Ram ram(heap);
  Still clock;
  auto lz4 = Owned<freestanding::Lz4>::make(heap);
  auto ciphers = Owned<Ciphers>::make(heap, heap);
  auto* const text = static_cast<std::byte*>(malloc(text_size));
  auto* const noise = static_cast<std::byte*>(malloc(noise_size));
  auto* const buffer = static_cast<std::byte*>(malloc(text_size));
  const Services services{heap, clock, lz4.value().get(), ciphers.value().get()};
  if (run(ram, services, text, noise, buffer, report)) report.text("done\n");
  free(text);
  free(noise);
  free(buffer);
  free(ram.data);
}
