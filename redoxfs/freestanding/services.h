// SPDX-License-Identifier: ISC
#pragma once

// What the library needs where there is no operating system: liblz4, mbedtls' AES and the Argon2 reference,
// from Debian's source packages (build.sh compiles them). They use floating-point and vector registers: call
// them only on threads that own theirs. No global state but one: what aesni.c or aesce.c found out about the
// processor.

#include <redoxfs/services.h>

namespace redoxfs::freestanding {

/// For one thread.
class Lz4 final : public Compression {
 public:
  std::size_t compress(ConstBytes from, Bytes into) override;
  Result<std::size_t> decompress(ConstBytes from, Bytes into) override;

 private:
  alignas(16) std::byte state_[16448];  // LZ4_stream_t
};

/// Everything but random(), which the machine must give. Keeps the schedules of the last keys. For one
/// thread.
class AesArgon2 : public Cryptography {
 public:
  /// derive_key() takes 4 MiB from `memory` for as long as it runs.
  explicit AesArgon2(Memory& memory) : memory_{&memory} {}
  AesArgon2(const AesArgon2&) = delete;
  AesArgon2& operator=(const AesArgon2&) = delete;
  Result<Key> derive_key(ConstBytes password, const Key& salt) override;
  void encrypt_block(const Key& key, Key& block) override;
  void decrypt_block(const Key& key, Key& block) override;
  void encrypt_sector(const SectorKeys& keys, std::uint64_t sector, Bytes data) override;
  void decrypt_sector(const SectorKeys& keys, std::uint64_t sector, Bytes data) override;

 protected:
  ~AesArgon2();

 private:
  enum class Direction : int { decrypt, encrypt };  // as mbedtls has them
  struct Schedule {
    alignas(16) std::byte context[640];  // mbedtls_aes_xts_context
    SectorKeys keys;
    bool ready = false;
  };
  void sector(Direction direction, const SectorKeys& keys, std::uint64_t number, Bytes data);

  Memory* memory_;
  Schedule schedules_[2];  // by Direction
};

}  // namespace redoxfs::freestanding
