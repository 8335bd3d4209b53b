// SPDX-License-Identifier: ISC

#include "fdt.h"

namespace nucleus::devicetree {
namespace {

constexpr std::uint32_t magic = 0xd00dfeed;
constexpr std::uint32_t oldest_version = 17;  // the first with size_dt_struct; every writer since 2007
constexpr std::uint32_t compatible_version = 16;

enum Token : std::uint32_t { begin_node = 1, end_node = 2, prop = 3, nop = 4, end = 9 };

/// Fields of the header, in 32-bit words.
enum HeaderWord : std::size_t {
  word_magic,
  word_total_size,
  word_structure_offset,
  word_strings_offset,
  word_reservations_offset,
  word_version,
  word_last_compatible,
  word_boot_cpu,
  word_strings_size,
  word_structure_size,
};

std::uint32_t read32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | std::uint32_t{bytes[at + 3]};
}

std::uint64_t read64(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint64_t{read32(bytes, at)} << 32 | read32(bytes, at + 4);
}

constexpr std::size_t round_up_to_word(std::size_t value) {
  return (value + 3) & ~std::size_t{3};
}

}  // namespace

std::uint32_t Property::cell(std::size_t index) const {
  return index < cell_count() ? read32(value, index * 4) : 0;
}

std::uint64_t Property::number(std::size_t index, unsigned count) const {
  std::uint64_t result = 0;
  for (unsigned i = 0; i < count; ++i) result = result << 32 | cell(index + i);
  return result;
}

std::uint64_t Property::number() const {
  return value.size() == 4 || value.size() == 8 ? number(0, static_cast<unsigned>(cell_count())) : 0;
}

std::string_view Property::string() const {
  std::size_t length = 0;
  while (length < value.size() && value[length] != 0) ++length;
  return {reinterpret_cast<const char*>(value.data()), length};
}

bool Property::lists(std::string_view wanted) const {
  for (Property rest = *this; !rest.value.empty();) {
    const std::string_view first = rest.string();
    if (first == wanted) return true;
    if (first.size() >= rest.value.size()) return false;
    rest.value = rest.value.subspan(first.size() + 1);
  }
  return false;
}

std::uint32_t Tree::word(std::size_t position) const {
  return read32(structure_, position);
}

/// The NUL-terminated string at `offset`; with no data() if it does not end inside `block`.
std::string_view Tree::string_at(std::span<const std::uint8_t> block, std::size_t offset) const {
  for (std::size_t at = offset; at < block.size(); ++at) {
    if (block[at] == 0) return {reinterpret_cast<const char*>(block.data()) + offset, at - offset};
  }
  return {};
}

/// `position` is that of a property's length word, behind its token.
Property Tree::property_at(std::size_t position) const {
  return {string_at(strings_, word(position + 4)), structure_.subspan(position + 8, word(position))};
}

/// Most properties are looked at for their names only: without measuring those.
bool Tree::property_has_name(std::size_t position, std::string_view name) const {
  const std::size_t offset = word(position + 4);
  if (name.size() >= strings_.size() - offset || strings_[offset + name.size()] != 0) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (strings_[offset + i] != static_cast<std::uint8_t>(name[i])) return false;
  }
  return true;
}

std::size_t Tree::after_property(std::size_t position) const {
  return round_up_to_word(position + 8 + word(position));
}

/// `begin` is the position of a begin token.
std::size_t Tree::after_name(std::size_t begin, std::string_view& name) const {
  name = string_at(structure_, begin + 4);
  return round_up_to_word(begin + 4 + name.size() + 1);
}

std::size_t Tree::total_size(std::span<const std::uint8_t> header) {
  if (header.size() < header_size || read32(header, word_magic * 4) != magic) return 0;
  return read32(header, word_total_size * 4);
}

Result<Tree> Tree::create(std::span<const std::uint8_t> blob) {
  const std::size_t total = total_size(blob);
  if (total < header_size || total > blob.size()) return Error::malformed;
  const auto field = [&](HeaderWord index) -> std::size_t { return read32(blob, index * 4); };
  if (field(word_version) < oldest_version || field(word_last_compatible) > oldest_version)
    return Error::malformed;
  if (field(word_last_compatible) < compatible_version) return Error::malformed;

  const std::size_t structure_at = field(word_structure_offset), structure_size = field(word_structure_size);
  const std::size_t strings_at = field(word_strings_offset), strings_size = field(word_strings_size);
  if (structure_at > total || structure_size > total - structure_at) return Error::malformed;
  if (strings_at > total || strings_size > total - strings_at) return Error::malformed;
  if (structure_at % 4 != 0 || structure_size % 4 != 0) return Error::malformed;

  Tree tree;
  tree.blob_ = blob.first(total);
  tree.structure_ = blob.subspan(structure_at, structure_size);
  tree.strings_ = blob.subspan(strings_at, strings_size);
  tree.reservations_ = field(word_reservations_offset);
  TRY(tree.check_reservations());
  TRY(tree.check_structure());
  return tree;
}

