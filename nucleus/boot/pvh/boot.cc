// SPDX-License-Identifier: ISC

// The boot story of a PVH loader, from the first C++ instruction to the core.

#include <boot/common/memory_ranges.h>
#include <boot/common/physical_reader.h>
#include "start_info.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/boot_info.h>
#include <nucleus/image.h>
#include <nucleus/memory_layout.h>
#include <nucleus/panic.h>

#include <arch/x86_64/early.h>

namespace nucleus::pvh {
namespace {

constexpr std::uint64_t boot_mapped_size = std::uint64_t{4} << 30;  // by entry.S

BootInfo boot_info;

const std::byte* map(void*, PhysAddr at, std::size_t size) {
  if (at.value >= boot_mapped_size || size > boot_mapped_size - at.value) return nullptr;
  return layout::direct(at).as<const std::byte>();
}

/// Devices too: caches do not matter to the few readings that are taken this way.
volatile std::uint32_t* map_device_early(PhysAddr at, std::size_t) {
  return layout::direct(at).as<volatile std::uint32_t>();
}

PhysRange image_range() {
  const VirtAddr start = VirtAddr::of(image_start_address);
  return {{start - layout::image_base},
          align_up(VirtAddr::of(image_data_end).value, page_size) - start.value};
}

extern "C" [[noreturn]] void pvh_boot(std::uint32_t start_info) {
  arch::x86_64::begin();

  const PhysicalReader memory{map, nullptr};
  if (const char* problem = decode({start_info}, memory, boot_info)) panic(problem);
  boot_info.direct_mapped = {{0}, boot_mapped_size};
  boot_info.image = image_range();
  NUCLEUS_CHECK(add_reserved(boot_info, boot_info.image).ok());

  arch::x86_64::read_firmware(memory, boot_info);
  arch::x86_64::start_clocks(map_device_early);
  upcall_boot(boot_info);
}

}  // namespace
}  // namespace nucleus::pvh
