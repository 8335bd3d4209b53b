// SPDX-License-Identifier: ISC
#pragma once

// Linux' call numbers and structure layouts on aarch64.

#include <syscall/abi/aarch64.h>

namespace arch {
namespace linux_abi = nucleus::abi::aarch64;
}
