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
  std::vector<std::string> filters =
      {};               ///< a measurement is made when its name holds one of them; empty: all
  unsigned rounds = 3;  ///< of the timed programs, ours and Linux by turns; the best counts
};

/// Told what is being measured.
using BenchProgress = std::function<void(const std::string&)>;

/// Makes the measurements. One that fails is among the figures' failures; the others go on.
/// Errors: interrupted.
Result<Figures> run_bench(const BenchPlan& plan, const BenchProgress& progress);

}  // namespace bactrian
