// SPDX-License-Identifier: ISC
#pragma once

// The ChaCha20 block function.  Spec: [rfc8439 "The ChaCha20 Block Function"]

#include <array>
#include <cstddef>
#include <cstdint>

namespace nucleus {

using ChaChaKey = std::array<std::uint32_t, 8>;
using ChaChaNonce = std::array<std::uint32_t, 3>;
using ChaChaBlock = std::array<std::uint32_t, 16>;

/// One block of key stream, as words (bytes of the stream are the words in little-endian order).
ChaChaBlock chacha20_block(const ChaChaKey& key, std::uint32_t counter, const ChaChaNonce& nonce);

}  // namespace nucleus
