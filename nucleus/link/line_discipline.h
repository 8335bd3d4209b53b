// SPDX-License-Identifier: ISC
#pragma once

// LineDiscipline: what a terminal does with the keys of a person before a program sees them: echo, editing of
// the line, end of file, interrupt; and with what the program writes. The settings are Linux' termios. Pure.

#include "byte_ring.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

/// The bits of termios that mean something here.
struct TerminalSettings {
  bool cr_to_nl = true;    // ICRNL
  bool nl_to_crnl = true;  // OPOST | ONLCR
  bool canonical = true;   // ICANON: whole lines, with editing
  bool echo = true;        // ECHO
  bool signals = true;     // ISIG: ^C and ^\ are signals
};

class LineDiscipline {
 public:
  static constexpr std::size_t max_line = 1024;
  static constexpr std::size_t max_ready = 4096;

  /// What a key leads to besides input: what to show, and which signal to send (0: none).
  struct Effect {
    char echo[8];
    std::size_t echo_size = 0;
    int signal = 0;
    std::span<const char> echoed() const { return {echo, echo_size}; }
  };

  /// Takes one byte from the keyboard. What has no room is lost, with a bell.
  Effect key(char byte);

  /// Moves what a program may read now. Whole lines: at most one a call. 0 with at_end(): end of file.
  std::size_t take(std::span<char> to);
  bool readable() const { return !ready_.empty() || ends_ > 0; }
  std::size_t available() const { return ready_.size(); }
  /// The next take() is an end of file: ^D was typed at the start of a line. Consumes it.
  bool take_end();
  /// Keys that can be taken without loss.
  std::size_t room() const { return ready_.room() > max_line ? ready_.room() - max_line : 0; }

  const TerminalSettings& settings() const { return settings_; }
  /// What was typed of an unfinished line becomes readable when lines are no longer asked for.
  void set_settings(const TerminalSettings& settings);
  /// Drops what was typed and not yet read (TCIFLUSH).
  void flush();

 private:
  Effect edit(char byte);
  void finish_line();
  void show(Effect& effect, char byte) const;
  void erase(Effect& effect);

  TerminalSettings settings_;
  ByteRing<max_line> line_;    // being edited
  ByteRing<max_ready> ready_;  // finished lines, or single keys
  unsigned ends_ = 0;          // ends of file after what is ready
};

}  // namespace nucleus
