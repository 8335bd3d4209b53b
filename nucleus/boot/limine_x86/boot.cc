// SPDX-License-Identifier: ISC

// The boot story of a Limine loader, from the first C++ instruction to the core.

#include <boot/limine/requests.h>

#include <nucleus/boot_info.h>
#include <nucleus/memory_layout.h>
#include <nucleus/panic.h>

#include "loaders_tables.h"

#include <arch/x86_64/early.h>
#include <arch/x86_64/instructions.h>
#include <arch/x86_64/page_format.h>
#include <boot/pvh/boot_tables.h>

namespace arch::x86_64 {
namespace {

using nucleus::PhysAddr;
using nucleus::VirtAddr;
namespace layout = nucleus::layout;
namespace limine = nucleus::limine;

constexpr unsigned direct_map_slot = PageFormat::index(layout::direct_map, 2);
constexpr unsigned image_slot = PageFormat::index(layout::image_base, 2);
constexpr unsigned upper_slot = PageFormat::index(layout::direct_map, 3);
static_assert(upper_slot == PageFormat::index(layout::image_base, 3));

using Table = BootTable;

nucleus::BootInfo boot_info;

template <typename T>
const T& in_loaders_direct_map(std::uint64_t address) {
  return *VirtAddr{address}.as<const T>();
}

/// While the loader's page tables are there.
limine::EntryFacts read_facts() {
  limine::EntryFacts facts;
  if (const std::uint64_t at = limine_requests.hhdm.response)
    facts.hhdm_offset = in_loaders_direct_map<limine::HhdmResponse>(at).offset;
  if (const std::uint64_t at = limine_requests.executable_address.response)
    facts.physical_base = in_loaders_direct_map<limine::ExecutableAddressResponse>(at).physical_base;
  return facts;
}

/// Exchanges the loader's page tables for our own: the first 4 GiB in the direct map, and the image as the
/// loader has mapped it, since only the loader knows at which alignment it could.
void leave_loaders_tables(const limine::EntryFacts& facts) {
  const auto physical = [&](const Table& table) {
    return PhysAddr{facts.physical_base + (VirtAddr::of(&table) - layout::image_start)};
  };
  const auto loaders = [&](std::uint64_t entry) -> const Table& {
    return in_loaders_direct_map<Table>(PageFormat::address(entry).value + facts.hhdm_offset);
  };
  for (unsigned gigabyte = 0; gigabyte < boot_gigabytes; ++gigabyte) {
    Table& table = boot_tables_gib[gigabyte];
    for (unsigned i = 0; i < 512; ++i) {
      const PhysAddr at{(std::uint64_t{gigabyte} * 512 + i) * nucleus::large_page_size};
      table.entry[i] = PageFormat::make_leaf(at, 1, nucleus::access_read_write, nucleus::MemoryType::normal) &
                       ~PageFormat::global;
    }
    boot_table_3.entry[direct_map_slot + gigabyte] = PageFormat::make_table(physical(table));
  }
  const Table& loaders_level_3 = loaders(loaders(read_cr3()).entry[upper_slot]);
  boot_table_3.entry[image_slot] = loaders_level_3.entry[image_slot];
  boot_table_4.entry[upper_slot] = PageFormat::make_table(physical(boot_table_3));
  write_cr3(physical(boot_table_4).value);
}

/// Returns null, or what is wrong, as a phrase.
const char* take_answers() {
  const char* const problem = limine::decode(limine_requests, limine_facts, boot_memory(),
                                             layout::image_start, image_size(), boot_info);
  if (problem != nullptr) return problem;
  return limine::reserve_loaders_tables(boot_table_3.entry[image_slot], boot_memory(), boot_info);
}

extern "C" [[noreturn]] void limine_boot() {
  limine_facts = read_facts();
  begin();
  if (limine_facts.hhdm_offset == 0) nucleus::panic("the Limine loader did not tell where its direct map is");
  if (limine_facts.physical_base == 0) nucleus::panic("the Limine loader did not tell where the image is");
  leave_loaders_tables(limine_facts);
  if (const char* const problem = take_answers(); problem != nullptr) nucleus::panic(problem);
  enter_core(boot_info);
}

}  // namespace
}  // namespace arch::x86_64