Result<> Tree::check_reservations() const {
  if (reservations_ % 8 != 0) return Error::malformed;
  for (std::size_t at = reservations_;; at += 16) {
    if (at > blob_.size() || blob_.size() - at < 16) return Error::malformed;
    if (read64(blob_, at) == 0 && read64(blob_, at + 8) == 0) return {};
  }
}

bool Tree::reservation(std::size_t index, PhysRange& out) const {
  const std::size_t at = reservations_ + index * 16;
  out = {{read64(blob_, at)}, read64(blob_, at + 8)};
  return out.start.value != 0 || out.size != 0;
}

/// One pass over all tokens: exactly one root, balanced, not too deep, properties before children, every name
/// and value inside its block.
Result<> Tree::check_structure() const {
  std::size_t position = 0;
  unsigned depth = 0;
  bool root_seen = false;
  bool properties_may_follow = false;
  for (;;) {
    if (structure_.size() - position < 4) return Error::malformed;
    switch (word(position)) {
      case begin_node: {
        if (depth == max_depth || (depth == 0 && root_seen)) return Error::malformed;
        std::string_view name;
        const std::size_t after = after_name(position, name);
        if (name.data() == nullptr || after > structure_.size()) return Error::malformed;
        position = after;
        ++depth;
        root_seen = properties_may_follow = true;
        break;
      }
      case end_node:
        if (depth == 0) return Error::malformed;
        --depth;
        properties_may_follow = false;
        position += 4;
        break;
      case prop: {
        if (!properties_may_follow || structure_.size() - position < 12) return Error::malformed;
        const std::size_t length = word(position + 4);
        if (length > structure_.size() - position - 12) return Error::malformed;
        if (string_at(strings_, word(position + 8)).data() == nullptr) return Error::malformed;
        position = after_property(position + 4);
        break;
      }
      case nop:
        position += 4;
        break;
      case end:
        if (depth == 0 && root_seen) return {};
        return Error::malformed;
      default:
        return Error::malformed;
    }
  }
}

Node Tree::root() const {
  std::size_t position = 0;
  while (word(position) != begin_node) position += 4;
  Node node;
  node.tree_ = this;
  node.body_ = after_name(position, node.name_);
  return node;
}

bool Node::find(std::string_view name, Property& out) const {
  for (std::size_t at = body_;;) {
    const std::uint32_t token = tree_->word(at);
    if (token == nop) {
      at += 4;
    } else if (token == prop) {
      if (tree_->property_has_name(at + 4, name)) {
        out = tree_->property_at(at + 4);
        return true;
      }
      at = tree_->after_property(at + 4);
    } else {
      return false;
    }
  }
}

Property Node::property(std::string_view name) const {
  Property found;
  return find(name, found) ? found : Property{};
}

bool Node::has(std::string_view name) const {
  Property found;
  return find(name, found);
}

bool Node::enabled() const {
  Property status;
  return !find("status", status) || status.string() == "okay" || status.string() == "ok";
}

std::uint32_t Node::cell_or(std::string_view name, std::uint32_t otherwise) const {
  Property found;
  return find(name, found) && found.value.size() == 4 ? found.cell(0) : otherwise;
}

/// Skips properties and padding from `position`; at a begin token fills `child`, at an end token returns 0.
/// (0 is the root's own begin token or padding, never a child's.)
std::size_t Node::child_at_or_after(std::size_t position, Node& child) const {
  for (;;) {
    switch (tree_->word(position)) {
      case prop:
        position = tree_->after_property(position + 4);
        break;
      case nop:
        position += 4;
        break;
      case begin_node:
        child.tree_ = tree_;
        child.body_ = tree_->after_name(position, child.name_);
        return position;
      default:
        return 0;
    }
  }
}

std::size_t Node::first_child(Node& child) const {
  return child_at_or_after(body_, child);
}

std::size_t Node::next_sibling(std::size_t begin, Node& child) const {
  std::size_t position = begin;
  unsigned depth = 0;
  do {
    switch (tree_->word(position)) {
      case begin_node: {
        std::string_view name;
        position = tree_->after_name(position, name);
        ++depth;
        break;
      }
      case end_node:
        position += 4;
        --depth;
        break;
      case prop:
        position = tree_->after_property(position + 4);
        break;
      default:
        position += 4;
        break;
    }
  } while (depth != 0);
  return child_at_or_after(position, child);
}

}  // namespace nucleus::devicetree
