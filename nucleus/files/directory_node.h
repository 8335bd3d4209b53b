// SPDX-License-Identifier: ISC
#pragma once

// DirectoryNode: names and the nodes they lead to, in the order they were made, with a hash index. Each entry
// has a cookie that grows with every entry made, so that a reader of the directory can go on after other
// entries came and went. Removed entries stay as gaps until there are many.

#include "node.h"

#include <nucleus/text.h>
#include <nucleus/vector.h>

#include <string_view>

namespace nucleus {

struct DirectoryEntry {
  Text name;
  Ref<Node> node;  // null: removed
  std::uint64_t cookie = 0;
};

class DirectoryNode final : public Node {
 public:
  static constexpr NodeKind node_kind = NodeKind::directory;
  static constexpr std::size_t max_name = 255;

  /// `parent` null: the root, its own parent.
  DirectoryNode(const NodeAttributes& attributes, DirectoryNode* parent)
      : Node{node_kind, attributes}, parent_{parent ? parent : this} {}

  std::uint64_t size() const override { return 4096; }

  /// The directory that holds this one; itself for the root and for one that was removed.
  DirectoryNode* parent() const { return parent_; }
  void set_parent(DirectoryNode* parent) { parent_ = parent; }
  /// A removed directory: nothing can be made in it.
  bool removed() const { return attributes.links == 0; }
  bool empty() const { return live_ == 0; }
  std::size_t entry_count() const { return live_; }

  /// The node called `name`, or null.
  Node* find(std::string_view name) const;
  /// Adds a name that is not there. Errors: out_of_memory, too_long.
  Result<> add(std::string_view name, Ref<Node> node);
  /// Takes a name that is there out of the directory.
  Ref<Node> remove(std::string_view name);
  /// Lets a name that is there lead to another node; returns the old one.
  Ref<Node> replace(std::string_view name, Ref<Node> node);

  /// The first entry whose cookie is greater than `cookie` (0: from the start), or null.
  const DirectoryEntry* after(std::uint64_t cookie) const;
  /// The name under which `node` is found here, or an empty one.
  std::string_view name_of(const Node& node) const;

 private:
  static constexpr std::uint32_t no_slot = ~std::uint32_t{0};
  std::uint32_t find_slot(std::string_view name) const;
  Result<> make_room();
  void rebuild_index();
  void index_slot(std::uint32_t slot);

  DirectoryNode* parent_;
  Vector<DirectoryEntry> entries_;  // ascending cookies
  Vector<std::uint32_t>
      index_;  // open addressing by hash of the name, size a power of two, at most half full
  std::size_t live_ = 0;
  std::uint64_t last_cookie_ = 0;
};

}  // namespace nucleus
