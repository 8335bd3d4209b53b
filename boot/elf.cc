// SPDX-License-Identifier: ISC

#include "elf.h"

namespace loader {
namespace {

constexpr std::uint64_t page_size = 4096;
constexpr std::uint64_t max_alignment = std::uint64_t{1} << 30;

struct Header {
  std::uint8_t magic[4];
  std::uint8_t width, order, version, abi, padding[8];
  std::uint16_t type, machine;
  std::uint32_t file_version;
  std::uint64_t entry, program_headers, section_headers;
  std::uint32_t flags;
  std::uint16_t size, program_header_size, program_header_count;
  std::uint16_t section_header_size, section_header_count, section_names;
};
static_assert(sizeof(Header) == 64);

struct ProgramHeader {
  std::uint32_t type, flags;
  std::uint64_t offset, address, physical_address, file_size, memory_size, alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

constexpr std::uint32_t type_load = 1;
constexpr std::uint32_t flag_execute = 1;
constexpr std::uint32_t flag_write = 2;
constexpr std::uint16_t type_executable = 2;
constexpr std::uint8_t width_64 = 2;
constexpr std::uint8_t order_little = 1;

template <typename T>
bool read(std::span<const std::byte> file, std::uint64_t offset, T& into) {
  if (offset > file.size() || sizeof into > file.size() - offset) return false;
  __builtin_memcpy(&into, file.data() + offset, sizeof into);
  return true;
}

const char* check_header(const Header& header, std::uint16_t machine) {
  const std::uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};
  if (__builtin_memcmp(header.magic, magic, sizeof magic) != 0) return "it is no ELF file";
  if (header.width != width_64 || header.order != order_little)
    return "it is no 64-bit little-endian ELF file";
  if (header.machine != machine) return "it is for another kind of processor";
  if (header.type != type_executable) return "it is no executable of a fixed address";
  if (header.program_header_count == 0) return "it has nothing to load";
  if (header.program_header_size != sizeof(ProgramHeader)) return "its program headers have a strange size";
  return nullptr;
}

const char* check_segment(const ProgramHeader& segment, std::uint64_t file_size) {
  if (segment.offset > file_size || segment.file_size > file_size - segment.offset)
    return "it is cut off: a segment lies beyond its end";
  if (segment.file_size > segment.memory_size) return "a segment is larger in the file than in memory";
  if (segment.address < Executable::lowest_address || segment.memory_size > -segment.address - page_size)
    return "a segment does not lie in the last 2 GiB of addresses";
  if ((segment.alignment & (segment.alignment - 1)) != 0 || segment.alignment > max_alignment)
    return "a segment has an impossible alignment";
  if ((segment.flags & (flag_write | flag_execute)) == (flag_write | flag_execute))
    return "a segment is both writable and executable";
  return nullptr;
}

}  // namespace

const char* parse_elf(std::span<const std::byte> file, std::uint16_t machine, Executable& executable) {
  executable = {};
  Header header;
  if (!read(file, 0, header)) return "it is cut off within its header";
  if (const char* problem = check_header(header, machine)) return problem;

  std::uint64_t end = 0;
  executable.alignment = page_size;
  for (unsigned i = 0; i < header.program_header_count; ++i) {
    ProgramHeader segment;
    const std::uint64_t at = header.program_headers + std::uint64_t{i} * sizeof segment;
    if (at < header.program_headers || !read(file, at, segment))
      return "it is cut off within its program headers";
    if (segment.type != type_load || segment.memory_size == 0) continue;
    if (const char* problem = check_segment(segment, file.size())) return problem;
    if (executable.segment_count == executable.segments.size()) return "it has too many segments";
    if (segment.address < end) return "its segments overlap or are not in ascending order";
    if (executable.segment_count != 0 && segment.address / page_size == (end - 1) / page_size)
      return "two segments share a page";
    if (executable.segment_count == 0) executable.start = segment.address & ~(page_size - 1);
    end = segment.address + segment.memory_size;
    if (segment.alignment > executable.alignment) executable.alignment = segment.alignment;
    executable.segments[executable.segment_count++] = {segment.offset,
                                                       segment.file_size,
                                                       segment.address,
                                                       segment.memory_size,
                                                       (segment.flags & flag_write) != 0,
                                                       (segment.flags & flag_execute) != 0};
  }
  if (executable.segment_count == 0) return "it has nothing to load";
  executable.size = ((end - executable.start) + page_size - 1) & ~(page_size - 1);
  executable.entry = header.entry;
  return nullptr;
}

}  // namespace loader
