// SPDX-License-Identifier: ISC
#pragma once

// A terminal that hands on each key as it is typed, for a guest that edits lines itself.

#include <termios.h>

#include <optional>

namespace bactrian {

/// While it lives, the terminal gives keys and not lines, echoes none, and makes no signals of them; its
/// output is as before. Where the descriptor is no terminal nothing happens.
class KeyTerminal {
 public:
  explicit KeyTerminal(int descriptor);
  ~KeyTerminal();
  KeyTerminal(const KeyTerminal&) = delete;
  KeyTerminal& operator=(const KeyTerminal&) = delete;

 private:
  int descriptor_;
  std::optional<termios> before_;
};

}  // namespace bactrian
