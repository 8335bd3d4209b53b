// SPDX-License-Identifier: ISC
#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host/services.h"

namespace redoxfs::host {

namespace {

constexpr std::uint32_t argon2_passes = 3;
constexpr std::uint32_t argon2_kib = 4096;
constexpr std::uint32_t argon2_lanes = 1;

/// AES does not fail; a libcrypto without it cannot go on.
void must(int done) {
  if (done == 1) return;
  std::fputs("redoxfs: libcrypto has no working AES-128\n", stderr);
  std::abort();
}

const unsigned char* in(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}
unsigned char* out(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

}  // namespace

struct OpenSsl::Schedules {
  EVP_CIPHER_CTX* contexts[2] = {};  // by Direction
  SectorKeys keys[2];
  bool ready[2] = {};
};

OpenSsl::OpenSsl() : schedules_{new Schedules} {
  for (auto& context : schedules_->contexts) context = EVP_CIPHER_CTX_new();
}

OpenSsl::~OpenSsl() {
  for (auto* context : schedules_->contexts) EVP_CIPHER_CTX_free(context);
  OPENSSL_cleanse(schedules_, sizeof *schedules_);
  delete schedules_;
}

Result<Key> OpenSsl::derive_key(ConstBytes password, const Key& salt) {
  Key key;
  const int done =
      argon2_hash(argon2_passes, argon2_kib, argon2_lanes, password.data(), password.size(), salt.data(),
                  salt.size(), key.data(), key.size(), nullptr, 0, Argon2_id, ARGON2_VERSION_13);
  if (done == ARGON2_MEMORY_ALLOCATION_ERROR) return Error::out_of_memory;
  if (done != ARGON2_OK) return Error::invalid_argument;
  return key;
}

void OpenSsl::block(Direction direction, const Key& key, Key& data) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int length = 0;
  must(EVP_CipherInit_ex(context, EVP_aes_128_ecb(), nullptr, in(key.data()), nullptr,
                         static_cast<int>(direction)));
  must(EVP_CIPHER_CTX_set_padding(context, 0));
  must(EVP_CipherUpdate(context, out(data.data()), &length, in(data.data()), static_cast<int>(data.size())));
  EVP_CIPHER_CTX_free(context);
}

void OpenSsl::encrypt_block(const Key& key, Key& data) {
  block(Direction::encrypt, key, data);
}
void OpenSsl::decrypt_block(const Key& key, Key& data) {
  block(Direction::decrypt, key, data);
}

void OpenSsl::sector(Direction direction, const SectorKeys& keys, std::uint64_t number, Bytes data) {
  const auto which = static_cast<int>(direction);
  EVP_CIPHER_CTX* context = schedules_->contexts[which];
  if (!schedules_->ready[which] || schedules_->keys[which].data != keys.data ||
      schedules_->keys[which].tweak != keys.tweak) {
    std::byte both[32];
    std::memcpy(both, keys.data.data(), 16);
    std::memcpy(both + 16, keys.tweak.data(), 16);
    must(EVP_CipherInit_ex(context, EVP_aes_128_xts(), nullptr, in(both), nullptr, which));
    schedules_->keys[which] = keys;
    schedules_->ready[which] = true;
    OPENSSL_cleanse(both, sizeof both);
  }
  std::byte tweak[16] = {};
  std::memcpy(tweak, &number, sizeof number);
  int length = 0;
  must(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, in(tweak), which));
  must(EVP_CipherUpdate(context, out(data.data()), &length, in(data.data()), static_cast<int>(data.size())));
}

void OpenSsl::encrypt_sector(const SectorKeys& keys, std::uint64_t number, Bytes data) {
  sector(Direction::encrypt, keys, number, data);
}
void OpenSsl::decrypt_sector(const SectorKeys& keys, std::uint64_t number, Bytes data) {
  sector(Direction::decrypt, keys, number, data);
}

Result<void> OpenSsl::random(Bytes into) {
  if (!seeded_) {
    if (RAND_bytes(out(into.data()), static_cast<int>(into.size())) != 1) return Error::io;
    return {};
  }
  for (auto& byte : into) {  // splitmix64
    std::uint64_t x = seed_ += 0x9E37'79B9'7F4A'7C15;
    x = (x ^ x >> 30) * 0xBF58'476D'1CE4'E5B9;
    x = (x ^ x >> 27) * 0x94D0'49BB'1331'11EB;
    byte = static_cast<std::byte>(x >> 56);
  }
  return {};
}

}  // namespace redoxfs::host
