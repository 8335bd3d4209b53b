// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>

/// A target: decodes one input. What it does wrong ends the program. libFuzzer fixes the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
