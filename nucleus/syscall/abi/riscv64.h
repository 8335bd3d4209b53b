// SPDX-License-Identifier: ISC
#pragma once

// What of the Linux ABI is riscv64's own.  Spec: [linux/uapi "asm-generic/fcntl.h"]

#include <syscall/abi/generic.h>

namespace nucleus::abi::riscv64 {

using generic::call_numbers;
using generic::Stat;
inline constexpr char machine[] = "riscv64";
using SignalAction = PlainSignalAction;

inline constexpr std::uint32_t open_directory = 0200000;
inline constexpr std::uint32_t open_no_follow = 0400000;
inline constexpr std::uint32_t open_direct = 040000;
inline constexpr std::uint32_t open_large_file = 0100000;

}  // namespace nucleus::abi::riscv64
