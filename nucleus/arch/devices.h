// SPDX-License-Identifier: ISC
#pragma once

// Interrupts of devices: what each port supplies (contract.h), declared once for all of them.

#include <nucleus/result.h>

#include <cstdint>

namespace arch {

/// How a device says on a line that it wants attention.
struct LineForm {
  bool level = true;  // else by an edge
  bool active_low = false;
};

/// A line that a device raises by writing `data` to `address`.
struct MessageLine {
  unsigned line = 0;
  std::uint64_t address = 0;
  std::uint32_t data = 0;
};

bool start_line(unsigned line, LineForm form);
void unmask_line(unsigned line);
/// `device`: the requester id with which it speaks on PCI.
nucleus::Result<MessageLine> allocate_message(std::uint32_t device);

}  // namespace arch
