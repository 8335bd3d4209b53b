// SPDX-License-Identifier: ISC

#include "messages.h"

#include "function.h"

namespace nucleus::pci {
namespace {

constexpr std::uint32_t entry_size = 16;

// The control register is the upper half of a capability's first word.
constexpr std::uint32_t msi_x_on = 1u << 31;
constexpr std::uint32_t msi_x_all_masked = 1u << 30;
constexpr std::uint32_t msi_on = 1u << 16;
constexpr std::uint32_t msi_how_many = 7u << 20;
constexpr std::uint32_t msi_has_64_bits = 1u << 23;

constexpr std::uint32_t pin_off = 1u << 10;  // in the command register

/// Offset of a capability; 0: the function has none.
std::uint32_t find_capability(const nucleus_pci_function& function, std::uint16_t id) {
  for (std::uint32_t i = 0; i < function.capability_count; ++i) {
    const nucleus_capability& capability = function.capabilities[i];
    if (capability.id == id && capability.offset < offset::extended) return capability.offset;
  }
  return 0;
}

}  // namespace

std::optional<MessageTable> find_message_table(ConfigSpace& space, const nucleus_pci_function& function) {
  constexpr std::uint32_t bar_bits = 7;
  const std::uint32_t capability = find_capability(function, msi_x);
  // Its last register must be within the space, too.
  if (capability == 0 || capability > 256 - 12) return {};
  const Address at = address_of(function);
  const std::uint32_t place = space.read(at, capability + 4);
  const MessageTable table{.capability = capability,
                           .bar = place & bar_bits,
                           .offset = place & ~bar_bits,
                           .entries = (space.read(at, capability) >> 16 & 0x7ff) + 1};
  if (table.bar >= std::size(function.bars)) return {};
  const nucleus_bar& bar = function.bars[table.bar];
  const bool is_memory = bar.kind == NUCLEUS_BAR_MEMORY_32 || bar.kind == NUCLEUS_BAR_MEMORY_64;
  if (!is_memory || table.offset >= bar.size || bar.size - table.offset < table.entries * entry_size)
    return {};
  return table;
}

void send_messages(ConfigSpace& space, const nucleus_pci_function& function, const MessageTable& table,
                   volatile std::uint32_t* words, const Message& message) {
  constexpr std::uint32_t masked = 1;
  const Address at = address_of(function);
  // The table can be written only while MSI-X is on.
  const std::uint32_t control = space.read(at, table.capability);
  space.write(at, table.capability, control | msi_x_on | msi_x_all_masked);
  use_pin(space, function, false);
  words[3] = masked;
  words[0] = static_cast<std::uint32_t>(message.address);
  words[1] = static_cast<std::uint32_t>(message.address >> 32);
  words[2] = message.data;
  words[3] = 0;
  space.write(at, table.capability, (control | msi_x_on) & ~msi_x_all_masked);
}

Result<> send_message(ConfigSpace& space, const nucleus_pci_function& function, const Message& message) {
  constexpr std::uint32_t longest = 24;
  const std::uint32_t capability = find_capability(function, msi);
  if (capability == 0 || capability > 256 - longest) return Error::not_supported;
  const Address at = address_of(function);
  const std::uint32_t control = space.read(at, capability) & ~(msi_how_many | msi_on);
  const bool wide = (control & msi_has_64_bits) != 0;
  if (!wide && message.address >> 32 != 0) return Error::not_supported;
  if (message.data > 0xffff) return Error::not_supported;
  space.write(at, capability, control);
  space.write(at, capability + 4, static_cast<std::uint32_t>(message.address));
  if (wide) space.write(at, capability + 8, static_cast<std::uint32_t>(message.address >> 32));
  space.write(at, capability + (wide ? 12 : 8), message.data);
  use_pin(space, function, false);
  space.write(at, capability, control | msi_on);
  return {};
}

void use_pin(ConfigSpace& space, const nucleus_pci_function& function, bool on) {
  const Address at = address_of(function);
  const std::uint32_t command = space.read(at, offset::command) & command_mask & ~pin_off;
  space.write(at, offset::command, on ? command : command | pin_off);
}

}  // namespace nucleus::pci
