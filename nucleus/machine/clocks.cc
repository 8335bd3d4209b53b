// SPDX-License-Identifier: ISC

// The registers of real-time clocks, for programs.

#include "describe.h"
#include "on_kernel_stack.h"

#include <nucleus/arch_upcalls.h>

namespace nucleus {
namespace {

/// The index and data ports of a PC's.  Spec: [motorola/mc146818]
constexpr nucleus_range cmos_ports{.start = 0x70, .size = 2};

bool find(std::uint32_t index, nucleus_device_registers& registers) {
  const nucleus_machine* const machine = machine_description();
  if (machine == nullptr || index >= machine->clock_count) return false;
  const nucleus_clock& clock = machine->clocks[index];
  registers = {.model = clock.kind};
  if (clock.kind == NUCLEUS_CLOCK_CMOS) {
    registers.space = NUCLEUS_SPACE_PORTS;
    registers.stride = registers.width = 1;
    registers.base = cmos_ports.start;
    registers.size = cmos_ports.size;
    return true;
  }
  if (clock.registers.size == 0) return false;
  const auto mapped = map_device(PhysAddr{clock.registers.start}, clock.registers.size, MemoryType::device);
  if (!mapped.ok()) return false;
  registers.space = NUCLEUS_SPACE_MEMORY;
  registers.stride = registers.width = 4;
  registers.base = mapped.value().value;
  registers.size = clock.registers.size;
  return true;
}

}  // namespace
}  // namespace nucleus

int nucleus_clock_registers(uint32_t index, nucleus_device_registers* registers) {
  nucleus_device_registers found{};
  bool there = false;
  nucleus::on_kernel_stack([&] { there = nucleus::find(index, found); });
  if (!there) return -1;
  *registers = found;
  return 0;
}
