// SPDX-License-Identifier: ISC

#include "linux_image.h"

namespace nucleus::boot {

std::span<const std::uint8_t> direct_bytes(PhysRange range) {
  return {layout::direct(range.start).as<const std::uint8_t>(), range.size};
}

Result<> decode_linux_image(std::span<const std::uint8_t> bytes, PhysAddr tree_at, PhysRange image,
                            BootInfo& boot, devicetree::Machine& machine) {
  const devicetree::Tree tree = TRY(devicetree::Tree::create(bytes));
  TRY(devicetree::decode_boot(tree, tree_at, boot));
  if (boot.reserved_count == boot.reserved.size()) return Error::too_many;
  boot.protocol = "linux-image";
  boot.image = image;
  boot.reserved[boot.reserved_count++] = image;
  machine = devicetree::decode_machine(tree);
  if (machine.uart.device.present()) boot.console = machine.uart.device.registers;
  return {};
}

}  // namespace nucleus::boot
