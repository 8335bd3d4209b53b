// SPDX-License-Identifier: ISC
#pragma once

// Reads a tar archive in memory, in place: ustar, with pax and GNU long names and sizes. The archive comes
// from outside, so every number is checked against the bytes that are there; nothing is copied but joined
// names. Spec: [ustar]

#include <nucleus/result.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {

enum class TarKind : std::uint8_t { file, directory, symbolic_link, hard_link, other };

/// One member. `path` and `link` live until the reader's next step; `data` as long as the archive.
struct TarEntry {
  TarKind kind = TarKind::file;
  std::string_view path;
  std::string_view link;  // target of a link
  std::uint32_t mode = 0;
  std::int64_t modified_s = 0;
  std::span<const std::byte> data;
};

class TarReader {
 public:
  explicit TarReader(std::span<const std::byte> archive) : rest_{archive} {}

  /// Decodes the next member into `entry`; false at the end (two zero blocks, or the last byte).
  /// Errors: malformed (bad checksum, a number that is none, data beyond the archive, an empty path).
  Result<bool> next(TarEntry& entry);

 private:
  struct Header;
  struct Overrides;

  Result<std::span<const std::byte>> take_data(std::uint64_t size);
  Result<> fill(const Header& header, const Overrides& overrides, std::uint64_t size, TarEntry& entry);

  std::span<const std::byte> rest_;
  std::array<char, 260> joined_path_{};
};

}  // namespace nucleus
