// SPDX-License-Identifier: ISC

#include <arch/signal_context.h>

namespace arch {
namespace {
constexpr std::uint64_t condition_flags = std::uint64_t{0xf} << 28;
}

void SignalContext::save(const TrapFrame& frame) {
  for (unsigned i = 0; i < 31; ++i) machine.x[i] = frame.x[i];
  machine.sp = frame.sp;
  machine.pc = frame.pc;
  machine.pstate = frame.pstate;
}

void SignalContext::restore(TrapFrame& frame) const {
  for (unsigned i = 0; i < 31; ++i) frame.x[i] = machine.x[i];
  frame.sp = machine.sp;
  frame.pc = machine.pc;
  frame.pstate = (frame.pstate & ~condition_flags) | (machine.pstate & condition_flags);
}

}  // namespace arch
