// SPDX-License-Identifier: ISC
#pragma once

// The descriptors that long mode still needs: code and data segments, the task state segment with its
// interrupt stacks, and interrupt gates. Pure: also compiled into the host tests.  Spec: [x86/sdm
// "Protected-Mode Memory Management"]

#include <array>
#include <cstddef>
#include <cstdint>

namespace arch::x86_64 {

// Selectors: the place of each descriptor in the table below.
inline constexpr std::uint16_t kernel_code_selector = 0x08;
inline constexpr std::uint16_t kernel_data_selector = 0x10;
inline constexpr std::uint16_t tss_selector = 0x18;  // two entries

/// Present, long-mode code, privilege 0. Base and limit do not matter in long mode; accessed is set
/// beforehand, so that the table may be read-only.
inline constexpr std::uint64_t kernel_code_descriptor = 0x00af'9b00'0000'ffff;
/// Present, writable data, privilege 0.
inline constexpr std::uint64_t kernel_data_descriptor = 0x00cf'9300'0000'ffff;

/// The task state segment: in long mode only a list of stacks.
struct [[gnu::packed]] TaskState {
  std::uint32_t reserved0 = 0;
  std::uint64_t privilege_stack[3] = {};
  std::uint64_t reserved1 = 0;
  std::uint64_t interrupt_stack[7] = {};  // IST 1 is element 0
  std::uint64_t reserved2 = 0;
  std::uint16_t reserved3 = 0;
  std::uint16_t io_map_base = sizeof(TaskState);  // beyond the limit: no I/O permission map
};
static_assert(sizeof(TaskState) == 104);
static_assert(offsetof(TaskState, interrupt_stack) == 36);

/// The two words of an available 64-bit TSS descriptor for a TaskState at `address`.
constexpr std::array<std::uint64_t, 2> tss_descriptor(std::uint64_t address) {
  constexpr std::uint64_t limit = sizeof(TaskState) - 1;
  constexpr std::uint64_t present_available_tss = 0x89;
  return {limit | (address & 0xff'ffff) << 16 | present_available_tss << 40 | (address >> 24 & 0xff) << 56,
          address >> 32};
}

/// Global descriptor table of one CPU.
struct DescriptorTable {
  std::uint64_t null = 0;
  std::uint64_t kernel_code = kernel_code_descriptor;
  std::uint64_t kernel_data = kernel_data_descriptor;
  std::array<std::uint64_t, 2> tss{};
  std::uint64_t user_data = 0, user_code = 0;  // present where there are processes
};
static_assert(offsetof(DescriptorTable, kernel_code) == kernel_code_selector);
static_assert(offsetof(DescriptorTable, kernel_data) == kernel_data_selector);
static_assert(offsetof(DescriptorTable, tss) == tss_selector);

/// An interrupt gate: enters `handler` with interrupts off on interrupt stack `stack` (1..7).
struct Gate {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  /// `of_users`: ring 3 may come here by an instruction for it, as int3.
  static constexpr Gate interrupt(std::uint64_t handler, unsigned stack, bool of_users = false) {
    const std::uint64_t present_interrupt_gate = of_users ? 0xee : 0x8e;
    return {(handler & 0xffff) | std::uint64_t{kernel_code_selector} << 16 | std::uint64_t{stack} << 32 |
                present_interrupt_gate << 40 | (handler >> 16 & 0xffff) << 48,
            handler >> 32};
  }
};
static_assert(sizeof(Gate) == 16);

/// The operand of lgdt and lidt.
struct [[gnu::packed]] TablePointer {
  std::uint16_t limit = 0;
  std::uint64_t base = 0;
};
static_assert(sizeof(TablePointer) == 10);

}  // namespace arch::x86_64
