// SPDX-License-Identifier: ISC

#include "port.h"

#include "machine.h"
#include "page_tables.h"

#include <cstring>

namespace loader {
namespace {

/// What cross_over reads; it lies where both page tables reach it at the same address.
struct [[gnu::packed]] Transition {
  std::uint64_t root;
  std::uint64_t entry;
  std::uint64_t stack_top;
  std::uint16_t gdt_limit;
  std::uint64_t gdt;
  std::byte padding[6];
  std::uint64_t descriptors[7];
};

/// The protocol's descriptors: null, then code and data of 16, 32 and 64 bits.
constexpr std::uint64_t descriptors[7] = {
    0,
    0x0000'9b00'0000'ffff,
    0x0000'9300'0000'ffff,
    0x00cf'9b00'0000'ffff,
    0x00cf'9300'0000'ffff,
    0x00af'9b00'0000'ffff,
    0x00af'9300'0000'ffff,
};

extern "C" const std::byte cross_over[];
extern "C" const std::byte cross_over_end[];

std::byte* transition_page;

}  // namespace

void prepare_to_enter() {
  // Some firmware executes nothing in pages for data.
  transition_page =
      reinterpret_cast<std::byte*>(allocate_pages(1, nucleus::page_size, efi::MemoryType::loader_code).value);
}

void map_own(PageTables& tables) {
  const auto at = reinterpret_cast<std::uint64_t>(transition_page);
  // Its first bytes are data; they are not written any more.
  tables.map({at}, {at}, nucleus::page_size, {.read = true, .write = false, .execute = true});
}

std::uint64_t extra_leaf_bits() {
  return 0;
}

void enter_kernel(const KernelEntry& kernel) {
  auto* const transition = reinterpret_cast<Transition*>(transition_page);
  std::byte* const code = transition_page + sizeof(Transition);
  *transition = {kernel.page_table_root.value,
                 kernel.entry,
                 kernel.stack_top,
                 sizeof descriptors - 1,
                 reinterpret_cast<std::uint64_t>(transition->descriptors) + hhdm_offset,
                 {},
                 {}};
  std::memcpy(transition->descriptors, descriptors, sizeof descriptors);
  std::memcpy(code, cross_over, static_cast<std::size_t>(cross_over_end - cross_over));
  reinterpret_cast<void (*)(Transition*)>(code)(transition);
  for (;;) continue;
}

}  // namespace loader
