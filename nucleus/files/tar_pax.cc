// SPDX-License-Identifier: ISC

#include "tar_pax.h"

namespace nucleus {
namespace {

/// Reads decimal digits from the front of `text` and removes them.
Result<std::uint64_t> take_decimal(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (value > (std::uint64_t{1} << 59)) return Error::malformed;
    value = value * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
  }
  if (digits == 0) return Error::malformed;
  text.remove_prefix(digits);
  return value;
}

Result<> apply(PaxRecords& records, std::string_view key, std::string_view value) {
  if (key == "path") {
    records.path = value.substr(0, value.find('\0'));
  } else if (key == "linkpath") {
    records.link = value.substr(0, value.find('\0'));
  } else if (key == "size") {
    records.size = TRY(take_decimal(value));
    if (!value.empty()) return Error::malformed;
  } else if (key == "mtime") {
    const bool negative = !value.empty() && value.front() == '-';
    if (negative) value.remove_prefix(1);
    const auto seconds = static_cast<std::int64_t>(TRY(take_decimal(value)));  // a fraction may follow
    records.modified_s = negative ? -seconds : seconds;
  }
  return {};
}

}  // namespace

Result<PaxRecords> parse_pax(std::string_view text) {
  PaxRecords records;
  while (!text.empty()) {
    std::string_view rest = text;
    const std::uint64_t length = TRY(take_decimal(rest));
    if (length > text.size() || rest.empty() || rest.front() != ' ') return Error::malformed;
    const std::size_t header = text.size() - rest.size() + 1;
    if (length <= header || text[length - 1] != '\n') return Error::malformed;
    const std::string_view record = text.substr(header, length - header - 1);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) return Error::malformed;
    TRY(apply(records, record.substr(0, equals), record.substr(equals + 1)));
    text.remove_prefix(length);
  }
  return records;
}

}  // namespace nucleus
