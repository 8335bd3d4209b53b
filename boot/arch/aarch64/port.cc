// SPDX-License-Identifier: ISC

#include "port.h"

#include "machine.h"

namespace loader {
namespace {

struct Transition {
  std::uint64_t root, entry, stack_top, mair, tcr, sctlr;
};

constexpr std::uint64_t write_back = 0xff;      // an attribute of MAIR_EL1
constexpr std::uint64_t own_attributes = 0xff;  // write-back memory as number 0, devices as the others
constexpr std::uint64_t sctlr_at_entry = 0x30d0'0800 | 0x1005 | 0x18;  // reserved ones; I, C, M; SA, SA0

// TCR_EL1's fields for the upper half: 48 bits, 4 KiB granules, walks in inner-shareable write-back memory.
constexpr std::uint64_t tcr_upper_mask = 0xffff'0000 & ~(std::uint64_t{1} << 22);  // A1 stays
constexpr std::uint64_t tcr_upper = (16u << 16) | (1u << 24) | (1u << 26) | (3u << 28) | (2u << 30);
constexpr std::uint64_t tcr_lower_alone = 16 | (1u << 7);  // EPD0: there is no lower half
constexpr unsigned tcr_physical_size_shift = 32;

extern "C" [[noreturn]] void cross_over(const Transition*);

bool at_el2() {
  std::uint64_t level;
  asm("mrs %0, CurrentEL" : "=r"(level));
  return level == 2 << 2;
}

/// At EL1 the firmware's own tables stay in use for a while, and so must the meaning of their attributes.
std::uint64_t attributes() {
  if (at_el2()) return own_attributes;
  std::uint64_t value;
  asm volatile("mrs %0, mair_el1" : "=r"(value));
  return value;
}

std::uint64_t translation_control() {
  std::uint64_t value, features;
  asm("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
  const std::uint64_t size = (features & 15) < 5 ? features & 15 : 5;
  if (at_el2()) return tcr_upper | tcr_lower_alone | size << tcr_physical_size_shift;
  asm volatile("mrs %0, tcr_el1" : "=r"(value));
  return (value & ~tcr_upper_mask) | tcr_upper;
}

/// The image was written as data and is going to be fetched as code.
void publish_code(nucleus::PhysAddr start, std::uint64_t size) {
  std::uint64_t cache_type;
  asm("mrs %0, ctr_el0" : "=r"(cache_type));
  const std::uint64_t line = 4u << (cache_type >> 16 & 15);
  for (std::uint64_t at = start.value; at < start.value + size; at += line)
    asm volatile("dc civac, %0" : : "r"(at));
  asm volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" : : : "memory");
}

}  // namespace

void prepare_to_enter() {
  extra_leaf_bits();
}

void map_own(PageTables&) {}

std::uint64_t extra_leaf_bits() {
  const std::uint64_t value = attributes();
  for (std::uint64_t index = 0; index < 8; ++index) {
    if ((value >> (8 * index) & 0xff) == write_back) return index << PageFormat::attribute_shift;
  }
  fail({"the firmware has no write-back memory type"});
}

void enter_kernel(const KernelEntry& kernel) {
  const Transition transition{kernel.page_table_root.value, kernel.entry,  kernel.stack_top, attributes(),
                              translation_control(),        sctlr_at_entry};
  publish_code(kernel.image, kernel.image_size);
  cross_over(&transition);
}

}  // namespace loader
