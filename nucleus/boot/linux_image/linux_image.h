// SPDX-License-Identifier: ISC
#pragma once

// Booting as a Linux kernel image: the loader passes a devicetree and nothing else.  Spec: [linux/image]

#include <nucleus/boot_info.h>
#include <nucleus/memory_layout.h>
#include <nucleus/result.h>
#include <platform/devicetree/machine.h>

namespace nucleus::boot {

/// Decodes the devicetree at `tree_at` into `boot` and `machine`, and completes `boot` for an image that lies
/// at `image`. `map_direct(PhysRange)` makes a range readable through the direct map. Errors: malformed,
/// too_many; out_of_range (the direct map does not reach the tree).
template <typename MapDirect>
Result<> take_linux_image(PhysAddr tree_at, PhysRange image, MapDirect map_direct, BootInfo& boot,
                          devicetree::Machine& machine);

/// The bytes of `range` through the direct map.
std::span<const std::uint8_t> direct_bytes(PhysRange range);
Result<> decode_linux_image(std::span<const std::uint8_t> tree, PhysAddr tree_at, PhysRange image,
                            BootInfo& boot, devicetree::Machine& machine);

template <typename MapDirect>
Result<> take_linux_image(PhysAddr tree_at, PhysRange image, MapDirect map_direct, BootInfo& boot,
                          devicetree::Machine& machine) {
  PhysRange tree{tree_at, devicetree::Tree::header_size};
  if (tree.end().value > layout::direct_map_size) return Error::out_of_range;
  map_direct(tree);
  tree.size = devicetree::Tree::total_size(direct_bytes(tree));
  if (tree.end().value > layout::direct_map_size) return Error::out_of_range;
  map_direct(tree);
  TRY(decode_linux_image(direct_bytes(tree), tree_at, image, boot, machine));
  for (unsigned i = 0; i < boot.memory_count; ++i) map_direct(boot.memory[i]);
  if (boot.bundle.size != 0) map_direct(boot.bundle);
  return {};
}

}  // namespace nucleus::boot
