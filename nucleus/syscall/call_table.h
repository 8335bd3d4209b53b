// SPDX-License-Identifier: ISC
#pragma once

// The closed list of system calls that the nucleus serves, with their numbers. docs/system-calls.md is
// checked against it by a test.

#include "arguments.h"

#include <syscall/abi/common.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

/// Decodes, then performs. Returns the call's result, which is not negative except where the call says so.
using Handler = Result<long> (*)(const Arguments&);

/// What happens to a call that waits when a signal handler with SA_RESTART has run: begun again, or EINTR.
enum class Interrupted : std::uint8_t { never_restarts, restarts };

/// A call that an architecture does not have.
inline constexpr std::int16_t no_number = -1;

struct Call {
  const char* name;
  std::int16_t x86_64;   // its number there
  std::int16_t generic;  // on aarch64 and riscv64
  Handler handler;
  Interrupted interrupted = Interrupted::never_restarts;

  constexpr std::int16_t number(abi::CallNumbers column) const {
    return column == abi::CallNumbers::x86_64 ? x86_64 : generic;
  }
};

/// All calls, in the order of docs/system-calls.md.
std::span<const Call> call_table();

/// The call with this number on this architecture, or null.
const Call* find_call(long number);

/// The name of a call that is left out on purpose (processes, sockets, ...), or null.
const char* refused_call_name(long number);

}  // namespace nucleus
