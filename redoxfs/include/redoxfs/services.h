// SPDX-License-Identifier: ISC
#pragma once

// What the library needs of its surroundings: memory, a block device, a clock, and where an image wants them
// compression and cryptography. The host's implementations are in redoxfs/host.
//
// All calls are plain and blocking, and come from the thread that called the library. None may call back into
// it.

#include <redoxfs/result.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace redoxfs {

inline constexpr std::size_t block_size = 4096;

using Bytes = std::span<std::byte>;
using ConstBytes = std::span<const std::byte>;

/// Seconds and nanoseconds since 1970.
struct Time {
  std::uint64_t s = 0;
  std::uint32_t ns = 0;
  friend bool operator==(const Time&, const Time&) = default;
};

class Memory {
 public:
  /// `size` bytes aligned to 16, or null.
  virtual void* allocate(std::size_t size) = 0;
  /// Gives back what allocate(size) returned.
  virtual void release(void* memory, std::size_t size) = 0;

 protected:
  ~Memory() = default;
};

/// A device of blocks of 4096 bytes. Buffers are whole blocks.
class BlockDevice {
 public:
  virtual std::uint64_t block_count() const = 0;
  /// Errors: io.
  virtual Result<void> read(std::uint64_t first_block, Bytes into) = 0;
  /// May stay in a cache of the device, and reach the medium in any order, until barrier() returns. Errors:
  /// io.
  virtual Result<void> write(std::uint64_t first_block, ConstBytes from) = 0;
  /// Returns when all that was written before is on the medium. Errors: io; then any of it may be lost.
  virtual Result<void> barrier() = 0;

 protected:
  ~BlockDevice() = default;
};

class Clock {
 public:
  virtual Time now() = 0;

 protected:
  ~Clock() = default;
};

/// LZ4 blocks.
class Compression {
 public:
  /// The length of the compressed block, or 0 when it does not fit into `into`.
  virtual std::size_t compress(ConstBytes from, Bytes into) = 0;
  /// The length of what was decompressed. Errors: damaged (malformed, or longer than `into`).
  virtual Result<std::size_t> decompress(ConstBytes from, Bytes into) = 0;

 protected:
  ~Compression() = default;
};

using Key = std::array<std::byte, 16>;

/// Data key and tweak key of AES-128-XTS.
struct SectorKeys {
  Key data{};
  Key tweak{};
};

class Cryptography {
 public:
  /// Argon2id version 0x13 with m = 4096 KiB, t = 3, p = 1. Errors: out_of_memory.
  virtual Result<Key> derive_key(ConstBytes password, const Key& salt) = 0;
  /// One block of AES-128.
  virtual void encrypt_block(const Key& key, Key& block) = 0;
  virtual void decrypt_block(const Key& key, Key& block) = 0;
  /// AES-128-XTS in place; `sector` is the tweak, `data` one sector of at least 16 bytes.
  virtual void encrypt_sector(const SectorKeys& keys, std::uint64_t sector, Bytes data) = 0;
  virtual void decrypt_sector(const SectorKeys& keys, std::uint64_t sector, Bytes data) = 0;
  /// Unpredictable bytes. Errors: io.
  virtual Result<void> random(Bytes into) = 0;

 protected:
  ~Cryptography() = default;
};

/// What outlives a file system that uses it.
struct Services {
  Memory& memory;
  Clock& clock;
  Compression* compression =
      nullptr;  ///< null: records are stored as they are; reading an LZ4 one: not_supported
  Cryptography* cryptography = nullptr;  ///< null: opening an encrypted image is not_supported
};

}  // namespace redoxfs
