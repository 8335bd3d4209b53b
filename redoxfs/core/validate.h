// SPDX-License-Identifier: ISC
#pragma once

// What a block from the device must satisfy before any of it is used. A block that passes can be walked
// without further checks, but for its pointers, each of which is checked where it is followed.

#include <string_view>

#include "core/format.h"

namespace redoxfs {

enum class BlockKind : std::uint8_t { entries, hash_tree, indirect, node, tree };

/// Errors: damaged.
Result<void> validate(BlockKind kind, ConstBytes block);

/// Signature, version, hash, size, and that slot and generation agree.
bool valid_header(const Header& header, std::uint64_t slot);

/// Each byte below 254, and not 0.
bool valid_node_id(std::uint32_t id);

/// Whether a directory may get an entry of this name. Errors: invalid_argument, name_too_long.
Result<void> validate_new_name(std::string_view name);

/// The hash that sorts a name in its directory.
std::uint32_t hash_of_name(std::string_view name);

/// Calls visit(offset, id, name) for each entry until it returns false.
template <typename Visit>
void each_entry(const EntryList& list, Visit visit) {
  std::size_t at = 0;
  for (unsigned i = 0; i < list.count; i++) {
    std::uint32_t id;
    __builtin_memcpy(&id, list.entries + at, 4);
    const auto length = static_cast<std::size_t>(list.entries[at + 4]);
    const std::string_view name(reinterpret_cast<const char*>(list.entries + at + 5), length);
    if (!visit(at, id, name)) return;
    at += 5 + length;
  }
}

}  // namespace redoxfs
