// SPDX-License-Identifier: ISC
#pragma once

// Node: one thing in the file tree, whatever names lead to it. The kinds that have content derive from it.
// Everything in nucleus/files up to FileTree is protected by one lock, the owner's of the FileTree.

#include <nucleus/ref.h>
#include <nucleus/result.h>

#include <cstdint>

namespace nucleus {

enum class NodeKind : std::uint8_t { regular, directory, symbolic_link, device, pipe };

/// Nanoseconds since 1970.
struct FileTimes {
  std::int64_t accessed_ns = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  static constexpr FileTimes all(std::int64_t now_ns) { return {now_ns, now_ns, now_ns}; }
};

/// What is the same for all kinds. Permission bits are remembered but not enforced: there is one user.
struct NodeAttributes {
  std::uint64_t number = 0;       // inode number
  std::uint32_t permissions = 0;  // 07777
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  std::uint32_t links = 1;  // names that lead here; for a directory 2 + subdirectories
  FileTimes times;
};

class Node : public RefCounted {
 public:
  virtual ~Node() = default;

  const NodeKind kind;
  NodeAttributes attributes;

  /// Length in bytes, as stat tells it.
  virtual std::uint64_t size() const { return 0; }
  /// Memory it takes, in bytes.
  virtual std::uint64_t own_bytes() const { return 0; }

 protected:
  Node(NodeKind kind, const NodeAttributes& attributes) : kind{kind}, attributes{attributes} {}
};

/// The node as the class for its kind; null if it is of another.
template <typename T>
T* node_cast(Node* node) {
  return node && node->kind == T::node_kind ? static_cast<T*>(node) : nullptr;
}

}  // namespace nucleus
