// SPDX-License-Identifier: ISC
#pragma once

// What `bench` found, and its two forms: a table for people and JSON for programs.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace bactrian {

struct Figure {
  std::string name;                       ///< "boot", "nbody"
  std::string unit;                       ///< "s", "ns", "KiB", "instructions"
  double bare = 0;                        ///< ours
  std::optional<double> linux_peer = {};  ///< the same object under Linux, in the same unit
  std::string note = {};                  ///< what exactly was measured
  unsigned rounds = 0;                    ///< of which it is the least; 0: it is no time

  /// Ours to theirs: below 1 ours is less. Nothing where there is no other.
  std::optional<double> ratio() const;
};

struct Figures {
  std::vector<std::pair<std::string, std::string>> versions;  ///< what was measured with: QEMU, kernel, ...
  std::vector<Figure> figures;
  std::vector<std::string> failures;  ///< "NAME: why there is no figure"

  /// In the place of the figure of that name, or behind the others.
  void set(Figure figure);
  const Figure* find(std::string_view name) const;
  std::string version(std::string_view what) const;  ///< "" where it is not known
};

/// Whether figures of the two may stand in one table: same architecture, emulator and sources.
bool comparable(const Figures& a, const Figures& b);

/// A Markdown table, for terminals and bench/RESULTS.md alike.
std::string figures_table(const Figures& figures);
std::string figures_json(const Figures& figures);
/// Reads figures_json() again. Errors: it is something else.
Result<Figures> parse_figures(std::string_view json);

}  // namespace bactrian
