// SPDX-License-Identifier: ISC
#pragma once

// The simulated machine follows x86_64.

#include <syscall/abi/x86_64.h>

namespace arch {
namespace linux_abi = nucleus::abi::x86_64;
}
