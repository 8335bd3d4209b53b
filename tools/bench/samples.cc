// SPDX-License-Identifier: ISC
#include "bench/samples.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "support/text.h"

namespace bactrian {

void Samples::add(std::string_view output) {
  for (const std::string& line : split(output, '\n')) {
    const size_t space = line.find(' ');
    if (space == std::string::npos || space == 0) continue;
    const std::string_view text = trim(std::string_view(line).substr(space + 1));
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value <= 0)
      continue;
    auto [entry, fresh] = least_.emplace(line.substr(0, space), value);
    if (!fresh) entry->second = std::min(entry->second, value);
  }
}

std::optional<double> Samples::least(const std::string& name) const {
  const auto found = least_.find(name);
  if (found == least_.end()) return std::nullopt;
  return found->second;
}

Result<uint64_t> least_that_works(uint64_t too_little, uint64_t most,
                                  const std::function<Result<bool>(uint64_t)>& works) {
  uint64_t good = 0;
  for (uint64_t step = 1; good == 0; step *= 2) {
    if (too_little >= most) return Error{.message = "it fails with the most that is tried, too"};
    const uint64_t count = std::min(too_little + step, most);
    (TRY(works(count)) ? good : too_little) = count;
  }
  while (good - too_little > 1) {
    const uint64_t middle = too_little + (good - too_little) / 2;
    (TRY(works(middle)) ? good : too_little) = middle;
  }
  return good;
}

}  // namespace bactrian
