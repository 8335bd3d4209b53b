// SPDX-License-Identifier: ISC

// The boot story of a PVH loader, from the first C++ instruction to the core.

#include <boot/common/memory_ranges.h>
#include "start_info.h"

#include <nucleus/boot_info.h>
#include <nucleus/memory_layout.h>
#include <nucleus/panic.h>

#include <arch/x86_64/early.h>

namespace nucleus::pvh {
namespace {

BootInfo boot_info;

extern "C" [[noreturn]] void pvh_boot(std::uint32_t start_info) {
  arch::x86_64::begin();
  if (const char* problem = decode({start_info}, arch::x86_64::boot_memory(), boot_info)) panic(problem);
  boot_info.image = {{layout::image_start - layout::image_base}, arch::x86_64::image_size()};
  NUCLEUS_CHECK(add_reserved(boot_info, boot_info.image).ok());
  arch::x86_64::enter_core(boot_info);
}

}  // namespace
}  // namespace nucleus::pvh
