// SPDX-License-Identifier: ISC
#pragma once

// The simulated machine's CPUs.

#include <arch/cpus.h>

#include <string_view>

namespace arch {

inline constexpr std::string_view name = "host";

nucleus::Cpu* this_cpu();

}  // namespace arch
