// SPDX-License-Identifier: ISC

#include "gic_v3.h"

#include <nucleus/panic.h>

#include <arch/aarch64/port_cpu.h>
#include <arch/aarch64/registers.h>

namespace arch::aarch64 {
namespace {

using nucleus::platform::Mmio32;

// Spec: [arm/gic "The GIC Redistributor register map"]
constexpr std::uint32_t redistributor_type_low = 0x008;
constexpr std::uint32_t redistributor_type_high = 0x00c;
constexpr std::uint32_t redistributor_waker = 0x014;
constexpr std::size_t private_lines_page = 0x10000;
constexpr std::size_t redistributor_size = 0x20000;
constexpr std::size_t redistributor_size_with_lpi = 0x40000;

constexpr std::uint32_t type_last = 1u << 4;
constexpr std::uint32_t type_virtual_lpis = 1u << 1;
constexpr std::uint32_t waker_processor_sleep = 1u << 1;
constexpr std::uint32_t waker_children_asleep = 1u << 2;

constexpr std::uint32_t control_enable_group_1 = 1u << 1;
constexpr std::uint32_t control_affinity_routing = 1u << 4;
constexpr std::uint32_t control_write_pending = 1u << 31;

/// Aff3.Aff2.Aff1.Aff0, as GICR_TYPER has it, from an MPIDR.
std::uint32_t packed_affinity(std::uint64_t mpidr) {
  return static_cast<std::uint32_t>((mpidr >> 8 & 0xff00'0000) | (mpidr & 0xff'ffff));
}

}  // namespace

void GicV3::init_distributor() {
  distributor_.write(gicd::control, 0);
  while ((distributor_.read(gicd::control) & control_write_pending) != 0) {
  }
  gicd::reset_lines(distributor_, first_shared_line, gicd::line_count(distributor_), ~0u);
  distributor_.write(gicd::control, control_affinity_routing | control_enable_group_1);
}

std::uintptr_t GicV3::find_redistributor(std::uint64_t affinity) const {
  for (std::size_t at = 0; at + redistributor_size <= redistributors_at_.size;) {
    const Mmio32 registers{redistributors_ + at};
    const std::uint32_t type = registers.read(redistributor_type_low);
    if (registers.read(redistributor_type_high) == packed_affinity(affinity)) return registers.base;
    if ((type & type_last) != 0) break;
    at += (type & type_virtual_lpis) != 0 ? redistributor_size_with_lpi : redistributor_size;
  }
  nucleus::panic("the interrupt controller has no redistributor for this CPU");
}

LpiTables& GicV3::make_lpis() {
  (void)lpis_.create();  // without, no CPU takes them
  return lpis_;
}

void GicV3::init_this_cpu() {
  PortCpu& self = port_cpu();
  self.redistributor = find_redistributor(self.affinity);
  self.redistributor_at = (redistributors_at_.start + (self.redistributor - redistributors_)).value;
  const Mmio32 redistributor{self.redistributor};
  self.redistributor_number = redistributor.read(redistributor_type_low) >> 8 & 0xffff;
  redistributor.write(redistributor_waker, redistributor.read(redistributor_waker) & ~waker_processor_sleep);
  while ((redistributor.read(redistributor_waker) & waker_children_asleep) != 0) {
  }
  const Mmio32 private_lines{self.redistributor + private_lines_page};
  gicd::reset_lines(private_lines, 0, first_shared_line, ~0u);
  private_lines.write(gicd::set_enable, 0xffff);

  self.takes_lpis = lpis_.attach(self.redistributor).ok();

  write_icc_sre(read_icc_sre() | 1);
  instruction_barrier();
  write_icc_pmr(gicd::lowest_priority_mask);
  write_icc_igrpen1(1);
  instruction_barrier();
}

Mmio32 GicV3::registers_of(std::uint32_t line) const {
  return line < first_shared_line ? Mmio32{port_cpu().redistributor + private_lines_page} : distributor_;
}

/// A shared line goes to the CPU that unmasks it.
void GicV3::unmask(std::uint32_t line) {
  if (line >= first_shared_line) {
    const std::uint64_t route = port_cpu().affinity;
    distributor_.write(gicd::routes + line * 8, static_cast<std::uint32_t>(route));
    distributor_.write(gicd::routes + line * 8 + 4, static_cast<std::uint32_t>(route >> 32));
  }
  gicd::set_line(registers_of(line), gicd::set_enable, line);
}

void GicV3::mask(std::uint32_t line) {
  gicd::set_line(registers_of(line), gicd::clear_enable, line);
}

std::uint32_t GicV3::acknowledge() {
  const auto line = static_cast<std::uint32_t>(read_icc_iar1());
  data_barrier();
  return line;
}

void GicV3::complete(std::uint32_t acknowledged) {
  write_icc_eoir1(acknowledged);
  instruction_barrier();
}

/// Spec: [arm/gic "ICC_SGI1R_EL1"]
void GicV3::send_software_interrupt(std::uint32_t line, unsigned cpu_index) {
  const PortCpu* target = port_cpu(cpu_index);
  if (target == nullptr) return;
  const std::uint64_t affinity = target->affinity;
  const std::uint64_t level_0 = affinity & 0xff;
  const std::uint64_t value = (affinity >> 32 & 0xff) << 48 | (level_0 >> 4) << 44 |
                              (affinity >> 16 & 0xff) << 32 | std::uint64_t{line} << 24 |
                              (affinity >> 8 & 0xff) << 16 | std::uint64_t{1} << (level_0 & 15);
  asm volatile("dsb ishst" : : : "memory");  // what the interrupt is about must be visible first
  write_icc_sgi1r(value);
  instruction_barrier();
}

}  // namespace arch::aarch64
