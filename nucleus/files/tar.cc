// SPDX-License-Identifier: ISC

#include "tar.h"

#include "tar_pax.h"

#include <algorithm>
#include <cstring>

namespace nucleus {
namespace {

constexpr std::size_t block_size = 512;

/// A fixed-width text field: up to its first NUL.
template <std::size_t N>
std::string_view field(const char (&bytes)[N]) {
  return {bytes, static_cast<std::size_t>(std::find(bytes, bytes + N, '\0') - bytes)};
}

/// A number field: octal digits between spaces and NULs, or GNU base-256 (top bit of the first byte set).
Result<std::uint64_t> number(const char* bytes, std::size_t width) {
  const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  std::uint64_t value = 0;
  if (byte_at(0) & 0x80) {
    if (byte_at(0) & 0x40) return Error::malformed;  // negative
    value = byte_at(0) & 0x3f;
    for (std::size_t i = 1; i < width; i++) {
      if (value >> 55) return Error::malformed;
      value = value << 8 | byte_at(i);
    }
    return value;
  }
  std::size_t i = 0;
  while (i < width && bytes[i] == ' ') i++;
  for (; i < width && bytes[i] != '\0' && bytes[i] != ' '; i++) {
    if (bytes[i] < '0' || bytes[i] > '7' || value >> 60) return Error::malformed;
    value = value << 3 | static_cast<std::uint64_t>(bytes[i] - '0');
  }
  return value;
}

template <std::size_t N>
Result<std::uint64_t> number(const char (&bytes)[N]) {
  return number(bytes, N);
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A GNU long name: the data up to its first NUL.
std::string_view until_nul(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  return text.substr(0, text.find('\0'));
}

}  // namespace

struct TarReader::Header {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char link[100];
  char magic[6];
  char version[2];
  char user[32];
  char group[32];
  char device_major[8];
  char device_minor[8];
  char prefix[155];
  char padding[12];

  bool is_zero() const {
    const auto* bytes = reinterpret_cast<const char*>(this);
    return std::all_of(bytes, bytes + block_size, [](char byte) { return byte == 0; });
  }

  /// The checksum field counts as spaces. Old archivers summed signed bytes: both are accepted.
  bool checksum_holds() const {
    auto stored = number(checksum);
    if (!stored.ok()) return false;
    const auto* bytes = reinterpret_cast<const char*>(this);
    std::uint64_t plain = 0;
    std::int64_t with_sign = 0;
    for (std::size_t i = 0; i < block_size; i++) {
      const bool in_field = i >= offsetof(Header, checksum) && i < offsetof(Header, type);
      const char byte = in_field ? ' ' : bytes[i];
      plain += static_cast<unsigned char>(byte);
      with_sign += static_cast<signed char>(byte);
    }
    return stored.value() == plain || static_cast<std::int64_t>(stored.value()) == with_sign;
  }

  /// The GNU format keeps other things in `prefix`.
  bool has_prefix() const { return std::memcmp(magic, "ustar\0", 6) == 0 && prefix[0] != '\0'; }
};

/// What extension headers say about the member that follows them.
struct TarReader::Overrides {
  std::string_view path;
  std::string_view link;
  PaxRecords pax;
};

Result<std::span<const std::byte>> TarReader::take_data(std::uint64_t size) {
  if (size > rest_.size()) return Error::malformed;
  const auto data = rest_.first(size);
  const std::uint64_t padded = (size + block_size - 1) / block_size * block_size;
  // A last member without its padding is tolerated.
  rest_ = rest_.subspan(std::min<std::uint64_t>(padded, rest_.size()));
  return data;
}

Result<bool> TarReader::next(TarEntry& entry) {
  static_assert(sizeof(Header) == block_size);
  Overrides overrides;
  while (rest_.size() >= block_size) {
    Header header;
    std::memcpy(&header, rest_.data(), block_size);
    const Header& in_place = *reinterpret_cast<const Header*>(rest_.data());
    if (header.is_zero()) return false;
    if (!header.checksum_holds()) return Error::malformed;
    rest_ = rest_.subspan(block_size);
    const std::uint64_t header_size = TRY(number(header.size));
    switch (header.type) {
      case 'L':
        overrides.path = until_nul(TRY(take_data(header_size)));
        break;
      case 'K':
        overrides.link = until_nul(TRY(take_data(header_size)));
        break;
      case 'x':
        overrides.pax = TRY(parse_pax(as_text(TRY(take_data(header_size)))));
        break;
      case 'g':  // defaults for the whole archive: none that matters here
        (void)TRY(take_data(header_size));
        break;
      default:
        TRY(fill(in_place, overrides, overrides.pax.size.value_or(header_size), entry));
        return true;
    }
  }
  return false;
}

Result<> TarReader::fill(const Header& header, const Overrides& overrides, std::uint64_t size,
                         TarEntry& entry) {
  switch (header.type) {
    case '0':
    case '\0':
    case '7':
      entry.kind = TarKind::file;
      break;
    case '1':
      entry.kind = TarKind::hard_link;
      break;
    case '2':
      entry.kind = TarKind::symbolic_link;
      break;
    case '5':
      entry.kind = TarKind::directory;
      break;
    default:
      entry.kind = TarKind::other;
      break;
  }
  entry.mode = static_cast<std::uint32_t>(TRY(number(header.mode)) & 07777);
  entry.modified_s = overrides.pax.modified_s.value_or(static_cast<std::int64_t>(TRY(number(header.mtime))));
  // Links and directories carry no data whatever their size field says (some writers put the target's size
  // there).
  const bool has_data = entry.kind == TarKind::file || entry.kind == TarKind::other;
  entry.data = TRY(take_data(has_data ? size : 0));

  entry.link = !overrides.pax.link.empty() ? overrides.pax.link
               : !overrides.link.empty()   ? overrides.link
                                           : field(header.link);
  if (!overrides.pax.path.empty()) {
    entry.path = overrides.pax.path;
  } else if (!overrides.path.empty()) {
    entry.path = overrides.path;
  } else if (header.has_prefix()) {
    const std::string_view prefix = field(header.prefix);
    const std::string_view name = field(header.name);
    char* end = std::copy(prefix.begin(), prefix.end(), joined_path_.begin());
    *end++ = '/';
    end = std::copy(name.begin(), name.end(), end);
    entry.path = {joined_path_.data(), static_cast<std::size_t>(end - joined_path_.data())};
  } else {
    entry.path = field(header.name);
  }
  if (entry.path.empty()) return Error::malformed;
  // A directory may be marked by its name alone.
  if (entry.kind == TarKind::file && entry.path.back() == '/') entry.kind = TarKind::directory;
  return {};
}

}  // namespace nucleus
