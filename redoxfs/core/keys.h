// SPDX-License-Identifier: ISC
#pragma once

// Keys: the header's key slots. Each holds the keys of the data, encrypted by one password.

#include "core/format.h"

namespace redoxfs {

bool is_encrypted(const Header& header);
/// The keys that the password opens, and by which slot.
/// Errors: wrong_password, not_supported (no Cryptography), out_of_memory.
Result<SectorKeys> unlock(const Header& header, Cryptography* cryptography, ConstBytes password,
                          unsigned& slot);
/// Adds a slot. Errors: no_space (all are taken), io, out_of_memory.
Result<void> add_slot(Header& header, Cryptography& cryptography, ConstBytes password,
                      const SectorKeys& keys);

}  // namespace redoxfs
