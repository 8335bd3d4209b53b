// SPDX-License-Identifier: ISC
#pragma once

namespace arch::aarch64 {

/// Learns the counter's frequency; before it the clock stands still.
void init_clock();

}  // namespace arch::aarch64
