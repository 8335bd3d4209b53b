// SPDX-License-Identifier: ISC

// The loader's story: read the configuration and the files, answer the kernel's requests, take the machine
// over from the firmware, enter the kernel.

#include "answers.h"
#include "config.h"
#include "files.h"
#include "kernel.h"
#include "machine.h"
#include "memory_map.h"
#include "page_tables.h"
#include "port.h"
#include "relocate.h"

#include <array>

namespace loader {
namespace {

using nucleus::PhysAddr;
using nucleus::limine::MemoryKind;

constexpr std::string_view config_path = "/limine/limine.conf";
constexpr std::size_t max_files = 1 + Entry::max_modules;
constexpr std::size_t max_map_entries = 1024;  // of firmware's
constexpr std::size_t stack_size = 64 << 10;

/// Firmware's memory map, in room that was taken beforehand: taking room changes the map.
struct FirmwareMap {
  std::span<std::byte> raw;
  std::span<Range> ranges;
  std::size_t count = 0;
  efi::Size key = 0;
};

FirmwareMap make_room_for_map() {
  constexpr std::size_t raw_size = max_map_entries * 64;  // firmware's entries may be longer than ours
  return {{allocate<std::byte>(raw_size), raw_size}, {allocate<Range>(max_map_entries), max_map_entries}};
}

bool get_map(FirmwareMap& map) {
  efi::Size size = map.raw.size(), step = 0;
  std::uint32_t version = 0;
  if (firmware().boot->get_memory_map(&size, map.raw.data(), &map.key, &step, &version) != efi::success ||
      step < sizeof(efi::MemoryDescriptor))
    return false;
  map.count = 0;
  for (efi::Size at = 0; at + step <= size && map.count < map.ranges.size(); at += step) {
    efi::MemoryDescriptor entry;
    __builtin_memcpy(&entry, map.raw.data() + at, sizeof entry);
    map.ranges[map.count++] = {entry.physical_start, entry.page_count * nucleus::page_size,
                               kind_of(entry.type)};
  }
  return true;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Entry choose_entry() {
  Entry entry;
  const ConfigProblem problem = read_config(as_text(read_file(config_path)), entry);
  if (problem.text == nullptr) return entry;
  if (problem.line == 0) fail({config_path, ": ", problem.text});
  fail({config_path, ", line ", decimal(problem.line), ": ", problem.text});
}

/// The kernel's image and all files: what usable memory must not be said to be.
struct Claims {
  std::array<Range, max_files + 2> ranges{};
  std::size_t count = 0;
  void add(std::uint64_t start, std::uint64_t size, MemoryKind kind) {
    if (size > 0) ranges[count++] = {start, size, kind};
  }
  std::span<const Range> all() const { return std::span{ranges}.first(count); }
};

Claims claim(const Kernel& kernel, std::span<const LoadedFile> files) {
  Claims claims;
  claims.add(kernel.at().value, kernel.executable().size, MemoryKind::executable_and_modules);
  for (const LoadedFile& file : files) {
    claims.add(reinterpret_cast<std::uint64_t>(file.content.data()),
               nucleus::align_up(file.content.size() + 1, nucleus::page_size),
               MemoryKind::executable_and_modules);
  }
  const Range screen = framebuffer_memory();
  claims.add(screen.start, screen.size, screen.kind);
  return claims;
}

PageTables make_page_tables(const Kernel& kernel, FirmwareMap& map) {
  PageTables tables;
  const Executable& executable = kernel.executable();
  for (unsigned i = 0; i < executable.segment_count; ++i) {
    const Segment& segment = executable.segments[i];
    tables.map({segment.address}, kernel.at() + (segment.address - executable.start), segment.memory_size,
               {.read = true, .write = segment.writable, .execute = segment.executable});
  }
  map_own(tables);
  if (!get_map(map)) fail({"the firmware's memory map cannot be read"});
  for (const Range& range : map.ranges.first(map.count)) {
    if (in_direct_map(range.kind)) {
      tables.map({range.start + hhdm_offset}, {range.start}, range.size, nucleus::access_read_write);
    }
  }
  return tables;
}

/// From here on nothing may be allocated or said.
void end_boot_services(FirmwareMap& map) {
  // Firmware may change its map while it ends, and then refuses the old one.
  for (unsigned tries = 0; tries < 8; ++tries) {
    if (get_map(map) && firmware().boot->exit_boot_services(own_image(), map.key) == efi::success) return;
  }
  fail({"the firmware does not let go of the machine"});
}

[[noreturn]] void boot() {
  const Entry entry = choose_entry();
  say({"loading ", entry.title});
  prepare_to_enter();

  std::array<LoadedFile, max_files> files;
  std::size_t file_count = 0;
  files[file_count++] = {read_file(entry.kernel), entry.kernel, entry.command_line};
  const Kernel kernel = Kernel::load(entry.kernel, files[0].content);
  kernel.agree_on_revision();
  for (unsigned i = 0; i < entry.module_count; ++i) {
    const Entry::Module& module = entry.modules[i];
    files[file_count++] = {read_file(module.path), module.path, module.command_line};
  }
  const auto loaded = std::span<const LoadedFile>{files}.first(file_count);

  KernelEntry kernel_entry{.image = kernel.at(), .image_size = kernel.executable().size};
  kernel_entry.entry = answer_requests(kernel, loaded);
  kernel_entry.stack_top = allocate_pages(stack_size / nucleus::page_size).value + stack_size + hhdm_offset;
  const Claims claims = claim(kernel, loaded);
  const MemoryMapAnswer answer = prepare_memory_map(kernel, 2 * max_map_entries);
  FirmwareMap map = make_room_for_map();
  const std::size_t edge_count = 2 * (max_map_entries + claims.count) + 2;
  const std::span<std::uint64_t> edges{allocate<std::uint64_t>(edge_count), edge_count};
  kernel_entry.page_table_root = make_page_tables(kernel, map).root();

  end_boot_services(map);
  finish_memory_map(answer,
                    make_memory_map(map.ranges.first(map.count), claims.all(), edges, answer.entries));
  enter_kernel(kernel_entry);
}

}  // namespace
}  // namespace loader

/// Where the firmware enters.
extern "C" EFI_CALL efi::Status loader_main(efi::Handle image, efi::SystemTable* system) {
  loader::relocate_self();
  loader::start(image, system);
  loader::boot();
}
