// SPDX-License-Identifier: ISC
#pragma once

// What a person sees: colour where a terminal shows it, and progress lines on stderr.

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace bactrian {

/// Colours for one stream; plain text where it is no terminal, NO_COLOR is set or TERM is dumb.
class Paint {
 public:
  explicit Paint(std::FILE* stream);
  std::string red(std::string_view text) const { return wrap("31", text); }
  std::string green(std::string_view text) const { return wrap("32", text); }
  std::string yellow(std::string_view text) const { return wrap("33", text); }
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }

 private:
  std::string wrap(const char* code, std::string_view text) const;
  bool on_;
};

bool is_terminal(std::FILE* stream);

/// Columns of the terminal on `stream`, 80 where it is none.
int terminal_width(std::FILE* stream);

/// One line of progress on stderr. On a terminal it is rewritten in place and cleared at the end; elsewhere
/// each text is a line of its own, so that logs stay readable.
class Progress {
 public:
  explicit Progress(std::string_view what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::string_view text);
  /// Takes the line away, so that other output can follow.
  void clear();

 private:
  std::string what_;
  bool terminal_;
  bool shown_ = false;
};

/// A plain note on stderr: "bactrian: TEXT".
void note(std::string_view text);

}  // namespace bactrian
