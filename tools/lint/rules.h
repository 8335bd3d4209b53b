// SPDX-License-Identifier: ISC
#pragma once

// The house rules that a text can be checked for by itself; CONTRIBUTING.md tells them to people.

#include <string>
#include <string_view>
#include <vector>

#include "support/files.h"

namespace bactrian {

struct Complaint {
  std::string file;
  size_t line = 0;  ///< 0: the file as a whole
  std::string text;
};

/// What is wrong with a file of the project. `path` is relative to the checkout, with '/'.
///   - source files name their licence in one of the first five lines (SPDX)
///   - no path of somebody's machine (home folders and the like)
///   - no architecture conditional in the portable parts of the nucleus, and in those below the system calls
///     no name of an architecture or a device
///   - no white space at the end of a line, and a newline at the end of the file
///   - at most 1000 lines in a source file
std::vector<Complaint> check_text(std::string_view path, std::string_view content);

/// Modules of the OCaml libraries (lib/, kernel/) that have no interface. `paths` are all files.
std::vector<Complaint> check_interfaces(const std::vector<std::string>& paths);

/// A file and how many lines it has.
struct FileLength {
  std::string path;
  size_t lines = 0;
};
/// Ports (folders of nucleus/arch) that have grown too large: over 2,500 lines, their user mode
/// (the folder user/ of each) apart: over 1,000.
std::vector<Complaint> check_ports(const std::vector<FileLength>& files);

/// How a file is formatted, by its name and its first line.
enum class Language { other, cpp, ocaml, shell };
Language language_of(std::string_view path, std::string_view content);

}  // namespace bactrian
