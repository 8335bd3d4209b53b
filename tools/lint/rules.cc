// SPDX-License-Identifier: ISC
#include "lint/rules.h"

#include <algorithm>
#include <set>

#include "support/text.h"

namespace bactrian {

namespace {

constexpr size_t most_lines = 1000;
constexpr size_t licence_within = 5;

constexpr std::string_view portable_parts[] = {"nucleus/core/", "nucleus/syscall/", "nucleus/files/",
                                               "nucleus/link/"};
constexpr std::string_view arch_macros[] = {"__x86_64__",  "__amd64__", "__i386__",
                                            "__aarch64__", "__arm__",   "__riscv"};
// Spelt in two parts, lest this file complain of itself.
constexpr std::string_view machine_paths[] = {
    "/ho"
    "me/",
    "/ro"
    "ot/",
    "/wo"
    "rk/",
    "/Us"
    "ers/"};

bool ends_with_one_of(std::string_view path, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return path.ends_with(end); });
}

bool is_source(std::string_view path, Language language) {
  return language != Language::other ||
         ends_with_one_of(path, {".S", ".s", "CMakeLists.txt", ".ld", ".ld.in", ".py"});
}

/// A machine's path starts a word: "a/home/b" within a longer relative path is none.
bool names_machine_path(std::string_view line) {
  for (const auto& path : machine_paths) {
    for (size_t at = line.find(path); at != std::string_view::npos; at = line.find(path, at + 1)) {
      const char before = at == 0 ? ' ' : line[at - 1];
      if (std::string_view(" \t\"'`(=:,<").find(before) != std::string_view::npos) return true;
    }
  }
  return false;
}

bool is_portable(std::string_view path) {
  return std::any_of(std::begin(portable_parts), std::end(portable_parts),
                     [&](std::string_view part) { return path.starts_with(part); });
}

}  // namespace

Language language_of(std::string_view path, std::string_view content) {
  if (ends_with_one_of(path, {".cc", ".h"})) return Language::cpp;
  if (ends_with_one_of(path, {".ml", ".mli"})) return Language::ocaml;
  const std::string_view first = content.substr(0, content.find('\n'));
  if (ends_with_one_of(path, {".sh", ".bash"})) return Language::shell;
  if (first.starts_with("#!") && (first.ends_with("bash") || first.ends_with("/sh"))) return Language::shell;
  return Language::other;
}

std::vector<Complaint> check_text(std::string_view path, std::string_view content) {
  std::vector<Complaint> found;
  const auto complain = [&](size_t line, std::string text) {
    found.push_back({std::string(path), line, std::move(text)});
  };
  if (content.find('\0') != std::string_view::npos) return found;  // no text
  const auto lines = split(content, '\n');
  const bool source = is_source(path, language_of(path, content));
  bool licensed = false;
  for (size_t i = 0; i < lines.size(); i++) {
    const std::string& line = lines[i];
    if (i < licence_within && line.find("SPDX-License-Identifier: ISC") != std::string::npos) licensed = true;
    if (line.ends_with(' ') || line.ends_with('\t')) complain(i + 1, "white space at the end of the line");
    if (names_machine_path(line)) complain(i + 1, "names a path of one machine");
    if (!is_portable(path)) continue;
    for (const auto& macro : arch_macros)
      if (line.find(macro) != std::string::npos)
        complain(i + 1, "an architecture's macro in a portable part: let nucleus/arch say what differs");
  }
  if (source && !licensed) complain(1, "no SPDX-License-Identifier in the first lines");
  if (source && lines.size() > most_lines) complain(0, "over 1000 lines: split it");
  if (source && !content.empty() && !content.ends_with('\n')) complain(lines.size(), "no newline at the end");
  return found;
}

std::vector<Complaint> check_interfaces(const std::vector<std::string>& paths) {
  const std::set<std::string> all(paths.begin(), paths.end());
  std::vector<Complaint> found;
  for (const auto& path : paths) {
    const bool library = path.starts_with("lib/") || path.starts_with("kernel/");
    const bool tests = path.find("/test") != std::string::npos || path.ends_with("/main.ml");
    if (library && !tests && path.ends_with(".ml") && !all.contains(path + "i"))
      found.push_back({path, 0, "a library's module without an interface (.mli)"});
  }
  return found;
}

}  // namespace bactrian
