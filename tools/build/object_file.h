// SPDX-License-Identifier: ISC
#pragma once

// ELF64 little-endian files, as far as building needs them: what a file is, and of object files the symbols
// and relocations. Everything is checked against the file's bounds: the input may be damaged or hostile.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace bactrian {

enum class ObjectType : uint16_t { relocatable = 1, executable = 2, shared = 3 };

/// The e_machine values that concern us.
enum class ObjectMachine : uint16_t { x86_64 = 62, aarch64 = 183, riscv = 243 };

struct ObjectSymbol {
  std::string_view name;
  bool defined = false;
  bool weak = false;
};

/// One relocation that was asked for, with the section that holds it.
struct ObjectRelocation {
  uint32_t type = 0;
  std::string_view section;  ///< the section that is patched: ".text"
  std::string_view symbol;   ///< what it refers to; empty for a section
};

/// A view of a file in memory; the bytes must outlive it.
class ObjectFile {
 public:
  /// Errors: not ELF, not 64-bit little-endian, or tables or sections that lie outside the file (cut off).
  static Result<ObjectFile> parse(std::string_view bytes);

  ObjectType type() const { return type_; }
  uint16_t machine() const { return machine_; }

  /// The content of the first section of this name; empty when there is none.
  std::string_view section(std::string_view name) const;
  bool has_section(std::string_view name) const;

  /// Global and weak symbols, defined and undefined.
  std::vector<ObjectSymbol> global_symbols() const;

  /// All relocations of allocated sections (debug information is left out).
  std::vector<ObjectRelocation> relocations() const;

 private:
  struct Section {
    std::string_view name, content;
    uint32_t type = 0, link = 0, info = 0;
    uint64_t flags = 0;
  };
  Result<void> read_sections(std::string_view bytes);
  Result<void> check_segments(std::string_view bytes) const;
  const Section* at(uint32_t index) const { return index < sections_.size() ? &sections_[index] : nullptr; }
  std::string_view string_at(uint32_t table, uint64_t offset) const;

  ObjectType type_{};
  uint16_t machine_ = 0;
  std::vector<Section> sections_;
};

/// Whether the bytes start as an ELF file does.
bool looks_like_elf(std::string_view bytes);

}  // namespace bactrian
