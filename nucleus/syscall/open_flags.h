// SPDX-License-Identifier: ISC
#pragma once

// The flags of open() that are the same on all architectures; the others are in syscall/abi.
// Spec: [linux/uapi "asm-generic/fcntl.h"]

#include <files/file_system.h>

#include <cstdint>

namespace nucleus {

namespace open_flags {
inline constexpr std::uint32_t access_mode = 3;
inline constexpr std::uint32_t read_only = 0;
inline constexpr std::uint32_t write_only = 1;
inline constexpr std::uint32_t read_write = 2;
inline constexpr std::uint32_t create = 0100;
inline constexpr std::uint32_t exclusive = 0200;
inline constexpr std::uint32_t truncate = 01000;
inline constexpr std::uint32_t append = 02000;
inline constexpr std::uint32_t non_blocking = 04000;
inline constexpr std::uint32_t close_on_exec = 02000000;
inline constexpr std::uint32_t path = 010000000;
inline constexpr std::uint32_t temporary_only = 020000000;  // what O_TMPFILE has beside O_DIRECTORY
}  // namespace open_flags

/// Errors: invalid_argument, not_supported (O_TMPFILE).
Result<OpenRequest> decode_open_flags(std::uint32_t flags, std::uint32_t permissions);

}  // namespace nucleus
