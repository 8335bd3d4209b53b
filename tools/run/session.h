// SPDX-License-Identifier: ISC
#pragma once

// A running emulator and the streams around it: standard input in, standard output and error out, the log
// and the machine's end understood.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/result.h"

namespace bactrian {

struct SessionSpec {
  std::vector<std::string> command;  ///< the emulator; its stdin and stdout are the serial line
  bool link = true;                  ///< the image speaks the host link; otherwise the line is plain text
  bool verbose = false;
  std::optional<std::chrono::milliseconds> timeout;
  int in = 0, out = 1, err = 2;  ///< descriptors of the person's side
  bool keys = false;             ///< `in` gives keys, of which Ctrl-] ends the run
  int trace = -1;                ///< where the program's trace goes; -1: nowhere
};

struct SessionEnd {
  int status = 0;         ///< what `run` ends with
  bool had_exit = false;  ///< the guest said how it ended; otherwise `emulator_status` is all there is
  int emulator_status = 0;
};

/// Runs the emulator to its end. Errors: it cannot be started or fails by itself; the guest speaks another
/// version of the link; the machine stopped without an exit status; the time limit; interrupted; a closed
/// standard output. The emulator never outlives the call.
Result<SessionEnd> run_session(const SessionSpec& spec);

}  // namespace bactrian
