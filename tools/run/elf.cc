// SPDX-License-Identifier: ISC
#include "run/elf.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <tuple>

namespace bactrian {

namespace {

constexpr uint32_t note_pvh_entry = 18;  // XEN_ELFNOTE_PHYS32_ENTRY  [xen/elfnote.h]

/// A T at `offset`, or nothing when the file ends before.
template <typename T>
std::optional<T> at(std::string_view bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return {};
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// `size` bytes at `offset`, or nothing when the file ends before.
std::optional<std::string_view> range(std::string_view bytes, uint64_t offset, uint64_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return {};
  return bytes.substr(offset, size);
}

std::optional<Arch> arch_of(uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return Arch::x86_64;
    case EM_AARCH64:
      return Arch::aarch64;
    case EM_RISCV:
      return Arch::riscv64;
    default:
      return {};
  }
}

Error corrupt(const fs::path& path, const std::string& reason) {
  return Error{.message = "not a usable image: " + reason,
               .where = path,
               .remedy = "build it again with `bactrian build`"};
}

}  // namespace

bool ElfFile::looks_like_one(const fs::path& path) {
  char magic[SELFMAG] = {};
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return false;
  std::ifstream(path, std::ios::binary).read(magic, sizeof magic);
  return std::memcmp(magic, ELFMAG, SELFMAG) == 0;
}

Result<ElfFile> ElfFile::open(const fs::path& path) {
  ElfFile elf;
  TRY(elf.read(path));
  return elf;
}

Result<void> ElfFile::read(const fs::path& path) {
  content_ = std::make_shared<std::string>(TRY(read_file(path)));
  const std::string_view bytes = *content_;
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  if (!header) return corrupt(path, "it is cut off within its header");
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return corrupt(path, "it is not an ELF file");
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
    return corrupt(path, "it is not a 64-bit little-endian ELF file");
  if (header->e_type != ET_EXEC && header->e_type != ET_DYN) return corrupt(path, "it is not an executable");
  const auto arch = arch_of(header->e_machine);
  if (!arch) return corrupt(path, "it is for another kind of processor");
  arch_ = *arch;
  entry_ = header->e_entry;
  for (unsigned i = 0; i < header->e_phnum; i++) {
    const auto segment = at<Elf64_Phdr>(bytes, header->e_phoff + uint64_t{i} * sizeof(Elf64_Phdr));
    if (!segment) return corrupt(path, "it is cut off within its program headers");
    const auto content = range(bytes, segment->p_offset, segment->p_filesz);
    if (!content) return corrupt(path, "it is cut off: a segment lies beyond its end");
    if (segment->p_type == PT_NOTE) read_notes(*content);
    if (segment->p_type != PT_LOAD) continue;
    if (segment->p_memsz < segment->p_filesz || segment->p_paddr + segment->p_memsz < segment->p_paddr)
      return corrupt(path, "a segment has an impossible size");
    segments_.push_back(
        {segment->p_vaddr, segment->p_paddr, segment->p_memsz, (segment->p_flags & PF_X) != 0, *content});
  }
  if (segments_.empty()) return corrupt(path, "it has nothing to load");
  return {};
}

void ElfFile::read_notes(std::string_view notes) {
  const auto padded = [](uint64_t size) { return (size + 3) & ~uint64_t{3}; };
  while (const auto note = at<Elf64_Nhdr>(notes, 0)) {
    const uint64_t name_at = sizeof(Elf64_Nhdr), content_at = name_at + padded(note->n_namesz);
    const auto name = range(notes, name_at, note->n_namesz);
    const auto content = range(notes, content_at, note->n_descsz);
    if (!name || !content) return;
    if (note->n_type == note_pvh_entry && name->starts_with("Xen")) pvh_entry_ = at<uint32_t>(*content, 0);
    const uint64_t size = content_at + padded(note->n_descsz);
    if (size > notes.size()) return;
    notes.remove_prefix(size);
  }
}

/// Calls `visit(symbol, name)` for each named symbol of the symbol table; a broken table has none.
template <typename Visit>
void ElfFile::each_symbol(Visit visit) const {
  const std::string_view bytes = *content_;
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  const auto section = [&](uint64_t index) {
    return index < header->e_shnum ? at<Elf64_Shdr>(bytes, header->e_shoff + index * sizeof(Elf64_Shdr))
                                   : std::nullopt;
  };
  for (unsigned i = 0; i < header->e_shnum; i++) {
    const auto table = section(i);
    if (!table || table->sh_type != SHT_SYMTAB) continue;
    const auto strings_section = section(table->sh_link);
    if (!strings_section) return;
    const auto symbols = range(bytes, table->sh_offset, table->sh_size);
    const auto strings = range(bytes, strings_section->sh_offset, strings_section->sh_size);
    if (!symbols || !strings) return;
    for (uint64_t offset = 0; const auto symbol = at<Elf64_Sym>(*symbols, offset);
         offset += sizeof(Elf64_Sym)) {
      if (symbol->st_name == 0 || symbol->st_name >= strings->size() || symbol->st_shndx == SHN_UNDEF)
        continue;
      const std::string_view rest = strings->substr(symbol->st_name);
      visit(*symbol, rest.substr(0, rest.find('\0')));
    }
  }
}

std::vector<ElfSymbol> ElfFile::functions() const {
  const auto in_code = [this](uint64_t address) {
    return std::any_of(segments_.begin(), segments_.end(), [&](const ElfSegment& segment) {
      return segment.executable && address - segment.virtual_address < segment.memory_size;
    });
  };
  std::vector<ElfSymbol> result;
  each_symbol([&](const Elf64_Sym& symbol, std::string_view name) {
    // Assembly labels without a type name code too; those with '$' or '.L' are the assemblers' own.
    const auto type = ELF64_ST_TYPE(symbol.st_info);
    const bool label = type == STT_NOTYPE && !name.starts_with(".L") && !name.starts_with("$");
    if ((type == STT_FUNC || label) && in_code(symbol.st_value))
      result.push_back({.address = symbol.st_value, .label = label, .name = std::string(name)});
  });
  std::sort(result.begin(), result.end(), [](const ElfSymbol& a, const ElfSymbol& b) {
    return std::tie(a.address, a.label, a.name) < std::tie(b.address, b.label, b.name);
  });
  // Of several names of one address the first suffices for a backtrace.
  const auto same = [](const ElfSymbol& a, const ElfSymbol& b) { return a.address == b.address; };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

bool ElfFile::has_symbol(std::string_view wanted) const {
  bool found = false;
  each_symbol([&](const Elf64_Sym&, std::string_view name) { found = found || name == wanted; });
  return found;
}

Result<std::string> flatten(const ElfFile& elf) {
  uint64_t start = UINT64_MAX, end = 0;
  for (const auto& segment : elf.segments()) {
    if (segment.content.empty()) continue;
    start = std::min(start, segment.physical_address);
    end = std::max(end, segment.physical_address + segment.content.size());
  }
  // Segments lie together; far more room than content means nonsense addresses.
  if (start >= end || end - start > (1ULL << 30))
    return Error{.message = "the image's segments do not lie together in memory"};
  std::string flat(end - start, '\0');
  for (const auto& segment : elf.segments())
    if (!segment.content.empty())
      std::memcpy(flat.data() + (segment.physical_address - start), segment.content.data(),
                  segment.content.size());
  return flat;
}

}  // namespace bactrian
