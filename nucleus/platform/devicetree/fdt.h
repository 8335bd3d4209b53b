// SPDX-License-Identifier: ISC
#pragma once

// A reader for flattened devicetrees. Tree::create checks the whole blob once, so that every walk after it is
// total: no later step can leave the blob, run for ever or meet a broken token. It copies nothing and
// allocates nothing. Spec: [dt "Flattened Devicetree (DTB) Format"]

#include <nucleus/boot_info.h>
#include <nucleus/result.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus::devicetree {

/// A property and its value, which lies in the blob.
struct Property {
  std::string_view name;
  std::span<const std::uint8_t> value;

  std::size_t cell_count() const { return value.size() / 4; }
  /// The 32-bit cell `index`; 0 if the value is shorter.
  std::uint32_t cell(std::size_t index) const;
  /// `count` cells (0, 1 or 2) from cell `index` on as one number, most significant first.
  std::uint64_t number(std::size_t index, unsigned count) const;
  /// The whole value as one number of one or two cells; 0 if it has another size.
  std::uint64_t number() const;
  /// The value up to its first NUL.
  std::string_view string() const;
  /// True if the value is a list of strings that contains `wanted`.
  bool lists(std::string_view wanted) const;
};

class Tree;

/// A node of a checked tree: a position in it, cheap to copy.
class Node {
 public:
  /// With its unit address: "memory@40000000". The root's name is empty.
  std::string_view name() const { return name_; }
  /// Puts the property called `name` into `out`; false if the node has none.
  bool find(std::string_view name, Property& out) const;
  /// The property, or an empty one.
  Property property(std::string_view name) const;
  bool has(std::string_view name) const;
  bool compatible(std::string_view wanted) const { return property("compatible").lists(wanted); }
  /// False for a node whose `status` is something other than "okay".
  bool enabled() const;
  /// The single cell of `name`, or `otherwise` if there is none.
  std::uint32_t cell_or(std::string_view name, std::uint32_t otherwise) const;

  /// Calls visit(child) for each direct child, in order.
  template <typename Visit>
  void for_each_child(Visit visit) const {
    Node child;
    for (std::size_t at = first_child(child); at != 0; at = next_sibling(at, child)) visit(child);
  }

 private:
  friend class Tree;
  /// Position of the first child's begin token, 0 if there is none; fills `child`.
  std::size_t first_child(Node& child) const;
  std::size_t next_sibling(std::size_t begin, Node& child) const;
  std::size_t child_at_or_after(std::size_t position, Node& child) const;

  const Tree* tree_ = nullptr;
  std::size_t body_ = 0;  // position, in the structure block, just behind the name
  std::string_view name_;
};

class Tree {
 public:
  static constexpr unsigned max_depth = 32;
  static constexpr std::size_t header_size = 40;

  /// The blob's size as its header has it; 0 if `header` (at least header_size bytes) is no devicetree. For a
  /// boot path that knows only where the blob starts.
  static std::size_t total_size(std::span<const std::uint8_t> header);

  /// Errors: malformed. `blob` may be longer than the tree and must outlive it.
  static Result<Tree> create(std::span<const std::uint8_t> blob);

  Node root() const;
  std::size_t size() const { return blob_.size(); }

  /// Calls visit(range) for each entry of the memory reservation block.
  template <typename Visit>
  void for_each_reservation(Visit visit) const {
    PhysRange range;
    for (std::size_t index = 0; reservation(index, range); ++index) visit(range);
  }

 private:
  friend class Node;
  Tree() = default;
  bool reservation(std::size_t index, PhysRange& out) const;
  Result<> check_structure() const;
  Result<> check_reservations() const;
  std::uint32_t word(std::size_t position) const;
  std::string_view string_at(std::span<const std::uint8_t> block, std::size_t offset) const;
  Property property_at(std::size_t position) const;
  bool property_has_name(std::size_t position, std::string_view name) const;
  std::size_t after_property(std::size_t position) const;
  std::size_t after_name(std::size_t begin, std::string_view& name) const;

  std::span<const std::uint8_t> blob_;
  std::span<const std::uint8_t> structure_;
  std::span<const std::uint8_t> strings_;
  std::size_t reservations_ = 0;
};

}  // namespace nucleus::devicetree
