// SPDX-License-Identifier: ISC

// A flattened devicetree: for the nucleus' own use, for the machine description, and as boot information.

#include <platform/description/devicetree.h>
#include <platform/devicetree/machine.h>

#include "target.h"

using namespace nucleus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::ExactCopy copy({data, size});
  const std::span blob{reinterpret_cast<const std::uint8_t*>(copy.bytes().data()), size};
  if (size >= devicetree::Tree::header_size) devicetree::Tree::total_size(blob);
  auto tree = devicetree::Tree::create(blob);
  if (!tree.ok()) return 0;
  devicetree::decode_machine(tree.value());
  const auto boot = std::make_unique<BootInfo>();
  (void)devicetree::decode_boot(tree.value(), {0x4000'0000}, *boot);
  *boot = {};
  (void)devicetree::decode_reserved(tree.value(), {0x4000'0000}, *boot);
  const auto machine = std::make_unique<nucleus_machine>();
  Description out{*machine};
  description::describe_devicetree(tree.value(), out);
  return 0;
}
