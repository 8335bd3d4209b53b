// SPDX-License-Identifier: ISC
#pragma once

// Access to the configuration space of PCI functions, and where things are in it. Tests script it.
// Spec: [pci/local "Configuration Space"], [pci/express "Configuration Space"]

#include <cstdint>

namespace nucleus::pci {

struct Address {
  std::uint8_t bus = 0;
  std::uint8_t device = 0;
  std::uint8_t function = 0;
  bool operator==(const Address&) const = default;
};

inline constexpr unsigned devices_per_bus = 32;
inline constexpr unsigned functions_per_device = 8;
inline constexpr std::uint32_t no_function = 0xffff'ffff;  // what an address without function reads

/// Of one segment. An access that reaches nothing reads all ones.
class ConfigSpace {
 public:
  /// `offset` is a multiple of 4, below 4096.
  virtual std::uint32_t read(Address at, std::uint32_t offset) = 0;
  virtual void write(Address at, std::uint32_t offset, std::uint32_t value) = 0;

 protected:
  ~ConfigSpace() = default;
};

// Byte offsets.
namespace offset {
inline constexpr std::uint32_t ids = 0x00;
inline constexpr std::uint32_t command = 0x04;  // status in the upper half
inline constexpr std::uint32_t class_code = 0x08;
inline constexpr std::uint32_t header = 0x0c;
inline constexpr std::uint32_t bars = 0x10;
inline constexpr std::uint32_t buses = 0x18;                // bridge: primary, secondary, subordinate
inline constexpr std::uint32_t port_window = 0x1c;          // bridge
inline constexpr std::uint32_t memory_window = 0x20;        // bridge
inline constexpr std::uint32_t prefetch_window = 0x24;      // bridge
inline constexpr std::uint32_t prefetch_base_high = 0x28;   // bridge
inline constexpr std::uint32_t prefetch_limit_high = 0x2c;  // bridge
inline constexpr std::uint32_t subsystem = 0x2c;
inline constexpr std::uint32_t port_window_high = 0x30;  // bridge
inline constexpr std::uint32_t rom = 0x30;
inline constexpr std::uint32_t capabilities = 0x34;
inline constexpr std::uint32_t bridge_rom = 0x38;
inline constexpr std::uint32_t interrupt = 0x3c;
inline constexpr std::uint32_t header_end = 0x40;
inline constexpr std::uint32_t extended = 0x100;
inline constexpr std::uint32_t end = 0x1000;
}  // namespace offset

enum Command : std::uint32_t { command_ports = 1, command_memory = 2, command_bus_master = 4 };
inline constexpr std::uint32_t command_mask = 0xffff;
inline constexpr std::uint32_t status_has_capabilities = 1u << 20;

enum CapabilityId : std::uint16_t { msi = 0x05, express = 0x10, msi_x = 0x11 };

}  // namespace nucleus::pci
