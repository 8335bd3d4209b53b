// SPDX-License-Identifier: ISC
#pragma once

// Interrupts of devices: the GIC's shared lines, some of which a GICv2m raises for messages.

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

}  // namespace arch
