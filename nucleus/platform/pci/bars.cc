// SPDX-License-Identifier: ISC

// What addresses a function decodes, and how many: it keeps only those bits of a BAR that it compares.
// Spec: [pci/local "Base Address Registers"]

#include "function.h"

namespace nucleus::pci {
namespace {

constexpr std::uint32_t is_ports = 1;
constexpr std::uint32_t is_prefetchable = 8;
constexpr std::uint32_t port_flags = 0x3;
constexpr std::uint32_t memory_flags = 0xf;
constexpr std::uint32_t rom_flags = 0x7ff;

enum MemoryType : std::uint32_t { bits_32 = 0, below_1_mib = 1, bits_64 = 2 };

/// What is read after all ones were written; the old value is put back.
std::uint32_t kept_bits(ConfigSpace& space, Address at, std::uint32_t offset, std::uint32_t ones) {
  const std::uint32_t before = space.read(at, offset);
  space.write(at, offset, ones);
  const std::uint32_t kept = space.read(at, offset);
  space.write(at, offset, before);
  return kept;
}

/// The size, from the address bits that are kept; 0 if those are not all bits above some one.
std::uint64_t size_of(std::uint64_t kept) {
  const std::uint64_t lowest = kept & (~kept + 1);
  return kept == ~(lowest - 1) ? lowest : 0;
}

/// Fills in what is common; a BAR that cannot be stays empty.
void set_bar(nucleus_bar& bar, nucleus_bar_kind kind, std::uint64_t address, std::uint64_t kept,
             const nucleus_pci_function& function, std::uint32_t index, Problems problems) {
  const std::uint64_t size = size_of(kept);
  if (size == 0) return problems.add("PCI {:x}: BAR {} keeps the bits {:x}", name_of(function), index, kept);
  if (address % size != 0) return problems.add("PCI {:x}: BAR {} at {:x}", name_of(function), index, address);
  bar.kind = kind;
  bar.bus_address = address;
  bar.size = size;
}

void read_ports(ConfigSpace& space, Address at, std::uint32_t index, nucleus_pci_function& out,
                Problems problems) {
  const std::uint32_t offset = offset::bars + 4 * index;
  const std::uint32_t kept = kept_bits(space, at, offset, ~0u) & ~port_flags;
  if (kept == 0) return;
  // The upper half may be wired to zero: there are 64 Ki ports on a PC.
  constexpr std::uint64_t above_16_bits = ~std::uint64_t{0xffff};
  constexpr std::uint64_t above_32_bits = ~std::uint64_t{0xffff'ffff};
  set_bar(out.bars[index], NUCLEUS_BAR_PORTS, space.read(at, offset) & ~port_flags,
          kept | (kept >> 16 == 0 ? above_16_bits : above_32_bits), out, index, problems);
}

void read_memory_32(ConfigSpace& space, Address at, std::uint32_t index, nucleus_pci_function& out,
                    Problems problems) {
  const std::uint32_t offset = offset::bars + 4 * index;
  const std::uint32_t value = space.read(at, offset);
  const std::uint32_t kept = kept_bits(space, at, offset, ~0u) & ~memory_flags;
  if (kept == 0) return;
  constexpr std::uint64_t above_32_bits = ~std::uint64_t{0xffff'ffff};
  set_bar(out.bars[index], NUCLEUS_BAR_MEMORY_32, value & ~memory_flags, kept | above_32_bits, out, index,
          problems);
  out.bars[index].prefetchable = out.bars[index].kind != 0 && (value & is_prefetchable) != 0;
}

void read_memory_64(ConfigSpace& space, Address at, std::uint32_t index, nucleus_pci_function& out,
                    Problems problems) {
  const std::uint32_t offset = offset::bars + 4 * index;
  const std::uint64_t low = space.read(at, offset);
  const std::uint64_t high = space.read(at, offset + 4);
  const std::uint64_t kept_low = kept_bits(space, at, offset, ~0u) & ~memory_flags;
  const std::uint64_t kept = std::uint64_t{kept_bits(space, at, offset + 4, ~0u)} << 32 | kept_low;
  if (kept == 0) return;
  set_bar(out.bars[index], NUCLEUS_BAR_MEMORY_64, high << 32 | (low & ~std::uint64_t{memory_flags}), kept,
          out, index, problems);
  out.bars[index].prefetchable = out.bars[index].kind != 0 && (low & is_prefetchable) != 0;
}

void read_rom(ConfigSpace& space, Address at, std::uint32_t offset, nucleus_pci_function& out,
              Problems problems) {
  constexpr std::uint32_t rom_index = 6;
  const std::uint32_t kept = kept_bits(space, at, offset, ~rom_flags) & ~rom_flags;
  if (kept == 0) return;
  constexpr std::uint64_t above_32_bits = ~std::uint64_t{0xffff'ffff};
  set_bar(out.rom, NUCLEUS_BAR_MEMORY_32, space.read(at, offset) & ~rom_flags, kept | above_32_bits, out,
          rom_index, problems);
}

void read_all(ConfigSpace& space, Address at, std::uint32_t count, nucleus_pci_function& out,
              Problems problems) {
  for (std::uint32_t index = 0; index < count; ++index) {
    const std::uint32_t value = space.read(at, offset::bars + 4 * index);
    if ((value & is_ports) != 0) {
      read_ports(space, at, index, out, problems);
      continue;
    }
    switch (value >> 1 & 3) {
      case bits_32:
      case below_1_mib:
        read_memory_32(space, at, index, out, problems);
        break;
      case bits_64:
        if (index + 1 == count) return problems.add("PCI {:x}: the last BAR has 64 bits", name_of(out));
        read_memory_64(space, at, index, out, problems);
        ++index;
        break;
      default:
        problems.add("PCI {:x}: BAR {} of an unknown kind", name_of(out), index);
    }
  }
}

}  // namespace

void read_bars(ConfigSpace& space, Address at, nucleus_pci_function& out, Problems problems) {
  constexpr std::uint32_t host_bridge = 0x0600;  // class and subclass
  constexpr std::uint32_t counts[] = {6, 2, 1};
  if (out.header_type >= std::size(counts))
    return problems.add("PCI {:x}: a header of type {}", name_of(out), out.header_type);
  // While a BAR holds all ones the function must not answer there. A host bridge is left on: memory itself
  // may be behind it.
  const std::uint32_t command = space.read(at, offset::command) & command_mask;
  const bool off = out.class_code >> 8 != host_bridge;
  if (off) space.write(at, offset::command, command & ~(command_ports | command_memory));
  read_all(space, at, counts[out.header_type], out, problems);
  if (out.header_type < 2)
    read_rom(space, at, out.header_type == 0 ? offset::rom : offset::bridge_rom, out, problems);
  if (off) space.write(at, offset::command, command);
}

}  // namespace nucleus::pci
