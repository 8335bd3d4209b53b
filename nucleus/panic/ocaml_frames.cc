// SPDX-License-Identifier: ISC

#include "ocaml_frames.h"

namespace nucleus {
namespace {

constexpr std::uint16_t returns_to_c = 0xffff;
constexpr std::uint16_t has_debug = 1;
constexpr std::uint16_t has_allocations = 2;
constexpr std::uint16_t flags = 3;
constexpr std::uint64_t fixed_part = 12;  // return address, frame data, number of live values

std::uint64_t align(std::uint64_t at, std::uint64_t alignment) {
  return (at + alignment - 1) & ~(alignment - 1);
}

}  // namespace

bool OcamlFrameTables::byte(std::uint64_t at, std::uint8_t& value) const {
  std::uint64_t word = 0;
  if (!memory_.word(at & ~std::uint64_t{7}, word)) return false;
  value = static_cast<std::uint8_t>(word >> (at & 7) * 8);
  return true;
}

/// Goes through one table: a count, then descriptors of varying length. False if it makes no sense.
bool OcamlFrameTables::find_in(std::uint64_t table, std::uint64_t return_address, OcamlFrame& frame) const {
  std::uint64_t count = 0;
  if (!memory_.word(table, count) || count > (std::uint64_t{1} << 24)) return false;
  std::uint64_t at = table + 8;
  for (std::uint64_t i = 0; i < count; i++) {
    std::uint64_t address = 0;
    std::uint64_t data = 0;
    if (!memory_.word(at, address) || !memory_.word(at + 8, data) || !memory_.is_code(address)) return false;
    const auto frame_data = static_cast<std::uint16_t>(data);
    const auto live = static_cast<std::uint16_t>(data >> 16);
    if (address == return_address) {
      frame.found = true;
      frame.ends_chunk = frame_data == returns_to_c;
      frame.size = frame_data & static_cast<std::uint16_t>(~flags);
      return true;
    }
    at += fixed_part + 2u * live;
    if (frame_data != returns_to_c) {
      std::uint8_t allocations = 0;
      if (frame_data & has_allocations) {
        if (!byte(at, allocations)) return false;
        at += 1u + allocations;
      }
      if (frame_data & has_debug) {
        at = align(at, 4) + 4u * (frame_data & has_allocations ? allocations : 1u);
      }
    }
    at = align(at, 8);
  }
  return true;
}

OcamlFrame OcamlFrameTables::find(std::uint64_t return_address) const {
  OcamlFrame frame;
  if (list_ == 0 || !memory_.is_code(return_address)) return frame;
  std::uint64_t table = 0;
  for (std::uint64_t entry = list_; memory_.word(entry, table) && table != 0; entry += 8) {
    if (!find_in(table, return_address, frame) || frame.found) break;
  }
  return frame;
}

}  // namespace nucleus
