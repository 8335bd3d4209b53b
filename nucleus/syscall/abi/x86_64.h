// SPDX-License-Identifier: ISC
#pragma once

// What of the Linux ABI is x86_64's own.  Spec: [linux/uapi "asm/stat.h, asm/unistd_64.h, asm/fcntl.h"]

#include <syscall/abi/common.h>

#include <cstddef>
#include <cstdint>

namespace nucleus::abi::x86_64 {

inline constexpr CallNumbers call_numbers = CallNumbers::x86_64;
inline constexpr char machine[] = "x86_64";
using SignalAction = SignalActionWithRestorer;

struct Stat {
  std::uint64_t device;
  std::uint64_t inode;
  std::uint64_t links;
  std::uint32_t mode;
  std::uint32_t owner;
  std::uint32_t group;
  std::uint32_t padding;
  std::uint64_t device_number;
  std::int64_t size;
  std::int64_t block_size;
  std::int64_t blocks;  // of 512 bytes
  Timespec accessed;
  Timespec modified;
  Timespec changed;
  std::int64_t reserved[3];
};
static_assert(sizeof(Stat) == 144);
static_assert(offsetof(Stat, size) == 48);
static_assert(offsetof(Stat, accessed) == 72);

/// Flags of open() whose values differ between architectures.
inline constexpr std::uint32_t open_directory = 0200000;
inline constexpr std::uint32_t open_no_follow = 0400000;
inline constexpr std::uint32_t open_direct = 040000;
inline constexpr std::uint32_t open_large_file = 0100000;

}  // namespace nucleus::abi::x86_64
