// SPDX-License-Identifier: ISC
#pragma once

// The end of a program that faulted and has no handler for it: a panic that tells where, in the program's own
// names.

#include <nucleus/arch_upcalls.h>

namespace nucleus {

struct ProgramCrash {
  int signal = 0;
  const Fault* fault = nullptr;  // null: none
  bool mapped = false;           // the fault's address is mapped, but not so
  const char* what = nullptr;    // in place of the fault's own words
};

/// Prints what happened, registers and backtrace of `frame`, and ends the machine with status 70.
/// Context: kernel stack, interrupts off.
[[noreturn]] void crash_program(const arch::TrapFrame& frame, const ProgramCrash& crash);

}  // namespace nucleus
