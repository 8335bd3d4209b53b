// SPDX-License-Identifier: ISC
#pragma once

// Random numbers: a pool that hashes in whatever arrives, and a ChaCha20 generator keyed from it that rekeys
// itself after every request (so that a later look at memory does not tell earlier output).

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

/// Mixes `bytes` in, believing them to carry `entropy_bits`. Anything may be mixed; nothing is trusted alone.
/// Context: any; takes Rank::entropy.
void add_entropy(std::span<const std::uint8_t> bytes, unsigned entropy_bits);

/// Mixes the moment of an event in: cheap, for interrupts.
void add_timing_entropy();

/// Fills `bytes`. Never constant: timing and the hardware's generator are mixed in at each rekeying.
/// Context: any; takes Rank::entropy.
void random_bytes(std::span<std::uint8_t> bytes);

/// Whether 128 bits were believed to have come in; the boot log warns if not.
bool entropy_is_seeded();

}  // namespace nucleus
