// SPDX-License-Identifier: ISC

// ACPICA's memory: the nucleus' heap, and physical memory through the device window.

#include "mapping.h"

#include <acpica/interpreter/services.h>

#include <nucleus/arch_upcalls.h>
#include <nucleus/boot_info.h>
#include <nucleus/heap.h>

#include <algorithm>

namespace nucleus::acpica {
namespace {

bool loaded = false;  // one caller at a time (interpreter.cc)

/// More than all that AML of QEMU and of real firmware names, and no more than what every CPU's page tables
/// can name: a bit too much in an entry is a fault that nobody expects.
constexpr std::uint64_t highest_address = std::uint64_t{1} << 40;

}  // namespace

bool may_map_registers(PhysAddr at, std::size_t size, std::span<const PhysRange> memory) {
  if (size == 0 || at.value >= highest_address || size > highest_address - at.value) return false;
  return std::ranges::none_of(memory, [&](const PhysRange& range) {
    return at.value < range.end().value && range.start.value < at.value + size;
  });
}

}  // namespace nucleus::acpica

void* nucleus_acpi_allocate(size_t size) {
  return nucleus::heap_allocate(size);
}

void nucleus_acpi_free(void* block) {
  nucleus::heap_free(block);
}

void* nucleus_acpi_map(uint64_t address, size_t size) {
  using namespace nucleus;
  const BootInfo& boot = boot_info();
  const bool may = acpica::may_map_registers(
      {address}, size,
      acpica::loaded ? std::span{boot.memory}.first(boot.memory_count) : std::span<const PhysRange>{});
  if (!may) return nullptr;
  // Tables are only read, and registers must not be cached.
  auto mapped = map_device({address}, size, acpica::loaded ? MemoryType::device : MemoryType::normal);
  return mapped.ok() ? mapped.value().as<void>() : nullptr;
}

void nucleus_acpi_tables_are_loaded() {
  nucleus::acpica::loaded = true;
}

uint64_t nucleus_acpi_root_pointer() {
  return nucleus::boot_info().rsdp.value;
}
