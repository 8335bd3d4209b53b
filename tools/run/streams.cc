// SPDX-License-Identifier: ISC
#include "run/streams.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "support/signals.h"
#include "support/terminal.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// The text without escape sequences and control characters, which firmware is fond of.
std::string printable(std::string_view text) {
  std::string clean;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\033') {
      // ESC '[' ... letter, or ESC and one character.
      if (i + 1 < text.size() && text[i + 1] == '[') {
        i += 2;
        while (i < text.size() && (text[i] < '@' || text[i] > '~')) i++;
      } else {
        i++;
      }
    } else if (static_cast<unsigned char>(text[i]) >= ' ' || text[i] == '\t') {
      clean += text[i];
    }
  }
  return clean;
}

}  // namespace

WriteEnd write_all(int fd, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (interrupted()) return WriteEnd::interrupted;
    if (deadline && Clock::now() >= *deadline) return WriteEnd::late;
    pollfd waits[] = {{fd, POLLOUT, 0}, {interrupt_fd(), POLLIN, 0}};
    if (poll(waits, 2, milliseconds_until(deadline)) <= 0 || waits[0].revents == 0) continue;
    // A writable pipe has room for PIPE_BUF bytes, so this does not block.
    const ssize_t count = write(fd, bytes.data(), std::min<size_t>(bytes.size(), PIPE_BUF));
    if (count > 0)
      bytes.remove_prefix(static_cast<size_t>(count));
    else if (errno == EPIPE)
      return WriteEnd::closed;
    else if (errno != EINTR && errno != EAGAIN)
      return WriteEnd::failed;
  }
  return WriteEnd::done;
}

void LineView::show_line(std::string_view line) const {
  const Paint paint(stderr);
  std::fprintf(stderr, "%s\n", paint.dim(prefix_ + printable(line)).c_str());
}

void LineView::add(std::string_view text) {
  had_text_ = had_text_ || !text.empty();
  for (const char c : text) {
    if (c == '\n') {
      flush();
    } else {
      line_ += c;
      if (line_.size() > most_kept) flush();  // a flood without line ends
    }
  }
}

void LineView::flush() {
  if (line_.empty()) return;
  if (show_) {
    show_line(line_);
  } else {
    kept_ += line_ + "\n";
    if (kept_.size() > 2 * most_kept) kept_.erase(0, kept_.find('\n', kept_.size() - most_kept) + 1);
  }
  line_.clear();
}

void LineView::reveal() {
  flush();
  for (const auto& line : split(kept_, '\n')) show_line(line);
  kept_.clear();
}

}  // namespace bactrian
