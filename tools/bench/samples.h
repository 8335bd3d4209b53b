// SPDX-License-Identifier: ISC
#pragma once

// What the timed programs print, gathered over the rounds, and the search for the least that works.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "support/result.h"

namespace bactrian {

/// The lines "NAME VALUE" of a program's outputs, VALUE in seconds. The least of each counts: whatever
/// disturbs a run, the host's other work above all, makes it longer.
class Samples {
 public:
  /// Lines of another form, and values that are no positive numbers, are ignored.
  void add(std::string_view output);
  std::optional<double> least(const std::string& name) const;

 private:
  std::map<std::string, double> least_;
};

/// The least count above `too_little`, which fails, that works; what works must work with more, too. Tries
/// growing counts first, because those that fail end soonest, then halves the range between.
/// Errors: of `works`; nothing up to `most` works.
Result<uint64_t> least_that_works(uint64_t too_little, uint64_t most,
                                  const std::function<Result<bool>(uint64_t)>& works);

}  // namespace bactrian
