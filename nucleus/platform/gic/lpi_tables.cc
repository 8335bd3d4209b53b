// SPDX-License-Identifier: ISC

#include "lpi_tables.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/memory_layout.h>

#include <platform/mmio.h>

#include <arch/aarch64/registers.h>

#include "its_commands.h"

namespace arch::aarch64 {
namespace {

// Spec: [arm/gic "The GIC Redistributor register map"]
constexpr std::uint32_t control = 0x000;
constexpr std::uint32_t type = 0x008;
constexpr std::uint32_t configuration_base = 0x070;
constexpr std::uint32_t pending_base = 0x078;

constexpr std::uint32_t control_lpis = 1u << 0;
constexpr std::uint32_t type_has_lpis = 1u << 0;
constexpr std::uint64_t pending_is_zero = std::uint64_t{1} << 62;
constexpr std::uint64_t inner_write_back = std::uint64_t{7} << 7;

constexpr std::uint8_t let_through_with_default_priority = 0xa0 | 1;

constexpr unsigned configuration_pages = lpi_count / nucleus::page_size;
constexpr unsigned pending_pages = 16;  // for its alignment

}  // namespace

void clean_cache(const void* from, std::size_t size) {
  constexpr std::size_t shortest_line = 16;
  const auto start = reinterpret_cast<std::uintptr_t>(from) & ~(shortest_line - 1);
  for (std::uintptr_t at = start; at < reinterpret_cast<std::uintptr_t>(from) + size; at += shortest_line)
    asm volatile("dc civac, %0" : : "r"(at) : "memory");
  data_barrier();
}

nucleus::Result<> LpiTables::create() {
  const nucleus::VirtAddr table = TRY(nucleus::allocate_port_pages(configuration_pages));
  clean_cache(table.as<void>(), lpi_count);
  configuration_ = table.as<std::uint8_t>();
  return {};
}

nucleus::Result<> LpiTables::attach(std::uintptr_t redistributor) const {
  const nucleus::platform::Mmio32 registers{redistributor};
  const nucleus::platform::Mmio64 wide{redistributor};
  if (!present() || (registers.read(type) & type_has_lpis) == 0) return nucleus::Error::not_supported;
  registers.write(control, registers.read(control) & ~control_lpis);
  if ((registers.read(control) & control_lpis) != 0) return nucleus::Error::not_supported;
  const nucleus::VirtAddr pending = TRY(nucleus::allocate_port_pages(pending_pages));
  clean_cache(pending.as<void>(), pending_pages * nucleus::page_size);
  const auto physical = [](const void* at) {
    return nucleus::VirtAddr::of(at) - nucleus::layout::direct_map;
  };
  wide.write(configuration_base,
             physical(configuration_) | its::inner_shareable | inner_write_back | (lpi_number_bits - 1));
  wide.write(pending_base,
             physical(pending.as<void>()) | its::inner_shareable | inner_write_back | pending_is_zero);
  registers.write(control, registers.read(control) | control_lpis);
  data_barrier();
  return {};
}

void LpiTables::let_through(std::uint32_t line) const {
  std::uint8_t& entry = configuration_[line - first_lpi];
  entry = let_through_with_default_priority;
  clean_cache(&entry, 1);
}

}  // namespace arch::aarch64
