// SPDX-License-Identifier: ISC

#include "local_apic.h"

#include <arch/interrupts.h>
#include <arch/x86_64/instructions.h>
#include <arch/x86_64/vectors.h>

namespace arch::x86_64 {
namespace {

constexpr std::uint32_t masked = 1u << 16;
constexpr std::uint32_t unit_enabled = 1u << 8;
constexpr std::uint32_t deliver_nmi = 4u << 8;
constexpr std::uint32_t deliver_init = 5u << 8;
constexpr std::uint32_t deliver_startup = 6u << 8;
constexpr std::uint32_t delivery_pending = 1u << 12;
constexpr std::uint32_t assert_level = 1u << 14;
constexpr std::uint32_t all_but_self = 3u << 18;
constexpr std::uint32_t tsc_deadline_mode = 2u << 17;
constexpr std::uint32_t divide_by_one = 0b1011;

constexpr std::uint64_t base_enable = 1u << 11;
constexpr std::uint64_t base_x2apic = 1u << 10;

}  // namespace

std::uint32_t LocalApic::read(unsigned offset) const {
  if (registers_ != nullptr) return registers_[offset / 4];
  return static_cast<std::uint32_t>(read_msr(msr::x2apic_first + offset / 16));
}

void LocalApic::write(unsigned offset, std::uint32_t value) const {
  if (registers_ != nullptr) {
    registers_[offset / 4] = value;
  } else {
    write_msr(msr::x2apic_first + offset / 16, value);
  }
}

void LocalApic::enable() {
  const std::uint64_t mode = registers_ == nullptr ? base_enable | base_x2apic : base_enable;
  write_msr(msr::apic_base, read_msr(msr::apic_base) | mode);
  write(timer_entry, masked);
  write(lint0_entry, masked);
  write(lint1_entry, deliver_nmi);
  write(error_entry, masked);
  write(task_priority, 0);
  write(timer_divide, divide_by_one);
  write(spurious, unit_enabled | vector::spurious);
  acknowledge();  // whatever firmware left behind
}

std::uint32_t LocalApic::id() const {
  const std::uint32_t value = read(id_register);
  return registers_ != nullptr ? value >> 24 : value;
}

void LocalApic::set_timer_vector(std::uint8_t vector, bool by_tsc_deadline) const {
  write(timer_entry, vector | (by_tsc_deadline ? tsc_deadline_mode : 0));
  // The mode must be there before a deadline is; the one is a store, the other a write of a register.
  if (by_tsc_deadline) asm volatile("mfence" : : : "memory");
}

void LocalApic::command(std::uint32_t to, std::uint32_t low) const {
  if (registers_ == nullptr) {
    // Not a serialising write: earlier stores must be visible before the other CPU looks.
    asm volatile("mfence\n\tlfence" : : : "memory");
    write_msr(msr::x2apic_first + command_low / 16, std::uint64_t{to} << 32 | low);
    return;
  }
  // Two registers: an interrupt in between could send one too.
  const InterruptState state = save_and_disable_interrupts();
  while ((read(command_low) & delivery_pending) != 0) relax();
  write(command_high, to << 24);
  write(command_low, low);
  restore_interrupts(state);
}

void LocalApic::send_interrupt(std::uint32_t to, std::uint8_t vector) const {
  command(to, assert_level | vector);
}
void LocalApic::send_nmi_to_others() const {
  command(0, assert_level | deliver_nmi | all_but_self);
}
void LocalApic::send_init(std::uint32_t to) const {
  command(to, assert_level | deliver_init);
}
void LocalApic::send_startup(std::uint32_t to, std::uint8_t page) const {
  command(to, assert_level | deliver_startup | page);
}

}  // namespace arch::x86_64
