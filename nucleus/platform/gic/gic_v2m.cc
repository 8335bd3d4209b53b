// SPDX-License-Identifier: ISC

#include "gic_v2m.h"

#include <nucleus/arch_upcalls.h>

#include <arch/aarch64/interrupt_controller.h>

namespace arch::aarch64 {
namespace {

constexpr std::uint32_t type = 0x008;
constexpr std::uint32_t set_line = 0x040;

}  // namespace

void GicV2m::attach(nucleus::PhysRange frame) {
  if (frame.size == 0) return;
  auto mapped = nucleus::map_device(frame.start, frame.size, nucleus::MemoryType::device);
  if (!mapped.ok()) return;
  const nucleus::platform::Mmio32 registers{static_cast<std::uintptr_t>(mapped.value().value)};
  const std::uint32_t lines = registers.read(type);
  const std::uint32_t first = lines >> 16 & 0x3ff;
  const std::uint32_t count = lines & 0x3ff;
  if (first < first_shared_line || first + count > none_pending) return;
  frame_ = frame.start;
  first_line_ = first;
  line_count_ = count;
}

nucleus::Result<MessageLine> GicV2m::allocate() {
  if (line_count_ == 0) return nucleus::Error::not_supported;
  const std::uint32_t index = used_.fetch_add(1, std::memory_order_relaxed);
  if (index >= line_count_) {
    used_.store(line_count_, std::memory_order_relaxed);
    return nucleus::Error::too_many;
  }
  const std::uint32_t line = first_line_ + index;
  // A message is a moment: the line must keep it.
  interrupt_controller().set_edge_triggered(line);
  return MessageLine{.line = line, .address = (frame_ + set_line).value, .data = line};
}

}  // namespace arch::aarch64
