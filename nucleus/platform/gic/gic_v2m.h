// SPDX-License-Identifier: ISC
#pragma once

// GICv2m: a page to which devices write the number of a shared line to raise it.  Spec: [arm/gic-v2m]

#include <nucleus/boot_info.h>
#include <nucleus/result.h>

#include <platform/mmio.h>

#include <arch/devices.h>

#include <atomic>

namespace arch::aarch64 {

class GicV2m {
 public:
  constexpr GicV2m() = default;
  /// Maps the frame's page, and learns which lines it raises. Without a frame it has none.
  void attach(nucleus::PhysRange frame);
  /// The next line. Errors: not_supported (there is no frame), too_many.
  nucleus::Result<MessageLine> allocate();

 private:
  nucleus::PhysAddr frame_{};
  std::uint32_t first_line_ = 0;
  std::uint32_t line_count_ = 0;
  std::atomic<std::uint32_t> used_{0};
};

}  // namespace arch::aarch64
