// SPDX-License-Identifier: ISC
#pragma once

// Printing the state of a frame, for all kinds of panic.

#include <cstdint>

namespace arch {
struct TrapFrame;
}

namespace nucleus {

void print_registers(const arch::TrapFrame& frame);

/// Calls that led to interrupted program code.
void print_program_backtrace(const arch::TrapFrame& frame);
/// Calls that led to interrupted code of the nucleus.
void print_nucleus_backtrace(const arch::TrapFrame& frame);
/// Calls that led here.
void print_own_backtrace(std::uint64_t frame_pointer);

/// The id and the name of the current thread, and the CPU.
void print_thread();

}  // namespace nucleus
