// SPDX-License-Identifier: ISC
#pragma once

// A regular file.

#include "file_content.h"
#include "node.h"

namespace nucleus {

class RegularNode final : public Node {
 public:
  static constexpr NodeKind node_kind = NodeKind::regular;

  RegularNode(const NodeAttributes& attributes, std::span<const std::byte> original)
      : Node{node_kind, attributes}, content{original} {}

  std::uint64_t size() const override { return content.size(); }
  std::uint64_t own_bytes() const override { return content.own_bytes(); }

  FileContent content;
};

}  // namespace nucleus
