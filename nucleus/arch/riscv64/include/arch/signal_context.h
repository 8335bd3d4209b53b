// SPDX-License-Identifier: ISC
#pragma once

// Linux' ucontext_t on RISC-V, as a signal handler's third argument.  Spec: [linux/uapi "asm/sigcontext.h,
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
    std::uint64_t registers[32];  // the program counter, then x1 to x31
    std::uint64_t fp_state[66];   // the widest of Linux' union of states; kept elsewhere, zero here
  } machine{};

  void save(const TrapFrame& frame);
  /// The global pointer and the thread pointer stay: they belong to the image and to the thread.
  void restore(TrapFrame& frame) const;

  void set_signal_mask(std::uint64_t value) { mask = value; }
  std::uint64_t signal_mask() const { return mask; }
  void set_fault(std::uint64_t, std::uint64_t) {}
  void set_fp(void*) {}
};
static_assert(offsetof(SignalContext, mask) == 40);
static_assert(offsetof(SignalContext, machine) == 176);

}  // namespace arch
