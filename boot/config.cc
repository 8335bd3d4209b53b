// SPDX-License-Identifier: ISC

#include "config.h"

namespace loader {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_named(std::string_view name, std::string_view wanted) {
  if (name.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (lower(name[i]) != wanted[i]) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return trim(line);
}

/// "boot():/a/b" and "/a/b" name a file on the volume that we were loaded from.
const char* take_path(std::string_view value, std::string_view& path) {
  constexpr std::string_view own_volume = "boot():";
  if (value.starts_with(own_volume)) value.remove_prefix(own_volume.size());
  if (!value.starts_with('/')) return "only paths on the boot volume are supported: boot():/...";
  if (value.find('#') != value.npos) return "hashes of files are not supported";
  path = value;
  return nullptr;
}

const char* take_option(std::string_view name, std::string_view value, Entry& entry) {
  if (value.find("${") != value.npos) return "macros are not supported";
  if (is_named(name, "protocol"))
    return is_named(value, "limine") ? nullptr : "only the protocol limine is supported";
  if (is_named(name, "path") || is_named(name, "kernel_path")) return take_path(value, entry.kernel);
  if (is_named(name, "cmdline") || is_named(name, "kernel_cmdline")) {
    entry.command_line = value;
  } else if (is_named(name, "module_path")) {
    if (entry.module_count == entry.modules.size()) return "too many modules";
    return take_path(value, entry.modules[entry.module_count++].path);
  } else if (is_named(name, "module_cmdline") || is_named(name, "module_string")) {
    if (entry.module_count == 0) return "a module's command line without a module";
    entry.modules[entry.module_count - 1].command_line = value;
  }
  return nullptr;
}

bool take_number(std::string_view text, unsigned& number) {
  if (text.empty() || text.size() > 4) return false;
  number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number > 0;
}

/// Calls visit(line, number) for each line that says something; ends with its first problem.
template <typename Visit>
ConfigProblem for_each_line(std::string_view text, Visit visit) {
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (line.empty() || line.front() == '#') continue;
    if (const char* problem = visit(line)) return {problem, number};
  }
  return {};
}

}  // namespace

ConfigProblem read_config(std::string_view text, Entry& entry) {
  unsigned wanted = 1;
  const ConfigProblem first_pass = for_each_line(text, [&](std::string_view line) -> const char* {
    const std::size_t colon = line.find(':');
    if (line.front() == '/' || colon == line.npos || !is_named(trim(line.substr(0, colon)), "default_entry"))
      return nullptr;
    return take_number(trim(line.substr(colon + 1)), wanted) ? nullptr
                                                             : "default_entry is no number from 1 on";
  });
  if (first_pass.text != nullptr) return first_pass;

  unsigned current = 0;
  const ConfigProblem problem = for_each_line(text, [&](std::string_view line) -> const char* {
    if (line.front() == '/') {
      if (line.starts_with("//")) return "entries within entries are not supported";
      if (++current == wanted) entry = {.title = trim(line.substr(1))};
      return nullptr;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return "neither an entry (/NAME) nor an option (NAME: VALUE)";
    if (current != wanted) return nullptr;
    return take_option(trim(line.substr(0, colon)), trim(line.substr(colon + 1)), entry);
  });
  if (problem.text != nullptr) return problem;
  if (current < wanted) return {current == 0 ? "it has no entry" : "default_entry names no entry"};
  if (entry.kernel.empty()) return {"the entry names no kernel (path: boot():/...)"};
  return {};
}

}  // namespace loader
