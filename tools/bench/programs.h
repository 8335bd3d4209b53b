// SPDX-License-Identifier: ISC
#pragma once

// The programs of bench/programs: how they run and what their lines mean.

#include <string>
#include <vector>

#include "support/files.h"

namespace bactrian {

enum class Scale {
  seconds,      ///< as printed
  nanoseconds,  ///< of one operation
};

struct TimedProgram {
  struct Row {
    std::string name;  ///< as the program prints it
    std::string note;  ///< for people
    Scale scale = Scale::seconds;
  };
  std::string file;  ///< a .ml file or a folder with a dune project, without the suffix
  std::vector<std::string> args;
  unsigned cpus;
  std::vector<Row> rows;

  /// Tells it from the others: the file and the arguments.
  std::string label() const;
  fs::path source() const;
};

/// In the order of the table; those with the same CPUs stand together.
const std::vector<TimedProgram>& timed_programs();

}  // namespace bactrian
