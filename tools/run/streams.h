// SPDX-License-Identifier: ISC
#pragma once

// The person's side of a session: complete writes that still end on Ctrl-C and at the time limit, and
// text shown line by line.

#include <string>
#include <string_view>

#include "support/process.h"

namespace bactrian {

enum class WriteEnd {
  done,
  closed,  ///< nobody reads the other end any more
  failed,  ///< errno says why (a full disk)
  interrupted,
  late,  ///< the deadline passed
};

/// Writes all bytes to `fd`, waiting for its reader as long as need be.
WriteEnd write_all(int fd, std::string_view bytes, Deadline deadline);

/// Shows text that comes in pieces as whole lines on stderr, each after a dim prefix, without control
/// characters; keeps the last lines for a report of a bad end.
class LineView {
 public:
  LineView(std::string prefix, bool show) : prefix_(std::move(prefix)), show_(show) {}
  void add(std::string_view text);
  /// Shows an unfinished last line.
  void flush();
  /// Shows what was kept and not shown yet.
  void reveal();
  /// Whether there ever was any.
  bool had_text() const { return had_text_; }

 private:
  void show_line(std::string_view line) const;

  static constexpr size_t most_kept = 64 * 1024;
  std::string prefix_;
  bool show_;
  bool had_text_ = false;
  std::string line_;
  std::string kept_;
};

}  // namespace bactrian
