// SPDX-License-Identifier: ISC
#pragma once

// What is malformed in firmware's tables and in devices, as lines of text in a C array (nucleus.h).

#include <nucleus.h>

#include <nucleus/log.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace nucleus {

class Problems {
 public:
  using Line = char[NUCLEUS_PROBLEM_SIZE];

  Problems(Line (&lines)[NUCLEUS_MAX_PROBLEMS], std::uint32_t& count) : lines_{lines}, count_{count} {}

  /// One that comes when all lines are taken is dropped.
  template <typename... Arguments>
  void add(std::string_view text, const Arguments&... arguments) {
    if (count_ == NUCLEUS_MAX_PROBLEMS) return;
    write(lines_[count_++], text, arguments...);
  }

  /// The same, if there is no such line yet.
  template <typename... Arguments>
  void add_once(std::string_view text, const Arguments&... arguments) {
    Line line;
    write(line, text, arguments...);
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (std::strcmp(lines_[i], line) == 0) return;
    }
    add("{}", static_cast<const char*>(line));
  }

 private:
  template <typename... Arguments>
  static void write(Line& line, std::string_view text, const Arguments&... arguments) {
    const std::string_view written = format(std::span{line}.first(sizeof line - 1), text, arguments...);
    line[written.size()] = '\0';
  }

  Line (&lines_)[NUCLEUS_MAX_PROBLEMS];
  std::uint32_t& count_;
};

}  // namespace nucleus
