// SPDX-License-Identifier: ISC

#include "kernel_pages.h"
#include "page_table.h"
#include "shootdown.h"
#include "window_sizes.h"

#include <nucleus/boot_info.h>
#include <nucleus/heap.h>
#include <nucleus/image.h>
#include <nucleus/kernel_mapping.h>
#include <nucleus/locked.h>
#include <nucleus/memory_layout.h>

#include <arch/mmu.h>
#include <arch/page_format.h>

#include <algorithm>
#include <bit>

namespace nucleus {

namespace {

using KernelPageTable = PageTable<arch::NativePageFormat>;

struct DeviceMapping {
  PhysAddr start{};
  std::uint64_t size = 0;
  MemoryType type = MemoryType::device;
  VirtAddr at{};
  DeviceMapping* next = nullptr;
};

struct KernelMapping {
  KernelPageTable table;
  VirtAddr next_device = layout::device_window.start;
  DeviceMapping* devices = nullptr;
};

constinit Locked<KernelMapping, Rank::kernel_mapping> the_mapping;
constinit PhysAddr the_root{};

/// Maps a page-aligned range with the largest leaves that fit.
Result<> map_range(KernelPageTable& table, VirtAddr at, PhysAddr from, std::uint64_t size, Access access,
                   MemoryType type) {
  for (std::uint64_t done = 0; done < size;) {
    const bool large = is_aligned((at + done).value, large_page_size) &&
                       is_aligned((from + done).value, large_page_size) && size - done >= large_page_size;
    TRY(table.map(at + done, Frame::containing(from + done), large ? 1 : 0, access, type));
    done += large ? large_page_size : page_size;
  }
  return {};
}

/// All memory but the image, which has its own mapping with fewer rights.
Result<> map_direct(KernelPageTable& table, const BootInfo& boot) {
  const std::uint64_t image_start = align_down(boot.image.start.value, page_size);
  const std::uint64_t image_end = align_up(boot.image.end().value, page_size);
  const auto map_part = [&](std::uint64_t start, std::uint64_t end) -> Result<> {
    if (start >= end) return {};
    return map_range(table, layout::direct({start}), {start}, end - start, access_read_write,
                     MemoryType::normal);
  };
  for (unsigned i = 0; i < boot.memory_count; ++i) {
    const std::uint64_t start = align_up(boot.memory[i].start.value, page_size);
    const std::uint64_t end =
        std::min(align_down(boot.memory[i].end().value, page_size), layout::direct_map_size);
    TRY(map_part(start, std::min(end, image_start)));
    TRY(map_part(std::max(start, image_end), end));
  }
  return {};
}

bool is_memory(const BootInfo& boot, PhysAddr page) {
  const auto begin = boot.memory.begin();
  return std::any_of(begin, begin + boot.memory_count, [&](const PhysRange& range) {
    return range.start <= page && page + page_size <= range.end();
  });
}

/// Some firmware takes the memory for itself in which the loader then puts the bundle.
Result<> map_bundle(KernelPageTable& table, const BootInfo& boot) {
  const std::uint64_t end = std::min(align_up(boot.bundle.end().value, page_size), layout::direct_map_size);
  for (PhysAddr page{align_down(boot.bundle.start.value, page_size)}; page.value < end;
       page = page + page_size) {
    if (!is_memory(boot, page))
      TRY(map_range(table, layout::direct(page), page, page_size, access_read, MemoryType::normal));
  }
  return {};
}

Result<> map_image_part(KernelPageTable& table, const BootInfo& boot, const char* start, const char* end,
                        Access access) {
  const std::uint64_t first = align_down(VirtAddr::of(start).value, page_size);
  const std::uint64_t last = align_up(VirtAddr::of(end).value, page_size);
  const PhysAddr from = boot.image.start + (VirtAddr{first} - VirtAddr::of(image_start_address));
  return map_range(table, {first}, from, last - first, access, MemoryType::normal);
}

Result<> map_image(KernelPageTable& table, const BootInfo& boot) {
  TRY(map_image_part(table, boot, image_text_start, image_text_end, access_read_execute));
  TRY(map_image_part(table, boot, image_rodata_start, image_rodata_end, access_read));
  TRY(map_image_part(table, boot, image_data_start, image_boot_stack_guard, access_read_write));
  return map_image_part(table, boot, image_boot_stack_guard + page_size, image_data_end, access_read_write);
}

/// Every top-level slot of the kernel's half that will ever be used, so that address spaces can copy them
/// once.
Result<> fill_top_level(KernelPageTable& table) {
  constexpr unsigned top = arch::NativePageFormat::levels() - 1;
  TRY(table.fill_slots(layout::device_window.start, device_window_in_use, top));
  TRY(table.fill_slots(layout::stack_window.start, stack_window_in_use, top));
  return table.fill_slots(layout::program_window.start, program_window_in_use().size, top);
}

Result<> map_console(KernelPageTable& table, const BootInfo& boot) {
  if (boot.console.size == 0) return {};
  return table.map(layout::console_page, Frame::containing(boot.console.start), 0, access_read_write,
                   MemoryType::device);
}

Result<KernelPageTable> build(const BootInfo& boot) {
  KernelPageTable table = TRY(KernelPageTable::create());
  TRY(map_direct(table, boot));
  TRY(map_bundle(table, boot));
  TRY(map_image(table, boot));
  TRY(map_console(table, boot));
  TRY(fill_top_level(table));
  return table;
}

Result<VirtAddr> add_device(KernelMapping& mapping, PhysAddr start, std::uint64_t size, MemoryType type) {
  const VirtAddr end = layout::device_window.start + device_window_in_use;
  if (size > end - mapping.next_device) return Error::out_of_memory;
  auto entry = TRY(make_owned<DeviceMapping>(start, size, type, mapping.next_device, mapping.devices));
  const Access access = type == MemoryType::normal ? access_read : access_read_write;
  TRY(map_range(mapping.table, entry->at, start, size, access, type));
  arch::publish_page_table();
  mapping.next_device = entry->at + size;
  mapping.devices = entry.release();
  return mapping.devices->at;
}

}  // namespace

void init_kernel_mapping(const BootInfo& boot) {
  Result<KernelPageTable> table = build(boot);
  if (!table) panic("no memory for the page table");
  the_root = table.value().root();
  the_mapping.with([&](KernelMapping& mapping) { mapping.table = table.value(); });
  arch::set_page_table_root(the_root);
}

PhysAddr kernel_page_table_root() {
  return the_root;
}

Result<> map_kernel_block(VirtAddr at, Frame block, std::size_t pages) {
  return the_mapping.with([&](KernelMapping& mapping) -> Result<> {
    TRY(map_range(mapping.table, at, block.address(), pages * page_size, access_read_write,
                  MemoryType::normal));
    arch::publish_page_table();
    return {};
  });
}

Frame unmap_kernel_block(VirtAddr at, std::size_t pages) {
  struct Sink {
    VirtAddr start{};
    Frame block{};
    Frame empty_table{};
    bool leaf(VirtAddr here, const Leaf& leaf) {
      if (here == start) block = leaf.frame;
      return true;
    }
    void table(Frame frame) { empty_table = frame; }
  } sink{.start = at};
  // Nothing is split, since blocks are taken away as they came; so this needs no memory.
  the_mapping.with(
      [&](KernelMapping& mapping) { NUCLEUS_CHECK(mapping.table.unmap(at, pages * page_size, sink).ok()); });
  flush_everywhere(at, pages);
  if (sink.empty_table != Frame{}) release_table(sink.empty_table);
  return sink.block;
}

Result<VirtAddr> map_device(PhysAddr at, std::size_t size, MemoryType type) {
  const PhysAddr start{align_down(at.value, page_size)};
  const std::uint64_t span = align_up((at + size).value, page_size) - start.value;
  return the_mapping.with([&](KernelMapping& mapping) -> Result<VirtAddr> {
    for (const DeviceMapping* device = mapping.devices; device; device = device->next) {
      if (device->type == type && device->start <= start && start + span <= device->start + device->size)
        return device->at + (at - device->start);
    }
    return TRY(add_device(mapping, start, span, type)) + (at - start);
  });
}

Result<VirtAddr> allocate_port_page() {
  return allocate_port_pages(1);
}

Result<VirtAddr> allocate_port_pages(unsigned pages) {
  const auto order = static_cast<unsigned>(std::countr_zero(pages));
  return VirtAddr::of(frame_memory(TRY(allocate_kernel_frames(order, FrameUse::kernel, Zeroed::yes))));
}

}  // namespace nucleus
