// SPDX-License-Identifier: ISC
#pragma once

// What `bench` found, and its two forms: a table for people and JSON for programs.

#include <optional>
#include <string>
#include <vector>

#include "support/result.h"

namespace bactrian {

struct Figure {
  std::string name;                       ///< "boot", "nbody"
  std::string unit;                       ///< "s", "ns", "KiB", "instructions"
  double bare = 0;                        ///< ours
  std::optional<double> linux_peer = {};  ///< the same object under Linux, in the same unit
  std::string note = {};                  ///< what exactly was measured
};

struct Figures {
  std::vector<std::pair<std::string, std::string>> versions;  ///< what was measured with: QEMU, kernel, ...
  std::vector<Figure> figures;
  std::vector<std::string> failures;  ///< "NAME: why there is no figure"
};

/// A Markdown table, for terminals and bench/RESULTS.md alike.
std::string figures_table(const Figures& figures);
std::string figures_json(const Figures& figures);

}  // namespace bactrian
