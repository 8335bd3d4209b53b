// SPDX-License-Identifier: ISC

#include "ecam.h"

#include <nucleus/arch_upcalls.h>

namespace nucleus {
namespace {

constexpr std::uint64_t bus_size = std::uint64_t{1} << 20;

template <typename T>
volatile T& as(std::byte* place) {
  return *reinterpret_cast<volatile T*>(place);
}

}  // namespace

std::byte* Ecam::place_of(pci::Address at, std::uint32_t offset) {
  if (at.bus < host_.first_bus || at.bus > host_.last_bus || offset >= pci::offset::end) return nullptr;
  std::byte*& bus = buses_[at.bus];
  if (bus == nullptr) {
    const PhysAddr start{host_.ecam.start + (at.bus - host_.first_bus) * bus_size};
    auto mapped = map_device(start, bus_size, MemoryType::device);
    if (!mapped.ok()) return nullptr;
    bus = mapped.value().as<std::byte>();
  }
  return bus + (at.device << 15 | at.function << 12 | offset);
}

std::uint32_t Ecam::read_part(pci::Address at, std::uint32_t offset, std::uint32_t width) {
  std::byte* const place = place_of(at, offset);
  if (place == nullptr) return pci::no_function;
  switch (width) {
    case 1:
      return as<std::uint8_t>(place);
    case 2:
      return as<std::uint16_t>(place);
    default:
      return as<std::uint32_t>(place);
  }
}

void Ecam::write_part(pci::Address at, std::uint32_t offset, std::uint32_t width, std::uint32_t value) {
  std::byte* const place = place_of(at, offset);
  if (place == nullptr) return;
  switch (width) {
    case 1:
      as<std::uint8_t>(place) = static_cast<std::uint8_t>(value);
      break;
    case 2:
      as<std::uint16_t>(place) = static_cast<std::uint16_t>(value);
      break;
    default:
      as<std::uint32_t>(place) = value;
  }
}

}  // namespace nucleus
