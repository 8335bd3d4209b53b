// SPDX-License-Identifier: ISC
#pragma once

// Linux' ucontext_t on x86_64, as a signal handler's third argument.  Spec: [linux/uapi "asm/sigcontext.h,
// asm/ucontext.h"]

#include <arch/trap.h>

#include <cstddef>
#include <cstdint>

namespace arch {

/// The System V ABI lets a leaf function use this much below its stack pointer.
inline constexpr std::size_t red_zone_size = 128;

struct SignalContext {
  std::uint64_t flags = 0;
  std::uint64_t link = 0;
  struct {
    std::uint64_t base = 0;
    std::uint32_t flags = 0;
    std::uint32_t padding = 0;
    std::uint64_t size = 0;
  } stack;
  struct {
    std::uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
    std::uint64_t rflags, selectors, error_code, trap_number, old_mask, fault_address;
    std::uint64_t fp_state;
    std::uint64_t reserved[8];
  } machine{};
  std::uint64_t mask = 0;
  std::uint64_t mask_rest[15] = {};  // the libc's sigset_t has 1,024 bits

  void save(const TrapFrame& frame);
  /// Only what a program may set: the selectors stay, and of the flags the arithmetic ones, direction and
  /// alignment check.
  void restore(TrapFrame& frame) const;

  void set_signal_mask(std::uint64_t value) { mask = value; }
  std::uint64_t signal_mask() const { return mask; }
  void set_fault(std::uint64_t address, std::uint64_t raw_code) {
    machine.fault_address = address;
    machine.error_code = raw_code;
  }
  void set_fp(void* state) { machine.fp_state = reinterpret_cast<std::uintptr_t>(state); }
};
static_assert(offsetof(SignalContext, machine) == 40);
static_assert(offsetof(SignalContext, mask) == 40 + 23 * 8 + 8 + 64);

}  // namespace arch
