// SPDX-License-Identifier: ISC
#pragma once

// Lists of resources, as _CRS, _PRS and _SRS have them. Decoders and one encoder, pure.
// Spec: [acpi "Resource Data Types for ACPI"]

#include "value.h"

#include <nucleus.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace nucleus::aml {

/// A range of addresses, of ports or of bus numbers.
struct AddressRange {
  enum class Kind : std::uint8_t { memory, ports, buses };
  Kind kind = Kind::memory;
  bool produced = false;  // passed on to what is behind the device; else its own
  bool prefetchable = false;
  std::uint64_t first = 0;
  std::uint64_t size = 0;         // never 0, and first + size does not wrap
  std::uint64_t translation = 0;  // to be added, for the CPU's address
};

/// Interrupt lines of which the device uses one or may use one.
struct InterruptChoice {
  static constexpr unsigned most = 16;
  bool isa = false;         // numbers of the old PC's lines
  std::uint32_t flags = 0;  // nucleus_line_flags
  std::uint32_t count = 0;
  std::array<std::uint32_t, most> lines{};  // further ones are left out
  std::uint8_t raw_flags = 0;               // as the descriptor has them

  std::span<const std::uint32_t> all() const { return std::span{lines}.first(count); }
};

/// Something in a list of resources.
struct Resource {
  enum class Kind : std::uint8_t { other, range, interrupts };
  Kind kind = Kind::other;
  AddressRange range;
  InterruptChoice interrupts;
};

/// Reads a list, one descriptor after another.
class ResourceReader {
 public:
  explicit ResourceReader(Bytes list) : rest_{list} {}

  /// Nothing: the list is at its end, or what follows is no descriptor; `malformed` tells.
  std::optional<Resource> next();
  bool malformed() const { return malformed_; }

 private:
  Bytes rest_;
  bool malformed_ = false;
};

/// The first descriptor of interrupts in a list.
std::optional<InterruptChoice> find_interrupts(Bytes list);

/// A list that chooses `line` of `choice`: for _SRS.
struct ChosenInterrupt {
  std::array<std::byte, 16> bytes{};
  std::size_t size = 0;
};
ChosenInterrupt choose(const InterruptChoice& choice, std::uint32_t line);

}  // namespace nucleus::aml
