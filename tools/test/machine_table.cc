// SPDX-License-Identifier: ISC
#include "test/machine_table.h"

#include <algorithm>
#include <charconv>

#include "support/text.h"

namespace bactrian {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words = split(line, ' ');
  std::erase(words, "");
  return words;
}

/// "4" or "4*" into `entry`.
Result<void> read_cpus(std::string_view text, MachineEntry& entry) {
  entry.quick = text.ends_with('*');
  if (entry.quick) text.remove_suffix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), entry.cpus);
  if (code != std::errc() || end != text.data() + text.size() || entry.cpus < 1 || entry.cpus > 64)
    return Error{.message = "'" + std::string(text) + "' is no number of CPUs",
                 .remedy = "write numbers from 1 to 64 with commas between, as in 1,2*,8"};
  return {};
}

Result<void> read_line(std::string_view line, std::vector<MachineEntry>& entries) {
  const std::vector<std::string> words = words_of(line);
  if (words.empty() || words[0].starts_with('#')) return {};
  if (words.size() != 5)
    return Error{.message = std::to_string(words.size()) + " words for 5",
                 .remedy = "write ARCH NAME MACHINE CPU CPUS"};
  const auto or_usual = [](const std::string& word) { return word == "-" ? std::string() : word; };
  MachineEntry entry{.name = words[1],
                     .arch = TRY(parse_arch(words[0])),
                     .machine = or_usual(words[2]),
                     .cpu = or_usual(words[3])};
  for (const auto& number : split(words[4], ',')) {
    TRY(read_cpus(number, entry));
    entries.push_back(entry);
  }
  return {};
}

}  // namespace

Result<std::vector<MachineEntry>> parse_machines(std::string_view text, const std::string& file) {
  std::vector<MachineEntry> entries;
  size_t number = 0;
  for (const auto& line : split(text, '\n')) {
    ++number;
    if (auto result = read_line(line, entries); !result.ok()) {
      Error error = result.error();
      error.where = file + ":" + std::to_string(number);
      return error;
    }
  }
  return entries;
}

}  // namespace bactrian
