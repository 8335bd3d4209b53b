// SPDX-License-Identifier: ISC
#include "freestanding/services.h"

#define LZ4_STATIC_LINKING_ONLY
#include <lz4.h>
#include <mbedtls/aes.h>
#include <mbedtls/platform_util.h>

#include <cstring>

extern "C" {
#include <argon2.h>
#include <core.h>  // of argon2
}

#include "core/try.h"

namespace redoxfs::freestanding {

namespace {

constexpr std::uint32_t passes = 3;
constexpr std::uint32_t kib = 4096;
constexpr std::uint32_t slices = 4;  // of a lane

const unsigned char* in(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}
unsigned char* out(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}
mbedtls_aes_xts_context& xts(std::byte* context) {
  return *reinterpret_cast<mbedtls_aes_xts_context*>(context);
}

/// finalize() gives back what it did not get.
void keep(std::uint8_t*, std::size_t) {}

/// What a key, or an argument, of the right length cannot make fail.
void must(int status) {
  if (status != 0) __builtin_trap();
}

}  // namespace

std::size_t Lz4::compress(ConstBytes from, Bytes into) {
  static_assert(sizeof(LZ4_stream_t) <= sizeof state_);
  const int size = LZ4_compress_fast_extState(
      state_, reinterpret_cast<const char*>(from.data()), reinterpret_cast<char*>(into.data()),
      static_cast<int>(from.size()), static_cast<int>(into.size()), 1);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

Result<std::size_t> Lz4::decompress(ConstBytes from, Bytes into) {
  const int size =
      LZ4_decompress_safe(reinterpret_cast<const char*>(from.data()), reinterpret_cast<char*>(into.data()),
                          static_cast<int>(from.size()), static_cast<int>(into.size()));
  if (size < 0) return Error::damaged;
  return static_cast<std::size_t>(size);
}

AesArgon2::~AesArgon2() {
  mbedtls_platform_zeroize(schedules_, sizeof schedules_);
}

Result<Key> AesArgon2::derive_key(ConstBytes password, const Key& salt) {
  Key key;
  argon2_context context{};
  context.out = out(key.data());
  context.outlen = static_cast<std::uint32_t>(key.size());
  context.pwd =
      const_cast<unsigned char*>(in(password.data()));  // is only read, without the flag to clear it
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = const_cast<unsigned char*>(in(salt.data()));
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = passes;
  context.m_cost = kib;
  context.lanes = context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.free_cbk = keep;

  argon2_instance_t instance{};
  instance.version = context.version;
  instance.passes = passes;
  instance.memory_blocks = instance.lane_length = kib;
  instance.segment_length = kib / slices;
  instance.lanes = instance.threads = 1;
  instance.type = Argon2_id;
  instance.context_ptr = &context;
  constexpr std::size_t size = std::size_t{kib} * sizeof(block);
  void* const memory = memory_->allocate(size);
  if (!memory) return Error::out_of_memory;
  instance.memory = static_cast<block*>(memory);

  std::uint8_t seed[ARGON2_PREHASH_SEED_LENGTH] = {};
  initial_hash(seed, &context, instance.type);
  std::memset(seed + ARGON2_PREHASH_DIGEST_LENGTH, 0, sizeof seed - ARGON2_PREHASH_DIGEST_LENGTH);
  fill_first_blocks(seed, &instance);
  mbedtls_platform_zeroize(seed, sizeof seed);
  const int filled = fill_memory_blocks(&instance);
  if (filled == ARGON2_OK) finalize(&context, &instance);
  mbedtls_platform_zeroize(memory, size);
  memory_->release(memory, size);
  if (filled != ARGON2_OK) return Error::out_of_memory;
  return key;
}

void AesArgon2::encrypt_block(const Key& key, Key& data) {
  mbedtls_aes_context context;
  mbedtls_aes_init(&context);
  must(mbedtls_aes_setkey_enc(&context, in(key.data()), 128));
  must(mbedtls_aes_crypt_ecb(&context, MBEDTLS_AES_ENCRYPT, in(data.data()), out(data.data())));
  mbedtls_aes_free(&context);
}

void AesArgon2::decrypt_block(const Key& key, Key& data) {
  mbedtls_aes_context context;
  mbedtls_aes_init(&context);
  must(mbedtls_aes_setkey_dec(&context, in(key.data()), 128));
  must(mbedtls_aes_crypt_ecb(&context, MBEDTLS_AES_DECRYPT, in(data.data()), out(data.data())));
  mbedtls_aes_free(&context);
}

void AesArgon2::sector(Direction direction, const SectorKeys& keys, std::uint64_t number, Bytes data) {
  static_assert(sizeof(mbedtls_aes_xts_context) <= sizeof Schedule::context);
  static_assert(static_cast<int>(Direction::encrypt) == MBEDTLS_AES_ENCRYPT);
  Schedule& schedule = schedules_[static_cast<int>(direction)];
  mbedtls_aes_xts_context& context = xts(schedule.context);
  if (!schedule.ready || schedule.keys.data != keys.data || schedule.keys.tweak != keys.tweak) {
    std::byte both[32];
    std::memcpy(both, keys.data.data(), 16);
    std::memcpy(both + 16, keys.tweak.data(), 16);
    mbedtls_aes_xts_init(&context);
    must(direction == Direction::encrypt ? mbedtls_aes_xts_setkey_enc(&context, in(both), 256)
                                         : mbedtls_aes_xts_setkey_dec(&context, in(both), 256));
    mbedtls_platform_zeroize(both, sizeof both);
    schedule.keys = keys;
    schedule.ready = true;
  }
  unsigned char tweak[16] = {};
  std::memcpy(tweak, &number, sizeof number);
  must(mbedtls_aes_crypt_xts(&context, static_cast<int>(direction), data.size(), tweak, in(data.data()),
                             out(data.data())));
}

void AesArgon2::encrypt_sector(const SectorKeys& keys, std::uint64_t number, Bytes data) {
  sector(Direction::encrypt, keys, number, data);
}
void AesArgon2::decrypt_sector(const SectorKeys& keys, std::uint64_t number, Bytes data) {
  sector(Direction::decrypt, keys, number, data);
}

}  // namespace redoxfs::freestanding
