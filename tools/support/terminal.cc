// SPDX-License-Identifier: ISC
#include "support/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace bactrian {

bool is_terminal(std::FILE* stream) {
  return isatty(fileno(stream)) == 1;
}

int terminal_width(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

Paint::Paint(std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  on_ = is_terminal(stream) && (no_color == nullptr || *no_color == '\0') && !dumb;
}

std::string Paint::wrap(const char* code, std::string_view text) const {
  if (!on_) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

Progress::Progress(std::string_view what) : what_(what), terminal_(is_terminal(stderr)) {}

Progress::~Progress() {
  clear();
}

void Progress::update(std::string_view text) {
  std::string line = "bactrian: " + what_;
  if (!text.empty()) line += ": " + std::string(text);
  if (!terminal_) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  // One column short of the width, or the terminal wraps and the line cannot be rewritten.
  const auto width = static_cast<size_t>(terminal_width(stderr) - 1);
  if (line.size() > width) line.resize(width);
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

void note(std::string_view text) {
  std::fprintf(stderr, "bactrian: %.*s\n", static_cast<int>(text.size()), text.data());
}

}  // namespace bactrian
