// SPDX-License-Identifier: ISC
#pragma once

// The numbers that CPUs tag a space's translations with, where they can (address-space identifiers), so that
// those of several spaces can be remembered at once. They are given out in order; when none is left a new
// generation begins, and each CPU forgets everything before it uses a number of it.

#include <atomic>
#include <cstdint>

namespace nucleus {

/// This CPU's tag for a space that keeps its number in `number`. Context: interrupts off.
unsigned space_tag(std::atomic<std::uint64_t>& number);

}  // namespace nucleus
