// SPDX-License-Identifier: ISC
#pragma once

// Linux' call numbers and structure layouts on riscv64.

#include <syscall/abi/riscv64.h>

namespace arch {
namespace linux_abi = nucleus::abi::riscv64;
}
