// SPDX-License-Identifier: ISC
#include "core/validate.h"

#include <cstring>

#include "core/seahash.h"
#include "core/try.h"

namespace redoxfs {

namespace {

bool valid_stored_name(std::string_view name) {
  return !name.empty() && name.size() <= largest_name && name != "." && name != ".." &&
         name.find('/') == name.npos && name.find('\0') == name.npos;
}

/// RFC 3629: shortest forms, no surrogates, nothing above U+10FFFF.
bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const unsigned length = lead < 0x80   ? 1
                            : lead < 0xC2 ? 0
                            : lead < 0xE0 ? 2
                            : lead < 0xF0 ? 3
                            : lead < 0xF5 ? 4
                                          : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (unsigned k = 1; k < length; k++)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    if (length > 2) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
          (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
        return false;
    }
    i += length;
  }
  return true;
}

bool valid_entries(const EntryList& list) {
  if (list.used > entry_bytes) return false;
  std::size_t at = 0;
  for (unsigned i = 0; i < list.count; i++) {
    if (at + 5 > list.used) return false;
    std::uint32_t id;
    std::memcpy(&id, list.entries + at, 4);
    const auto length = static_cast<std::size_t>(list.entries[at + 4]);
    if (at + 5 + length > list.used || !valid_node_id(id)) return false;
    if (!valid_stored_name({reinterpret_cast<const char*>(list.entries + at + 5), length})) return false;
    at += 5 + length;
  }
  return at == list.used;
}

bool valid_hash_block(const HashBlock& block) {
  if (block.entries[0].child.null()) return false;
  bool ended = false;
  std::uint32_t last = 0;
  for (const auto& entry : block.entries) {
    if (entry.child.null()) {
      ended = true;
      continue;
    }
    if (ended || entry.greatest < last || entry.greatest == hash_of_null) return false;
    last = entry.greatest;
  }
  return true;
}

bool valid_node(const Node& node) {
  if (node.record_level > largest_level) return false;
  if (node.is(kind_directory)) {
    const std::uint64_t marker = node.pointers[0].address;
    return !node.is_inline() && (marker | 0xF) == ~std::uint64_t{0} && (marker & 0xF) <= deepest_hash_tree;
  }
  if (node.is_inline()) return node.size <= content_bytes;
  return node.size <= most_records << (12 + node.record_level);
}

}  // namespace

bool valid_node_id(std::uint32_t id) {
  for (int shift = 0; shift < 32; shift += 8)
    if ((id >> shift & 0xFF) >= tree_fanout) return false;
  return id != 0;
}

Result<void> validate(BlockKind kind, ConstBytes block) {
  bool good = true;
  switch (kind) {
    case BlockKind::entries:
      good = valid_entries(*reinterpret_cast<const EntryList*>(block.data()));
      break;
    case BlockKind::hash_tree:
      good = valid_hash_block(*reinterpret_cast<const HashBlock*>(block.data()));
      break;
    case BlockKind::node:
      good = valid_node(*reinterpret_cast<const Node*>(block.data()));
      break;
    case BlockKind::indirect:
    case BlockKind::tree:
      break;  // nothing but pointers
  }
  if (!good) return Error::damaged;
  return {};
}

bool valid_header(const Header& header, std::uint64_t slot) {
  return std::memcmp(header.signature, signature, sizeof signature) == 0 &&
         header.version == format_version && header.generation % ring_slots == slot &&
         header.size % block_size == 0 && header.size / block_size >= smallest_device &&
         header.size < std::uint64_t{1} << 62 &&
         header.hash == seahash(bytes_of(header).first(hashed_header_bytes));
}

Result<void> validate_new_name(std::string_view name) {
  if (name.size() > largest_name) return Error::name_too_long;
  if (!valid_stored_name(name) || name.find(':') != name.npos || !valid_utf8(name))
    return Error::invalid_argument;
  return {};
}

std::uint32_t hash_of_name(std::string_view name) {
  const auto hash = static_cast<std::uint32_t>(seahash(std::as_bytes(std::span(name.data(), name.size()))));
  return hash == hash_of_null ? hash_of_null - 1 : hash;
}

}  // namespace redoxfs
