// SPDX-License-Identifier: ISC
#pragma once

// SymbolTable: the names of an image's functions, as the boot bundle has them: lines "HEXADDRESS NAME",
// sorted by address. The text is searched where it lies; whatever it holds, a lookup reads only it.

#include <cstdint>
#include <string_view>

namespace nucleus {

struct Symbol {
  std::string_view name;  // as the linker has it; empty: none found
  std::uint64_t start = 0;
  std::uint64_t offset = 0;  // of the address that was looked up
};

class SymbolTable {
 public:
  constexpr SymbolTable() = default;
  explicit constexpr SymbolTable(std::string_view lines) : lines_{lines} {}

  /// The last symbol that starts at or before `address`.
  Symbol find(std::uint64_t address) const;
  bool empty() const { return lines_.empty(); }

 private:
  std::string_view lines_;
};

/// The running image's.
void set_program_symbols(std::string_view lines);
const SymbolTable& program_symbols();

}  // namespace nucleus
