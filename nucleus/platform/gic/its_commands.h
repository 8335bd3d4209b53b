// SPDX-License-Identifier: ISC
#pragma once

// The commands that an ITS takes, and its table registers. Pure: also compiled into the host tests.
// Spec: [arm/gic "ITS commands"], [arm/gic "The ITS register map"]

#include <nucleus/address.h>

#include <cstdint>

namespace arch::aarch64::its {

struct Command {
  std::uint64_t word[4] = {};
  bool operator==(const Command&) const = default;
};
static_assert(sizeof(Command) == 32);

inline constexpr std::uint64_t valid = std::uint64_t{1} << 63;

constexpr std::uint64_t high(std::uint32_t value) {
  return std::uint64_t{value} << 32;
}

/// Gives a device a table for 2^`event_bits` events, at a multiple of 256.
constexpr Command map_device(std::uint32_t device, nucleus::PhysAddr table, unsigned event_bits) {
  return {{0x08 | high(device), event_bits - 1u, valid | table.value, 0}};
}

/// Lets a collection of interrupts go to a redistributor, whose `target` is as target_of() has it.
constexpr Command map_collection(std::uint16_t collection, std::uint64_t target) {
  return {{0x09, 0, valid | target | collection, 0}};
}

/// Makes an event of a device the interrupt `line`, of a collection.
constexpr Command map_event(std::uint32_t device, std::uint32_t event, std::uint32_t line,
                            std::uint16_t collection) {
  return {{0x0a | high(device), event | high(line), collection, 0}};
}

/// Moves it to another collection.
constexpr Command move_event(std::uint32_t device, std::uint32_t event, std::uint16_t collection) {
  return {{0x01 | high(device), event, collection, 0}};
}

/// Makes the controller read anew whether the event's line is let through.
constexpr Command invalidate(std::uint32_t device, std::uint32_t event) {
  return {{0x0c | high(device), event, 0, 0}};
}

/// Done when all before it has reached the redistributor.
constexpr Command synchronize(std::uint64_t target) {
  return {{0x05, 0, target, 0}};
}

/// How commands name a redistributor: by its address if `by_address` (GITS_TYPER.PTA), else by its number.
constexpr std::uint64_t target_of(bool by_address, nucleus::PhysAddr redistributor, std::uint32_t number) {
  return by_address ? redistributor.value & 0x0007'ffff'ffff'0000 : std::uint64_t{number} << 16;
}

/// What firmware tells of an ITS itself: GITS_TYPER.
struct Type {
  bool physical = false;
  unsigned entry_size = 0;   // bytes of an event in a device's table
  unsigned event_bits = 0;   // of an event's number
  unsigned device_bits = 0;  // of a device's number
  bool targets_by_address = false;
};

constexpr Type decode_type(std::uint64_t value) {
  return {.physical = (value & 1) != 0,
          .entry_size = static_cast<unsigned>(value >> 4 & 15) + 1,
          .event_bits = static_cast<unsigned>(value >> 8 & 31) + 1,
          .device_bits = static_cast<unsigned>(value >> 13 & 31) + 1,
          .targets_by_address = (value >> 19 & 1) != 0};
}

/// A table register GITS_BASER<n>.
enum class TableKind : std::uint8_t { none = 0, devices = 1, collections = 4 };

constexpr TableKind kind_of_table(std::uint64_t base) {
  return static_cast<TableKind>(base >> 56 & 7);
}
constexpr unsigned entry_size_of_table(std::uint64_t base) {
  return static_cast<unsigned>(base >> 48 & 31) + 1;
}
/// Bytes of the pages that the table is made of.
constexpr std::uint64_t page_size_of_table(std::uint64_t base) {
  constexpr std::uint64_t sizes[] = {0x1000, 0x4000, 0x1'0000, 0x1'0000};
  return sizes[base >> 8 & 3];
}

/// Memory that all CPUs see through their caches: write-back, inner shareable.
inline constexpr std::uint64_t inner_write_back = std::uint64_t{7} << 59;
inline constexpr std::uint64_t inner_shareable = std::uint64_t{1} << 10;

/// The register for a flat table of `size` bytes (whole pages of `page_size`, 0x1000, 0x4000 or 0x10000).
constexpr std::uint64_t table_base(std::uint64_t old, nucleus::PhysAddr at, std::uint64_t size,
                                   std::uint64_t page_size) {
  constexpr std::uint64_t read_only = std::uint64_t{7} << 56 | std::uint64_t{31} << 48;
  const std::uint64_t page_code = page_size == 0x1000 ? 0 : page_size == 0x4000 ? 1 : 2;
  return valid | inner_write_back | (old & read_only) | at.value | inner_shareable | page_code << 8 |
         (size / page_size - 1);
}

/// GITS_CBASER, for a queue of `size` bytes (whole pages of 4 KiB).
constexpr std::uint64_t queue_base(nucleus::PhysAddr at, std::uint64_t size) {
  return valid | inner_write_back | at.value | inner_shareable | (size / 0x1000 - 1);
}

}  // namespace arch::aarch64::its
