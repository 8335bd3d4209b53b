// SPDX-License-Identifier: ISC
#include "support/text.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace bactrian {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < parts.size(); i++) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::string_view trim(std::string_view text) {
  const auto space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

Result<uint64_t> parse_size(std::string_view text) {
  const Error wrong{.message = "'" + std::string(text) + "' is not a size",
                    .remedy = "write a number with K, M, G or T, for instance 256M"};
  const size_t digits_end = std::min(text.find_first_not_of("0123456789."), text.size());
  if (digits_end == 0 || text[0] == '.') return wrong;
  const double number = std::strtod(std::string(text.substr(0, digits_end)).c_str(), nullptr);
  std::string suffix;
  for (const char c : text.substr(digits_end))
    suffix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (suffix.ends_with("IB"))
    suffix.resize(suffix.size() - 2);
  else if (suffix.ends_with("B"))
    suffix.resize(suffix.size() - 1);
  const size_t power = std::string_view("KMGTP").find(suffix.empty() ? '\0' : suffix[0]);
  if (suffix.size() > 1 || (!suffix.empty() && power == std::string_view::npos)) return wrong;
  const double bytes = number * (suffix.empty() ? 1 : std::pow(1024.0, static_cast<double>(power) + 1));
  if (!(bytes < 9e18)) return wrong;
  return static_cast<uint64_t>(bytes);
}

std::string format_size(uint64_t bytes) {
  static constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double number = static_cast<double>(bytes);
  size_t unit = 0;
  while (number >= 1024 && unit + 1 < std::size(units)) {
    number /= 1024;
    unit++;
  }
  char text[32];
  const bool whole = number == std::floor(number) || number >= 100;
  std::snprintf(text, sizeof text, whole ? "%.0f %s" : "%.1f %s", number, units[unit]);
  return text;
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  char text[48];
  if (seconds < 10) {
    std::snprintf(text, sizeof text, "%.2f s", seconds);
  } else if (seconds < 120) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  } else {
    const auto whole = static_cast<long>(seconds);
    std::snprintf(text, sizeof text, "%ld min %ld s", whole / 60, whole % 60);
  }
  return text;
}

std::string shell_word(std::string_view text) {
  static constexpr std::string_view plain = "%+,-./:=@_";
  const bool safe = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || plain.find(c) != std::string_view::npos;
  });
  if (safe) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'')
      word += "'\\''";
    else
      word += c;
  }
  return word + "'";
}

std::string shell_command(const std::vector<std::string>& argv) {
  std::vector<std::string> words;
  for (const auto& argument : argv) words.push_back(shell_word(argument));
  return join(words, " ");
}

/// Levenshtein's distance: the fewest single-letter insertions, deletions and changes from `a` to `b`.
static size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); j++) row[j] = j;
  for (size_t i = 1; i <= a.size(); i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); j++) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view text, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, text.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const size_t d = distance(text, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace bactrian
