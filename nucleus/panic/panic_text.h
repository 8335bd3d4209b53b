// SPDX-License-Identifier: ISC
#pragma once

// The last words: text that goes straight out, as alert frames or plain, without locks and without memory.

#include <nucleus/log.h>

#include <cstdint>
#include <string_view>

namespace nucleus {

class Backtrace;

/// Makes this CPU the only one that runs and speaks. False if this CPU is panicking already: then say as
/// little as possible. Another CPU that panics at the same time is stopped here.
bool begin_panic();

/// One line, without its newline.
void panic_line(std::string_view text);
template <typename... Arguments>
void panic_line(std::string_view text, const Arguments&... arguments) {
  char line[200];
  panic_line(format(line, text, arguments...));
}

/// "  NAME+OFFSET" of an address in code, demangled. `is_return`: the call is before it.
void panic_place(std::string_view prefix, std::uint64_t address, bool is_return);

/// The lines of a Backtrace go through this.
void panic_backtrace_line(void* context, const struct BacktraceLine& line);

/// Ends the machine with status 70.
[[noreturn]] void end_panic();

}  // namespace nucleus
