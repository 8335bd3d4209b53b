// SPDX-License-Identifier: ISC
#pragma once

// The page tables that the kernel is entered on: its image at its link address, and memory in the direct map.

#include <nucleus/address.h>

#include <cstdint>

namespace loader {

class PageTables {
 public:
  PageTables();

  nucleus::PhysAddr root() const { return root_; }

  /// Maps whole pages, in 2 MiB pages where that fits. Mapping a page again changes nothing.
  void map(nucleus::VirtAddr at, nucleus::PhysAddr from, std::uint64_t size, nucleus::Access access);

 private:
  void map_one(nucleus::VirtAddr at, nucleus::PhysAddr from, unsigned level, nucleus::Access access);

  nucleus::PhysAddr root_;
};

}  // namespace loader
