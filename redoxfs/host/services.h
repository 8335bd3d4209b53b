// SPDX-License-Identifier: ISC
#pragma once

// What the library needs, on a Linux host: malloc, the system's clock, a file or a block device, liblz4, and
// libcrypto with libargon2. libcrypto uses the processor's AES instructions where there are any.

#include <redoxfs/services.h>

#include <string>

namespace redoxfs::host {

class HeapMemory final : public Memory {
 public:
  void* allocate(std::size_t size) override;
  void release(void* memory, std::size_t size) override;
};

class SystemClock final : public Clock {
 public:
  Time now() override;
};

/// Always the same time, for images that come out the same every time.
class FixedClock final : public Clock {
 public:
  explicit FixedClock(Time time) : time_{time} {}
  Time now() override { return time_; }

 private:
  Time time_;
};

class Lz4 final : public Compression {
 public:
  std::size_t compress(ConstBytes from, Bytes into) override;
  Result<std::size_t> decompress(ConstBytes from, Bytes into) override;
};

/// Keeps the schedules of the last keys. For one thread.
class OpenSsl final : public Cryptography {
 public:
  OpenSsl();
  ~OpenSsl();
  OpenSsl(const OpenSsl&) = delete;
  OpenSsl& operator=(const OpenSsl&) = delete;
  Result<Key> derive_key(ConstBytes password, const Key& salt) override;
  void encrypt_block(const Key& key, Key& block) override;
  void decrypt_block(const Key& key, Key& block) override;
  void encrypt_sector(const SectorKeys& keys, std::uint64_t sector, Bytes data) override;
  void decrypt_sector(const SectorKeys& keys, std::uint64_t sector, Bytes data) override;
  Result<void> random(Bytes into) override;

  /// From now on random() gives bytes that follow from `seed`, for reproducible images. Not for secrets.
  void seed(std::uint64_t seed) {
    seeded_ = true;
    seed_ = seed;
  }

 private:
  enum class Direction : int { decrypt, encrypt };
  struct Schedules;
  void sector(Direction direction, const SectorKeys& keys, std::uint64_t number, Bytes data);
  void block(Direction direction, const Key& key, Key& data);

  Schedules* schedules_;
  bool seeded_ = false;
  std::uint64_t seed_ = 0;
};

/// A regular file or a block device.
class FileDevice final : public BlockDevice {
 public:
  enum class Access : std::uint8_t { read_only, read_write };

  FileDevice() = default;
  ~FileDevice();
  FileDevice(const FileDevice&) = delete;
  FileDevice& operator=(const FileDevice&) = delete;

  /// 0, or the errno: EWOULDBLOCK when another process has it open for writing.
  int open(const std::string& path, Access access);
  /// Makes or truncates the file, all holes.
  int create(const std::string& path, std::uint64_t blocks);

  std::uint64_t block_count() const override { return blocks_; }
  Result<void> read(std::uint64_t first_block, Bytes into) override;
  Result<void> write(std::uint64_t first_block, ConstBytes from) override;
  Result<void> barrier() override;

 private:
  int fd_ = -1;
  std::uint64_t blocks_ = 0;
};

}  // namespace redoxfs::host
