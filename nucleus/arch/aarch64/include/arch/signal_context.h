// SPDX-License-Identifier: ISC
#pragma once

// Linux' ucontext_t on AArch64, as a signal handler's third argument.  Spec: [linux/uapi "asm/sigcontext.h,
// asm/ucontext.h"]

#include <arch/trap.h>

#include <cstddef>
#include <cstdint>

namespace arch {

inline constexpr std::size_t red_zone_size = 0;

struct SignalContext {
  std::uint64_t flags = 0;
  std::uint64_t link = 0;
  struct {
    std::uint64_t base = 0;
    std::uint32_t flags = 0;
    std::uint32_t padding = 0;
    std::uint64_t size = 0;
  } stack;
  std::uint64_t mask = 0;
  std::uint64_t mask_rest[15] = {};  // the libc's sigset_t has 1,024 bits
  struct alignas(16) {
    std::uint64_t fault_address;
    std::uint64_t x[31];
    std::uint64_t sp, pc, pstate;
    alignas(16) std::uint64_t extensions_end[2];  // an empty list of extension records
  } machine{};

  void save(const TrapFrame& frame);
  /// Only what a program may set: of the state bits the arithmetic ones.
  void restore(TrapFrame& frame) const;

  void set_signal_mask(std::uint64_t value) { mask = value; }
  std::uint64_t signal_mask() const { return mask; }
  void set_fault(std::uint64_t address, std::uint64_t) { machine.fault_address = address; }
  void set_fp(void*) {}
};
static_assert(offsetof(SignalContext, mask) == 40);
static_assert(offsetof(SignalContext, machine) == 176);
static_assert(sizeof(SignalContext::machine) == 304);

}  // namespace arch
