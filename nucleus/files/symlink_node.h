// SPDX-License-Identifier: ISC
#pragma once

// A symbolic link: a path to go on with.

#include "node.h"

#include <nucleus/text.h>

namespace nucleus {

class SymlinkNode final : public Node {
 public:
  static constexpr NodeKind node_kind = NodeKind::symbolic_link;

  SymlinkNode(const NodeAttributes& attributes, Text target)
      : Node{node_kind, attributes}, target_{static_cast<Text&&>(target)} {}

  std::uint64_t size() const override { return target_.view().size(); }
  std::string_view target() const { return target_.view(); }

 private:
  Text target_;
};

}  // namespace nucleus
