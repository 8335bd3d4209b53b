// SPDX-License-Identifier: ISC

// What AML touches: ports, registers in memory, PCI configuration space.  Spec: [acpi "Operation Region Field
// Unit Access"]

#include "configuration.h"

#include <acpica/interpreter/services.h>

#include <nucleus/arch_upcalls.h>

#include <arch/ports.h>

#include <array>

namespace nucleus::acpica {
namespace {

struct Space {
  std::uint32_t segment = 0;
  std::uint32_t first_bus = 0;
  std::uint32_t last_bus = 0;
  std::uint64_t start = 0;
};

constexpr std::uint64_t function_size = 4096;

// One caller at a time (interpreter.cc).
std::array<Space, NUCLEUS_MAX_PCI_HOSTS> spaces{};
std::uint32_t space_count = 0;

struct Place {
  std::uint32_t segment, bus, device, function, offset, width;
};

/// Null: there is none such.
void* find(const Place& at) {
  const std::uint32_t bytes = at.width / 8;
  if (at.bus > 255 || at.device > 31 || at.function > 7) return nullptr;
  if (bytes == 0 || at.offset % bytes != 0 || at.offset > function_size - bytes) return nullptr;
  for (std::uint32_t i = 0; i < space_count; ++i) {
    const Space& space = spaces[i];
    if (space.segment != at.segment || at.bus < space.first_bus || at.bus > space.last_bus) continue;
    const std::uint64_t slot =
        ((at.bus - space.first_bus) << 8 | at.device << 3 | at.function) * function_size;
    auto mapped = map_device({space.start + slot}, function_size, MemoryType::device);
    return mapped.ok() ? mapped.value().as<std::byte>() + at.offset : nullptr;
  }
  return nullptr;
}

template <typename T>
volatile T& as(void* place) {
  return *static_cast<volatile T*>(place);
}

bool read(void* place, std::uint32_t width, std::uint64_t& value) {
  if (place == nullptr || reinterpret_cast<std::uintptr_t>(place) % (width / 8 + (width < 8)) != 0)
    return false;
  switch (width) {
    case 8:
      value = as<std::uint8_t>(place);
      return true;
    case 16:
      value = as<std::uint16_t>(place);
      return true;
    case 32:
      value = as<std::uint32_t>(place);
      return true;
    case 64:
      value = as<std::uint64_t>(place);
      return true;
    default:
      return false;
  }
}

bool write(void* place, std::uint32_t width, std::uint64_t value) {
  if (place == nullptr || reinterpret_cast<std::uintptr_t>(place) % (width / 8 + (width < 8)) != 0)
    return false;
  switch (width) {
    case 8:
      as<std::uint8_t>(place) = static_cast<std::uint8_t>(value);
      return true;
    case 16:
      as<std::uint16_t>(place) = static_cast<std::uint16_t>(value);
      return true;
    case 32:
      as<std::uint32_t>(place) = static_cast<std::uint32_t>(value);
      return true;
    case 64:
      as<std::uint64_t>(place) = value;
      return true;
    default:
      return false;
  }
}

constexpr std::uint64_t highest_port = 0xffff;

}  // namespace

void set_configuration_spaces(const nucleus_machine& machine) {
  space_count = machine.pci_host_count;
  for (std::uint32_t i = 0; i < space_count; ++i) {
    const nucleus_pci_host& host = machine.pci_hosts[i];
    spaces[i] = {host.segment, host.first_bus, host.last_bus, host.ecam.start};
  }
}

}  // namespace nucleus::acpica

using namespace nucleus::acpica;

int nucleus_acpi_read_port(uint64_t port, uint32_t* value, uint32_t width) {
  return port <= highest_port && arch::read_port(static_cast<std::uint16_t>(port), width, *value);
}

int nucleus_acpi_write_port(uint64_t port, uint32_t value, uint32_t width) {
  return port <= highest_port && arch::write_port(static_cast<std::uint16_t>(port), width, value);
}

int nucleus_acpi_read_configuration(uint32_t segment, uint32_t bus, uint32_t device, uint32_t function,
                                    uint32_t offset, uint64_t* value, uint32_t width) {
  return read(find({segment, bus, device, function, offset, width}), width, *value);
}

int nucleus_acpi_write_configuration(uint32_t segment, uint32_t bus, uint32_t device, uint32_t function,
                                     uint32_t offset, uint64_t value, uint32_t width) {
  return write(find({segment, bus, device, function, offset, width}), width, value);
}

int nucleus_acpi_read_memory(uint64_t address, uint64_t* value, uint32_t width) {
  return read(nucleus_acpi_map(address, width / 8), width, *value);
}

int nucleus_acpi_write_memory(uint64_t address, uint64_t value, uint32_t width) {
  return write(nucleus_acpi_map(address, width / 8), width, value);
}
