// SPDX-License-Identifier: ISC
#pragma once

// The local APIC of the running CPU, through its memory page or, where the CPU has x2APIC, through MSRs.
// Spec: [x86/sdm "Advanced Programmable Interrupt Controller (APIC)"]

#include <cstdint>

namespace arch::x86_64 {

class LocalApic {
 public:
  /// `registers`: the mapped page; null: x2APIC mode.
  constexpr explicit LocalApic(volatile std::uint32_t* registers) : registers_{registers} {}

  /// Turns this CPU's unit on, its own interrupt sources masked.
  void enable();
  std::uint32_t id() const;
  /// Whether messages reach a CPU of this id: the old mode has 8 bits for it.
  bool can_address(std::uint32_t apic_id) const { return registers_ == nullptr || apic_id < 0xff; }
  void acknowledge() const { write(end_of_interrupt, 0); }

  /// The timer, counting down once at the full rate.
  void set_timer_vector(std::uint8_t vector, bool by_tsc_deadline) const;
  void start_timer(std::uint32_t count) const { write(timer_initial, count); }
  std::uint32_t timer_count() const { return read(timer_current); }

  // To other CPUs, by APIC id.
  void send_interrupt(std::uint32_t to, std::uint8_t vector) const;
  void send_nmi_to_others() const;
  void send_init(std::uint32_t to) const;
  /// The CPU starts in real mode at page * 4096.
  void send_startup(std::uint32_t to, std::uint8_t page) const;

 private:
  // Byte offsets in the page; in x2APIC mode register n is MSR 0x800 + n / 16.
  static constexpr unsigned id_register = 0x20;
  static constexpr unsigned task_priority = 0x80;
  static constexpr unsigned end_of_interrupt = 0xb0;
  static constexpr unsigned spurious = 0xf0;
  static constexpr unsigned command_low = 0x300;
  static constexpr unsigned command_high = 0x310;
  static constexpr unsigned timer_entry = 0x320;
  static constexpr unsigned lint0_entry = 0x350;
  static constexpr unsigned lint1_entry = 0x360;
  static constexpr unsigned error_entry = 0x370;
  static constexpr unsigned timer_initial = 0x380;
  static constexpr unsigned timer_current = 0x390;
  static constexpr unsigned timer_divide = 0x3e0;

  std::uint32_t read(unsigned offset) const;
  void write(unsigned offset, std::uint32_t value) const;
  void command(std::uint32_t to, std::uint32_t low) const;

  volatile std::uint32_t* registers_;
};

}  // namespace arch::x86_64
