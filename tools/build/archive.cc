// SPDX-License-Identifier: ISC
#include "build/archive.h"

#include <ar.h>

#include <charconv>
#include <cstring>

#include "support/text.h"

namespace bactrian {

namespace {

/// A decimal number of a header field, padded with blanks; nothing else is one.
Result<uint64_t> number(std::string_view field) {
  field = trim(field);
  uint64_t value = 0;
  const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (code != std::errc() || end != field.data() + field.size())
    return Error{.message = "the archive is damaged: a header holds no number"};
  return value;
}

/// The name of a member: "name/", or "/N" for the name at offset N of the long names.
Result<std::string> member_name(std::string_view field, std::string_view long_names) {
  field = field.substr(0, field.find_last_not_of(' ') + 1);
  if (field.size() > 1 && field[0] == '/') {
    const uint64_t offset = TRY(number(field.substr(1)));
    if (offset >= long_names.size())
      return Error{.message = "the archive is damaged: a name lies beyond its end"};
    const std::string_view rest = long_names.substr(offset);
    return std::string(rest.substr(0, rest.find('/')));
  }
  return std::string(field.substr(0, field.find('/')));
}

}  // namespace

bool looks_like_archive(std::string_view bytes) {
  return bytes.starts_with(std::string_view(ARMAG, SARMAG)) || bytes.starts_with("!<thin>\n");
}

Result<std::vector<ArchiveMember>> read_archive(std::string_view bytes) {
  if (!looks_like_archive(bytes)) return Error{.message = "not a static library"};
  if (bytes.starts_with("!<thin>")) return Error{.message = "a thin archive: its members are elsewhere"};
  std::vector<ArchiveMember> result;
  std::string_view long_names;
  size_t at = SARMAG;
  while (at < bytes.size()) {
    struct ar_hdr header;
    if (bytes.size() - at < sizeof header) return Error{.message = "the archive is damaged: it is cut off"};
    std::memcpy(&header, bytes.data() + at, sizeof header);
    at += sizeof header;
    const uint64_t size = TRY(number({header.ar_size, sizeof header.ar_size}));
    if (size > bytes.size() - at) return Error{.message = "the archive is damaged: it is cut off"};
    const std::string_view content = bytes.substr(at, size), field(header.ar_name, sizeof header.ar_name);
    at += size + size % 2;
    if (field.starts_with("// ")) {
      long_names = content;
    } else if (!field.starts_with("/ ") && !field.starts_with("/SYM64/")) {
      result.push_back({.name = TRY(member_name(field, long_names)), .content = content});
    }
  }
  return result;
}

}  // namespace bactrian
