// SPDX-License-Identifier: ISC
#pragma once

// MemoryView: reading memory that may not be there, for backtraces. Never faults.

#include <cstddef>
#include <cstdint>

namespace nucleus {

class MemoryView {
 public:
  /// Reads one aligned word; false if `at` is not aligned or not mapped.
  virtual bool word(std::uint64_t at, std::uint64_t& value) const = 0;
  /// Reads bytes of the image's code; false if some lie outside of it.
  virtual bool code(std::uint64_t at, std::uint8_t* bytes, std::size_t size) const = 0;
  /// True for addresses in the image's code.
  virtual bool is_code(std::uint64_t at) const = 0;

 protected:
  ~MemoryView() = default;
};

/// This machine's memory, through its page table, without locks.
const MemoryView& machine_memory();

}  // namespace nucleus
