// SPDX-License-Identifier: ISC
#pragma once

// The frame that a signal handler stands on: what was interrupted, as Linux tells it, on the program's stack.
// It is plain program memory: everything read back from it is untrusted. Building is pure but for writing to
// that stack.

#include "signal_table.h"

#include <syscall/abi/common.h>

#include <nucleus/result.h>

#include <arch/context.h>
#include <arch/signal_context.h>
#include <arch/trap.h>

#include <cstdint>

namespace nucleus {

/// Whether the floating-point registers are part of what was interrupted (a trap), or dead by the calling
/// convention (a call).
enum class FloatingPoint : bool { dead, live };

/// Lies at the bottom of the handler's stack; the floating-point state, aligned as it needs, above it.
struct SignalFrame {
  static constexpr std::uint64_t right_magic = 0x454d'4152'464c'474eULL;

  std::uint64_t magic;
  std::uint64_t fp_state;  // its address; 0: none was saved
  abi::SignalInformation information;
  arch::SignalContext context;
};

/// What is to be delivered, decoded.
struct SignalDelivery {
  int signal = 0;
  SignalDisposition disposition;
  abi::SignalInformation information{};
  std::uint64_t mask_after = 0;     // what the handler's return restores
  std::uint64_t fault_address = 0;  // of a fault
  std::uint64_t fault_code = 0;
};

/// Where the frame goes for a thread interrupted at `sp`.
struct SignalFramePlace {
  std::uintptr_t frame = 0;
  std::uintptr_t fp_state = 0;
  std::uintptr_t top = 0;  // first byte above
};
SignalFramePlace place_signal_frame(std::uintptr_t sp, const SignalState& state,
                                    const SignalDisposition& disposition, FloatingPoint floating_point);

/// True if `sp` lies in the alternate stack of `state`.
bool on_alternate_stack(const SignalState& state, std::uintptr_t sp);

/// Writes the frame and makes `frame` enter the handler. Errors: bad_address (no room on that stack); then
/// nothing changed. Context: kernel stack of the interrupted thread; the floating-point registers hold its
/// state.
Result<> build_signal_frame(arch::TrapFrame& frame, const SignalState& state, const SignalDelivery& delivery,
                            FloatingPoint floating_point);

/// Reads the frame at `program_sp` back into `frame`, and the floating-point registers; returns the mask.
/// Errors: bad_address, malformed.
Result<std::uint64_t> restore_signal_frame(arch::TrapFrame& frame, std::uintptr_t program_sp);

}  // namespace nucleus
