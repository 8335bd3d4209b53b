// SPDX-License-Identifier: ISC
#pragma once

// What of the Linux ABI is that of asm-generic: but for the flags of open(), see riscv64.h and aarch64.h.
// Spec: [linux/uapi "asm-generic/stat.h, asm-generic/unistd.h, asm-generic/fcntl.h"]

#include <syscall/abi/common.h>

#include <cstddef>
#include <cstdint>

namespace nucleus::abi::generic {

inline constexpr CallNumbers call_numbers = CallNumbers::generic;

struct Stat {
  std::uint64_t device;
  std::uint64_t inode;
  std::uint32_t mode;
  std::uint32_t links;
  std::uint32_t owner;
  std::uint32_t group;
  std::uint64_t device_number;
  std::uint64_t padding;
  std::int64_t size;
  std::int32_t block_size;
  std::int32_t padding_2;
  std::int64_t blocks;  // of 512 bytes
  Timespec accessed;
  Timespec modified;
  Timespec changed;
  std::uint32_t reserved[2];
};
static_assert(sizeof(Stat) == 128);
static_assert(offsetof(Stat, size) == 48);
static_assert(offsetof(Stat, accessed) == 72);

}  // namespace nucleus::abi::generic
