// SPDX-License-Identifier: ISC
#pragma once

// Poison, in debug builds: memory that is given back is filled with a pattern, and looked at when it is given
// out again. Who wrote to it in between did so through a stale pointer or a stale translation.

#include <nucleus/address.h>

#include <cstddef>

namespace nucleus {

#ifdef NUCLEUS_DEBUG
/// Fills all of the frame but its first `kept` bytes, in which the allocator has links.
void poison_frame(Frame frame, std::size_t kept);
/// Panics if the frame is not as poison_frame left it.
void check_poison(Frame frame, std::size_t kept);
inline constexpr bool frames_are_poisoned = true;
#else
inline void poison_frame(Frame, std::size_t) {}
inline void check_poison(Frame, std::size_t) {}
inline constexpr bool frames_are_poisoned = false;
#endif

}  // namespace nucleus
