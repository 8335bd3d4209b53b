// SPDX-License-Identifier: ISC
#pragma once

// Memory for devices, behind nucleus.h.

#include <nucleus/address.h>
#include <nucleus/result.h>

#include <cstdint>

namespace nucleus {

/// A zeroed block of at least `size` bytes. Errors: invalid_argument (none, or more than
/// NUCLEUS_MAX_DMA_SIZE), out_of_memory. Context: a thread's kernel stack, no lock held.
Result<Frame> allocate_dma(std::uint64_t size);

/// Errors: invalid_argument (no such block starts there; nothing happens). Context: as above.
Result<> free_dma(VirtAddr at);

}  // namespace nucleus
