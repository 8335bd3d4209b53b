// SPDX-License-Identifier: ISC
#pragma once

// A character device of /dev. What it does is known to nucleus/files/open_device.h.

#include "node.h"

namespace nucleus {

/// The values are Linux' device numbers, major << 8 | minor.
enum class Device : std::uint16_t {
  null = 0x103,
  zero = 0x105,
  full = 0x107,
  random = 0x108,
  urandom = 0x109,
  tty = 0x500,
  standard_input = 0xf00,  // /dev/stdin and so on: ours
  standard_output = 0xf01,
  standard_error = 0xf02,
  trace = 0xf03,
};

class DeviceNode final : public Node {
 public:
  static constexpr NodeKind node_kind = NodeKind::device;

  DeviceNode(const NodeAttributes& attributes, Device device) : Node{node_kind, attributes}, device{device} {}

  const Device device;
};

}  // namespace nucleus
