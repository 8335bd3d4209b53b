// SPDX-License-Identifier: ISC
#pragma once

// The orderly end of the machine: the report, the exit status for the host, power-off.

#include <link/frames.h>

#include <cstdint>

namespace nucleus {

/// `status` is the program's, or a signal's number. The first caller wins; others wait for the end.
/// Context: any but the catch stack; never returns.
[[noreturn]] void end_program(std::int32_t status, ExitReason reason);

}  // namespace nucleus
