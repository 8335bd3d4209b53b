// SPDX-License-Identifier: ISC

#include <arch/signal_context.h>

#include <cstring>

namespace arch {

static_assert(offsetof(TrapFrame, pc) == 0 && offsetof(TrapFrame, status) == sizeof(std::uint64_t) * 32);

void SignalContext::save(const TrapFrame& frame) {
  std::memcpy(machine.registers, &frame, sizeof machine.registers);
}

void SignalContext::restore(TrapFrame& frame) const {
  const std::uint64_t gp = frame.gp, tp = frame.tp;
  std::memcpy(static_cast<void*>(&frame), machine.registers, sizeof machine.registers);
  frame.gp = gp;
  frame.tp = tp;
}

}  // namespace arch
