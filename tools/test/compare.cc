// SPDX-License-Identifier: ISC
#include "test/compare.h"

#include <algorithm>
#include <vector>

namespace bactrian {
namespace {

/// One line as a person can read it, however long and whatever bytes it has.
std::string readable(std::string_view line) {
  constexpr size_t most = 200;
  std::string text;
  for (char c : line.substr(0, most)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      constexpr char digits[] = "0123456789abcdef";
      text += std::string("\\x") + digits[(c >> 4) & 15] + digits[c & 15];
    } else {
      text += c;
    }
  }
  return line.size() > most ? text + "..." : text;
}

std::string_view line_at(std::string_view text, size_t start) {
  return text.substr(start, text.find('\n', start) - start);
}

std::string side(const char* label, std::string_view text, size_t start) {
  if (start >= text.size()) return std::string("  ") + label + "(the end)\n";
  return std::string("  ") + label + readable(line_at(text, start)) + "\n";
}

}  // namespace

std::string difference(std::string_view expected, std::string_view actual) {
  if (expected == actual) return {};
  size_t at =
      std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end()).first - expected.begin();
  // Back to the start of the line that holds the difference.
  size_t start = at == 0 ? std::string_view::npos : expected.rfind('\n', at - 1);
  start = start == std::string_view::npos ? 0 : start + 1;
  long line = 1 + std::count(expected.begin(), expected.begin() + static_cast<long>(start), '\n');
  return "stdout differs in line " + std::to_string(line) + " (" + std::to_string(actual.size()) +
         " bytes for " + std::to_string(expected.size()) + ")\n" + side("expected: ", expected, start) +
         side("got:      ", actual, start);
}

std::string tail(std::string_view text, size_t lines) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return {};
  size_t start = text.size();
  for (size_t n = 0; n < lines && start != std::string_view::npos && start > 0; ++n) {
    start = text.rfind('\n', start - 1);
  }
  start = start == std::string_view::npos || start == 0 ? 0 : start + 1;
  std::string result;
  while (start < text.size()) {
    std::string_view line = line_at(text, start);
    result += "  " + readable(line) + "\n";
    start += line.size() + 1;
  }
  return result;
}

}  // namespace bactrian
