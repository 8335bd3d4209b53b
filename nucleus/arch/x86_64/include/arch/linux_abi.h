// SPDX-License-Identifier: ISC
#pragma once

// Linux' call numbers and structure layouts on x86_64 are its own.

#include <syscall/abi/x86_64.h>

namespace arch {
namespace linux_abi = nucleus::abi::x86_64;
}
