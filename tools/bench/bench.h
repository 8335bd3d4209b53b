// SPDX-License-Identifier: ISC
#pragma once

// The measurements of `bactrian bench`.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/figures.h"
#include "build/build.h"

namespace bactrian {

struct BenchPlan {
  Arch arch = Arch::x86_64;
  std::optional<fs::path> compiler = {};
  std::vector<std::string> filters = {};  ///< a figure is taken when its name holds one of them; empty: all
  unsigned rounds = 3;   ///< of the timed programs, ours and Linux by turns; the least counts
  Figures earlier = {};  ///< figures taken before: those with the same versions are not taken again
};

struct BenchEvents {
  std::function<void(const std::string&)> progress;  ///< told what is being measured
  std::function<Result<void>(const Figures&)> keep;  ///< told all figures so far, whenever there are more
};

/// Takes the figures. One that fails is among the failures; the others go on. Errors: interrupted; of `keep`.
Result<Figures> run_bench(const BenchPlan& plan, const BenchEvents& events);

}  // namespace bactrian
