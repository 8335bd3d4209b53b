// SPDX-License-Identifier: ISC
#pragma once

// LPIs: the interrupts of a GICv3 that messages raise. Whether one is let through stands in a table in memory
// that all redistributors share; what is pending, in a table of each.
// Spec: [arm/gic "LPIs"]

#include <nucleus/address.h>
#include <nucleus/result.h>

#include <cstdint>

namespace arch::aarch64 {

inline constexpr std::uint32_t first_lpi = 8192;
inline constexpr unsigned lpi_number_bits = 14;  // the least that there may be: as many again as lines below
inline constexpr std::uint32_t lpi_count = (1u << lpi_number_bits) - first_lpi;

class LpiTables {
 public:
  constexpr LpiTables() = default;
  /// Makes the shared table. Errors: out_of_memory.
  nucleus::Result<> create();
  bool present() const { return configuration_ != nullptr; }

  /// Lets the redistributor at `registers` take LPIs. Errors: out_of_memory, not_supported (it takes none, or
  /// somebody has set it up for good).
  nucleus::Result<> attach(std::uintptr_t redistributor) const;

  /// The redistributors see it only when they are made to read it anew.
  void let_through(std::uint32_t line) const;

 private:
  std::uint8_t* configuration_ = nullptr;
};

/// Writes memory that a controller reads back from the caches: it may not look into them.
void clean_cache(const void* from, std::size_t size);

}  // namespace arch::aarch64
