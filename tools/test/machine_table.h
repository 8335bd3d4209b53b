// SPDX-License-Identifier: ISC
#pragma once

// tests/machines/machines: the virtual machines that a program is booted on. The file itself says what a line
// holds.

#include <string>
#include <string_view>
#include <vector>

#include "build/build.h"
#include "support/result.h"

namespace bactrian {

struct MachineEntry {
  std::string name;
  Arch arch = Arch::x86_64;
  std::string machine = {}, cpu = {};  ///< as `run` takes them; empty: the usual ones
  unsigned cpus = 1;
  bool quick = false;  ///< in every run of the tests, not only in full ones
};

/// The entries of the table, one for each number of CPUs, in its order. Errors: a line that is none; they
/// name it as `file`:LINE.
Result<std::vector<MachineEntry>> parse_machines(std::string_view text, const std::string& file);

}  // namespace bactrian
