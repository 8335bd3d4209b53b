// SPDX-License-Identifier: ISC

#include "take.h"

namespace nucleus::limine {

const char* take_devicetree(std::span<const std::uint8_t> bytes, BootInfo& boot,
                            devicetree::Machine& machine) {
  const Result<devicetree::Tree> tree = devicetree::Tree::create(bytes);
  if (!tree.ok()) return "the devicetree is malformed";
  machine = devicetree::decode_machine(tree.value());
  if (machine.uart.device.present()) boot.console = machine.uart.device.registers;
  return devicetree::decode_reserved(tree.value(), boot.devicetree.start, boot).ok()
             ? nullptr
             : "too many reserved ranges";
}

}  // namespace nucleus::limine
