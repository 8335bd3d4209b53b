// SPDX-License-Identifier: ISC
#pragma once

// Reads what we need of an ELF file: kind of machine, segments, notes, symbols. Nothing in the file is
// trusted: every offset is checked, and a file that does not hold together is an error with its reason.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/build.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

struct ElfSegment {
  uint64_t virtual_address = 0, physical_address = 0;
  uint64_t memory_size = 0;
  bool executable = false;
  std::string_view content;  ///< what the file holds of it
};

struct ElfSymbol {
  uint64_t address = 0;
  bool label = false;  ///< a bare assembly label: no symbol type
  std::string name;
};

class ElfFile {
 public:
  /// Whether the file starts as an ELF file does. False for what cannot be read.
  static bool looks_like_one(const fs::path& path);

  /// Errors: cannot be read; not a 64-bit little-endian executable; cut off; of an unknown architecture.
  static Result<ElfFile> open(const fs::path& path);

  Arch arch() const { return arch_; }
  uint64_t entry() const { return entry_; }
  /// The loadable segments in the file's order.
  const std::vector<ElfSegment>& segments() const { return segments_; }
  /// The physical entry of the PVH boot protocol, where the file has that note.
  std::optional<uint32_t> pvh_entry() const { return pvh_entry_; }
  /// Names of code by ascending address, one an address; empty in a stripped file.
  std::vector<ElfSymbol> functions() const;
  bool has_symbol(std::string_view name) const;
  bool holds(std::string_view bytes) const { return content_->find(bytes) != std::string::npos; }

 private:
  ElfFile() = default;
  Result<void> read(const fs::path& path);
  void read_notes(std::string_view notes);
  template <typename Visit>
  void each_symbol(Visit visit) const;

  std::shared_ptr<std::string> content_;  ///< shared: the views into it stay valid when we move
  Arch arch_ = Arch::x86_64;
  uint64_t entry_ = 0;
  std::vector<ElfSegment> segments_;
  std::optional<uint32_t> pvh_entry_;
};

/// The bytes that the segments make in memory from the lowest physical address on: what a loader of flat
/// images (the Linux Image form) takes.
Result<std::string> flatten(const ElfFile& elf);

}  // namespace bactrian
