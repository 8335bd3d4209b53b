// SPDX-License-Identifier: ISC
#pragma once

// Reads the part of limine.conf that our disk images use: entries with the protocol `limine`. Pure: also
// compiled into the host tests. What it does not know is left alone, as Limine does; what it knows and cannot
// do is an error.

#include <array>
#include <string_view>

namespace loader {

/// All views point into the text.
struct Entry {
  struct Module {
    std::string_view path;
    std::string_view command_line;
  };
  static constexpr unsigned max_modules = 16;

  std::string_view title;
  std::string_view kernel;  // paths start with '/'
  std::string_view command_line;
  std::array<Module, max_modules> modules{};
  unsigned module_count = 0;
};

struct ConfigProblem {
  const char* text = nullptr;  // null: there is none
  unsigned line = 0;           // 0: the file as a whole
};

/// The entry that is to be booted: the one that `default_entry` names, else the first.
ConfigProblem read_config(std::string_view text, Entry& entry);

}  // namespace loader
