// SPDX-License-Identifier: ISC

#include "soft_off.h"

#include <atomic>

namespace nucleus::acpi {
namespace {

constexpr std::uint32_t known = 1u << 16;
constinit std::atomic<std::uint32_t> types{0};

}  // namespace

void set_interpreted_soft_off(SoftOff found) {
  types.store(known | std::uint32_t{found.type_a} << 8 | found.type_b, std::memory_order_relaxed);
}

std::optional<SoftOff> interpreted_soft_off() {
  const std::uint32_t value = types.load(std::memory_order_relaxed);
  if ((value & known) == 0) return {};
  return SoftOff{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

}  // namespace nucleus::acpi
