// SPDX-License-Identifier: ISC
#include "core/keys.h"

#include <algorithm>
#include <cstring>

#include "core/try.h"

namespace redoxfs {

namespace {

bool is_zero(ConstBytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{}; });
}

bool is_free(const KeySlot& slot) {
  return is_zero(bytes_of(slot));
}

/// Whether these keys are the ones that the header was written with.
bool fits(const Header& header, Cryptography& cryptography, const SectorKeys& keys) {
  Key plain = header.encrypted_hash;
  cryptography.decrypt_sector(keys, header.generation, plain);
  return std::memcmp(plain.data(), &header.hash, 8) == 0 && is_zero(ConstBytes(plain).subspan(8));
}

}  // namespace

bool is_encrypted(const Header& header) {
  return !std::all_of(std::begin(header.keys), std::end(header.keys), is_free);
}

Result<SectorKeys> unlock(const Header& header, Cryptography* cryptography, ConstBytes password,
                          unsigned& slot) {
  if (!cryptography) return Error::not_supported;
  for (slot = 0; slot < std::size(header.keys); slot++) {
    if (is_free(header.keys[slot])) continue;
    const Key key = TRY(cryptography->derive_key(password, header.keys[slot].salt));
    SectorKeys keys{header.keys[slot].data, header.keys[slot].tweak};
    cryptography->decrypt_block(key, keys.data);
    cryptography->decrypt_block(key, keys.tweak);
    if (fits(header, *cryptography, keys)) return keys;
  }
  return Error::wrong_password;
}

Result<void> add_slot(Header& header, Cryptography& cryptography, ConstBytes password,
                      const SectorKeys& keys) {
  const auto slot = std::find_if(std::begin(header.keys), std::end(header.keys), is_free);
  if (slot == std::end(header.keys)) return Error::no_space;
  KeySlot made{.salt = {}, .data = keys.data, .tweak = keys.tweak};
  TRY(cryptography.random(made.salt));
  const Key key = TRY(cryptography.derive_key(password, made.salt));
  cryptography.encrypt_block(key, made.data);
  cryptography.encrypt_block(key, made.tweak);
  *slot = made;
  return {};
}

}  // namespace redoxfs
