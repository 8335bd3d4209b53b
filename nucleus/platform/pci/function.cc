// SPDX-License-Identifier: ISC

#include "function.h"

namespace nucleus::pci {
namespace {

constexpr std::uint32_t small_space = 256;

/// Marks of dwords, so that no list is followed twice past the same place.
class Visited {
 public:
  /// False if it was there before.
  bool add(std::uint32_t offset) {
    const std::uint32_t word = offset / 4;
    const std::uint64_t bit = std::uint64_t{1} << (word % 64);
    if ((marks_[word / 64] & bit) != 0) return false;
    marks_[word / 64] |= bit;
    return true;
  }

 private:
  std::uint64_t marks_[offset::end / 4 / 64] = {};
};

bool add_capability(nucleus_pci_function& out, nucleus_capability found, Problems problems) {
  if (out.capability_count == NUCLEUS_MAX_CAPABILITIES) {
    problems.add("PCI {:x}: more than {} capabilities", name_of(out),
                 std::uint32_t{NUCLEUS_MAX_CAPABILITIES});
    return false;
  }
  out.capabilities[out.capability_count++] = found;
  return true;
}

void read_standard_list(ConfigSpace& space, Address at, nucleus_pci_function& out, Problems problems) {
  constexpr std::uint32_t cardbus = 2;
  constexpr std::uint32_t cardbus_capabilities = 0x14;
  const std::uint32_t first = out.header_type == cardbus ? cardbus_capabilities : offset::capabilities;
  std::uint32_t next = space.read(at, first) & 0xfc;
  Visited visited;
  while (next != 0) {
    if (next < offset::header_end) return problems.add("PCI {:x}: a capability at {:x}", name_of(out), next);
    if (!visited.add(next))
      return problems.add("PCI {:x}: the capability list loops at {:x}", name_of(out), next);
    const std::uint32_t word = space.read(at, next);
    const nucleus_capability found{static_cast<std::uint16_t>(word & 0xff), static_cast<std::uint16_t>(next),
                                   0};
    if (!add_capability(out, found, problems)) return;
    if (found.id == express) out.configuration_size = offset::end;
    next = word >> 8 & 0xfc;
  }
}

void read_extended_list(ConfigSpace& space, Address at, nucleus_pci_function& out, Problems problems) {
  std::uint32_t next = offset::extended;
  Visited visited;
  while (next != 0) {
    if (next < offset::extended)
      return problems.add("PCI {:x}: an extended capability at {:x}", name_of(out), next);
    if (!visited.add(next))
      return problems.add("PCI {:x}: the list of extended capabilities loops at {:x}", name_of(out), next);
    const std::uint32_t word = space.read(at, next);
    if (word == 0 || word == no_function) return;  // a list without elements
    const nucleus_capability found{static_cast<std::uint16_t>(word & 0xffff),
                                   static_cast<std::uint16_t>(next), word >> 16 & 0xf};
    if (!add_capability(out, found, problems)) return;
    next = word >> 20 & 0xffc;
  }
}

/// Bytes of the structure of a capability that a program must leave alone; 0: of none.
std::uint32_t guarded_size(const nucleus_capability& capability) {
  constexpr std::uint32_t msi_size = 24;  // the longest form
  constexpr std::uint32_t msi_x_size = 12;
  if (capability.offset >= offset::extended) return 0;
  return capability.id == msi ? msi_size : capability.id == msi_x ? msi_x_size : 0;
}

}  // namespace

void read_capabilities(ConfigSpace& space, Address at, nucleus_pci_function& out, Problems problems) {
  out.configuration_size = small_space;
  if ((space.read(at, offset::command) & status_has_capabilities) == 0) return;
  read_standard_list(space, at, out, problems);
  if (out.configuration_size > small_space) read_extended_list(space, at, out, problems);
}

void read_function(ConfigSpace& space, Address at, nucleus_pci_function& out, Problems problems) {
  out.bus = at.bus;
  out.device = at.device;
  out.function = at.function;
  const std::uint32_t ids = space.read(at, offset::ids);
  out.vendor_id = ids & 0xffff;
  out.device_id = ids >> 16;
  const std::uint32_t class_code = space.read(at, offset::class_code);
  out.revision = class_code & 0xff;
  out.class_code = class_code >> 8;
  out.header_type = space.read(at, offset::header) >> 16 & 0x7f;
  const std::uint32_t interrupt = space.read(at, offset::interrupt);
  out.line.number = NUCLEUS_NO_LINE;
  out.firmware_line = interrupt & 0xff;
  out.interrupt_pin = interrupt >> 8 & 0xff;
  if (out.interrupt_pin > 4) {
    problems.add("PCI {:x}: interrupt pin {}", name_of(out), out.interrupt_pin);
    out.interrupt_pin = 0;
  }
  if (out.header_type == 0) {
    const std::uint32_t subsystem = space.read(at, offset::subsystem);
    out.subsystem_vendor_id = subsystem & 0xffff;
    out.subsystem_id = subsystem >> 16;
  }
  read_capabilities(space, at, out, problems);
  read_bars(space, at, out, problems);
}

bool may_write(const nucleus_pci_function& function, std::uint32_t offset, std::uint32_t width) {
  if (offset < offset::header_end || offset >= function.configuration_size ||
      width > function.configuration_size - offset)
    return false;
  for (std::uint32_t i = 0; i < function.capability_count; ++i) {
    const nucleus_capability& capability = function.capabilities[i];
    const std::uint32_t size = guarded_size(capability);
    if (offset + width > capability.offset && offset < capability.offset + size) return false;
  }
  return true;
}

void enable(ConfigSpace& space, std::span<const nucleus_pci_function> functions,
            const nucleus_pci_function& function, std::uint32_t commands) {
  // Of the status in the upper half zeros change nothing.
  const auto change = [&](const nucleus_pci_function& of, std::uint32_t off) {
    const Address at = address_of(of);
    space.write(at, offset::command, (space.read(at, offset::command) & command_mask & ~off) | commands);
  };
  for (const nucleus_pci_function& bridge : functions) {
    if (bridge.host == function.host && bridge.secondary_bus != 0 && bridge.secondary_bus <= function.bus &&
        function.bus <= bridge.subordinate_bus)
      change(bridge, 0);
  }
  change(function, command_ports | command_memory | command_bus_master);
}

}  // namespace nucleus::pci
