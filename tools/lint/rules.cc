// SPDX-License-Identifier: ISC
#include "lint/rules.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "support/text.h"

namespace bactrian {

namespace {

constexpr size_t most_lines = 1000;
constexpr size_t licence_within = 5;

constexpr std::string_view portable_parts[] = {"nucleus/core/", "nucleus/syscall/", "nucleus/files/",
                                               "nucleus/link/"};
// The part that is written against nucleus/arch/contract.h and nothing else. (nucleus/syscall is not in it:
// the numbers of Linux' calls are an architecture's by nature.)
constexpr std::string_view nameless_parts[] = {"nucleus/core/", "nucleus/files/", "nucleus/link/",
                                               "nucleus/panic/", "nucleus/debug/"};
// Architectures, their registers and instructions, devices, firmware, emulators: as words, in lower case.
constexpr std::string_view machine_names[] = {
    "x86",    "amd64",      "i386",  "aarch64", "arm64",    "armv8", "riscv",  "riscv64",   "sv39",
    "sv48",   "sv57",       "sstc",  "cr2",     "cr3",      "cr4",   "msr",    "tsc",       "invlpg",
    "xsave",  "fxsave",     "ttbr0", "ttbr1",   "satp",     "apic",  "x2apic", "hpet",      "gic",
    "gicv2",  "gicv3",      "plic",  "clint",   "aclint",   "pl011", "pl031",  "uart16550", "com1",
    "pci",    "virtio",     "acpi",  "madt",    "fadt",     "psci",  "sbi",    "opensbi",   "pvh",
    "limine", "devicetree", "fdt",   "qemu",    "multiboot"};
constexpr size_t most_port_lines = 2500;
constexpr size_t most_user_lines = 1000;  // of a port, for user mode: images without processes leave it out
constexpr std::string_view ports_folder = "nucleus/arch/";

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

/// What git leaves in a file whose conflict nobody has resolved.
bool is_conflict_marker(std::string_view line) {
  return line.starts_with(
             "<<<<<<<"
             " ") ||
         line.starts_with(
             ">>>>>>>"
             " ");
}

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

template <size_t count>
bool is_in(std::string_view path, const std::string_view (&parts)[count]) {
  return std::any_of(std::begin(parts), std::end(parts),
                     [&](std::string_view part) { return path.starts_with(part); });
}

/// The name of a machine's part that stands in the line as a word, between underscores too; "" if none does.
std::string_view machine_name_in(std::string_view line) {
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (auto start = std::find_if(line.begin(), line.end(), is_part); start != line.end();) {
    const auto end = std::find_if_not(start, line.end(), is_part);
    std::string word(start, end);
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto found = std::find(std::begin(machine_names), std::end(machine_names), word);
    if (found != std::end(machine_names)) return *found;
    start = std::find_if(end, line.end(), is_part);
  }
  return {};
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
    if (is_conflict_marker(line)) complain(i + 1, "a conflict that nobody has resolved");
    if (names_machine_path(line)) complain(i + 1, "names a path of one machine");
    const auto is_named = [&](std::string_view macro) { return line.find(macro) != std::string::npos; };
    if (is_in(path, portable_parts) &&
        std::any_of(std::begin(arch_macros), std::end(arch_macros), is_named)) {
      complain(i + 1, "an architecture's macro in a portable part: let nucleus/arch say what differs");
    } else if (const auto name = machine_name_in(line); is_in(path, nameless_parts) && !name.empty()) {
      complain(i + 1, "names a machine's part (" + std::string(name) + "): nucleus/arch knows those");
    }
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

std::vector<Complaint> check_ports(const std::vector<FileLength>& files) {
  std::map<std::string, size_t> lines;
  for (const auto& file : files) {
    const std::string_view path = file.path;
    if (!path.starts_with(ports_folder)) continue;
    const size_t end = path.find('/', ports_folder.size());
    if (end == path.npos) continue;
    const std::string_view inside = path.substr(end);
    const bool user = inside.starts_with("/user/") || inside == "/include/arch/user.h";
    lines[std::string(path.substr(0, end)) + (user ? "/user" : "")] += file.lines;
  }
  std::vector<Complaint> found;
  for (const auto& [part, count] : lines) {
    const size_t most = part.ends_with("/user") ? most_user_lines : most_port_lines;
    if (count > most)
      found.push_back({part, 0,
                       "a port's part of " + std::to_string(count) + " lines, over " + std::to_string(most) +
                           ": what is about a device belongs in nucleus/platform"});
  }
  return found;
}

}  // namespace bactrian
