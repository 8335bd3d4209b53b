// SPDX-License-Identifier: ISC
#pragma once

// Interrupts of devices of the simulated machine. Tests raise them by calling upcall_interrupt().

#include <nucleus/result.h>

#include <cstdint>

namespace arch {

/// A line that a device raises by writing `data` to `address`.
struct MessageLine {
  unsigned line = 0;
  std::uint64_t address = 0;
  std::uint32_t data = 0;
};

void start_line(unsigned line);
void unmask_line(unsigned line);
nucleus::Result<MessageLine> allocate_message();
/// How often a line was unmasked.
unsigned unmask_count(unsigned line);

}  // namespace arch
