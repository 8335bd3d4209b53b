// SPDX-License-Identifier: ISC
#pragma once

// The arguments of a call, as the program gave them: words to be decoded.

#include <nucleus/address.h>
#include <nucleus/address_space.h>
#include <nucleus/result.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

struct Arguments {
  long words[6];

  int integer(unsigned index) const { return static_cast<int>(words[index]); }
  std::uint32_t flags(unsigned index) const { return static_cast<std::uint32_t>(words[index]); }
  std::int64_t wide(unsigned index) const { return words[index]; }
  std::uint64_t size(unsigned index) const { return static_cast<std::uint64_t>(words[index]); }
  VirtAddr address(unsigned index) const { return {static_cast<std::uint64_t>(words[index])}; }
  bool is_null(unsigned index) const { return words[index] == 0; }
};

/// No transfer is longer, as on Linux; a longer one is cut.
inline constexpr std::uint64_t max_transfer = 0x7fff'f000;

/// Program memory that the nucleus reads, or writes, directly: checked and brought in.
/// Errors: bad_address.
inline Result<std::span<const std::byte>> readable_bytes(VirtAddr at, std::uint64_t size) {
  if (size > max_transfer) size = max_transfer;
  if (size > 0) TRY(check_readable(at, size));
  return std::span{at.as<const std::byte>(), size};
}
inline Result<std::span<std::byte>> writable_bytes(VirtAddr at, std::uint64_t size) {
  if (size > max_transfer) size = max_transfer;
  if (size > 0) TRY(check_writable(at, size));
  return std::span{at.as<std::byte>(), size};
}

/// Stores `value` unless `at` is null. Errors: bad_address.
template <typename T>
Result<> store_if_wanted(VirtAddr at, const T& value) {
  if (at.value == 0) return {};
  return store_to_program(at, value);
}

}  // namespace nucleus
