// SPDX-License-Identifier: ISC

#include "memory_view.h"

#include <core/page_table.h>

#include <nucleus/image.h>
#include <nucleus/memory_layout.h>

#include <arch/mmu.h>
#include <arch/page_format.h>

#include <cstring>

namespace nucleus {
namespace {

class MachineMemory final : public MemoryView {
 public:
  bool word(std::uint64_t at, std::uint64_t& value) const override {
    if (at % sizeof value != 0 || at < layout::kernel_base.value) return false;
    Leaf leaf;
    const PageTable<arch::NativePageFormat> table{arch::page_table_root()};
    if (!table.find({at}, leaf) || !leaf.access.read) return false;
    // Device registers must not be read by chance.
    if (layout::device_window.contains({at})) return false;
    std::memcpy(&value, reinterpret_cast<const void*>(at), sizeof value);
    return true;
  }
  bool code(std::uint64_t at, std::uint8_t* bytes, std::size_t size) const override {
    if (!is_code(at) || !is_code(at + size - 1)) return false;
    std::memcpy(bytes, reinterpret_cast<const void*>(at), size);
    return true;
  }
  bool is_code(std::uint64_t at) const override {
    return at >= reinterpret_cast<std::uint64_t>(image_text_start) &&
           at < reinterpret_cast<std::uint64_t>(image_text_end);
  }
};

constinit MachineMemory the_memory;

}  // namespace

const MemoryView& machine_memory() {
  return the_memory;
}

}  // namespace nucleus
