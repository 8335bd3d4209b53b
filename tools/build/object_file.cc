// SPDX-License-Identifier: ISC
#include "build/object_file.h"

#include <elf.h>

#include <cstring>
#include <optional>

namespace bactrian {

namespace {

/// A structure at an offset, or nothing where it does not lie within the bytes.
template <typename T>
std::optional<T> structure_at(std::string_view bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return {};
  T result;
  std::memcpy(&result, bytes.data() + offset, sizeof result);
  return result;
}

/// Part of the bytes, or nothing where it does not lie within them.
std::optional<std::string_view> range(std::string_view bytes, uint64_t offset, uint64_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return {};
  return bytes.substr(offset, size);
}

/// The NUL-terminated text at an offset of a string table; empty where there is none.
std::string_view text_at(std::string_view table, uint64_t offset) {
  if (offset >= table.size()) return {};
  const std::string_view rest = table.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

Error cut_off(const char* what) {
  return Error{.message = std::string("the file is damaged: its ") + what + " lie beyond its end"};
}

/// Calls `visit` with each whole T in the bytes.
template <typename T, typename Visit>
void each(std::string_view bytes, Visit visit) {
  for (uint64_t offset = 0; bytes.size() - offset >= sizeof(T); offset += sizeof(T))
    visit(*structure_at<T>(bytes, offset));
}

}  // namespace

bool looks_like_elf(std::string_view bytes) {
  return bytes.starts_with(
      "\x7f"
      "ELF");
}

Result<ObjectFile> ObjectFile::parse(std::string_view bytes) {
  if (!looks_like_elf(bytes)) return Error{.message = "not an ELF file"};
  const auto header = structure_at<Elf64_Ehdr>(bytes, 0);
  if (!header) return cut_off("headers");
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
    return Error{.message = "not a 64-bit little-endian ELF file"};
  ObjectFile result;
  result.type_ = static_cast<ObjectType>(header->e_type);
  result.machine_ = header->e_machine;
  TRY(result.read_sections(bytes));
  TRY(result.check_segments(bytes));
  return result;
}

Result<void> ObjectFile::read_sections(std::string_view bytes) {
  const auto header = *structure_at<Elf64_Ehdr>(bytes, 0);
  if (header.e_shoff == 0) return {};
  const auto first = structure_at<Elf64_Shdr>(bytes, header.e_shoff);
  if (!first) return cut_off("section headers");
  // Past 0xff00 sections the counts move into the first header.
  const uint64_t count = header.e_shnum != 0 ? header.e_shnum : first->sh_size;
  const uint32_t names = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first->sh_link;
  if (count > bytes.size() / sizeof(Elf64_Shdr)) return cut_off("section headers");

  std::vector<uint32_t> name_offsets;
  for (uint64_t i = 0; i < count; i++) {
    const auto entry = structure_at<Elf64_Shdr>(bytes, header.e_shoff + i * sizeof(Elf64_Shdr));
    if (!entry) return cut_off("section headers");
    Section section{
        .type = entry->sh_type, .link = entry->sh_link, .info = entry->sh_info, .flags = entry->sh_flags};
    if (entry->sh_type != SHT_NOBITS && entry->sh_type != SHT_NULL) {
      const auto content = range(bytes, entry->sh_offset, entry->sh_size);
      if (!content) return cut_off("sections");
      section.content = *content;
    }
    sections_.push_back(section);
    name_offsets.push_back(entry->sh_name);
  }
  for (size_t i = 0; i < sections_.size(); i++) sections_[i].name = string_at(names, name_offsets[i]);
  return {};
}

Result<void> ObjectFile::check_segments(std::string_view bytes) const {
  const auto header = *structure_at<Elf64_Ehdr>(bytes, 0);
  for (uint64_t i = 0; i < header.e_phnum; i++) {
    const auto segment = structure_at<Elf64_Phdr>(bytes, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment) return cut_off("program headers");
    if (!range(bytes, segment->p_offset, segment->p_filesz)) return cut_off("segments");
  }
  return {};
}

std::string_view ObjectFile::string_at(uint32_t table, uint64_t offset) const {
  const Section* section = at(table);
  return section == nullptr ? std::string_view() : text_at(section->content, offset);
}

std::string_view ObjectFile::section(std::string_view name) const {
  for (const Section& section : sections_)
    if (section.name == name) return section.content;
  return {};
}

bool ObjectFile::has_section(std::string_view name) const {
  for (const Section& section : sections_)
    if (section.name == name) return true;
  return false;
}

std::vector<ObjectSymbol> ObjectFile::global_symbols() const {
  std::vector<ObjectSymbol> result;
  for (const Section& table : sections_) {
    if (table.type != SHT_SYMTAB) continue;
    each<Elf64_Sym>(table.content, [&](const Elf64_Sym& symbol) {
      const auto binding = ELF64_ST_BIND(symbol.st_info);
      if (binding != STB_GLOBAL && binding != STB_WEAK) return;
      result.push_back({.name = string_at(table.link, symbol.st_name),
                        .defined = symbol.st_shndx != SHN_UNDEF,
                        .weak = binding == STB_WEAK});
    });
  }
  return result;
}

std::vector<ObjectRelocation> ObjectFile::relocations() const {
  std::vector<ObjectRelocation> result;
  for (const Section& table : sections_) {
    const Section* patched = at(table.info);
    if (table.type != SHT_RELA || patched == nullptr || (patched->flags & SHF_ALLOC) == 0) continue;
    const Section* symbols = at(table.link);
    each<Elf64_Rela>(table.content, [&](const Elf64_Rela& entry) {
      std::string_view name;
      if (symbols != nullptr) {
        const auto symbol = structure_at<Elf64_Sym>(symbols->content,
                                                    uint64_t{ELF64_R_SYM(entry.r_info)} * sizeof(Elf64_Sym));
        if (symbol) name = string_at(symbols->link, symbol->st_name);
      }
      result.push_back({.type = static_cast<uint32_t>(ELF64_R_TYPE(entry.r_info)),
                        .section = patched->name,
                        .symbol = name});
    });
  }
  return result;
}

}  // namespace bactrian
