// SPDX-License-Identifier: ISC
#pragma once

// What of the Linux ABI is aarch64's own.  Spec: [linux/uapi "arm64 asm/fcntl.h"]

#include <syscall/abi/generic.h>

namespace nucleus::abi::aarch64 {

using generic::call_numbers;
using generic::Stat;
inline constexpr char machine[] = "aarch64";
using SignalAction = SignalActionWithRestorer;

inline constexpr std::uint32_t open_directory = 040000;
inline constexpr std::uint32_t open_no_follow = 0100000;
inline constexpr std::uint32_t open_direct = 0200000;
inline constexpr std::uint32_t open_large_file = 0400000;

}  // namespace nucleus::abi::aarch64
