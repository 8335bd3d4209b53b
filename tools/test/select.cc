// SPDX-License-Identifier: ISC
#include "test/select.h"

#include <algorithm>

namespace bactrian {

bool reaches(const std::vector<std::string>& filters, std::string_view suite,
             std::span<const std::string_view> suites) {
  const auto names_another = [&](const std::string& filter) {
    const std::string_view start = std::string_view(filter).substr(0, filter.find('/'));
    return filter.find('/') != filter.npos && start != suite &&
           std::ranges::find(suites, start) != suites.end();
  };
  return filters.empty() || !std::ranges::all_of(filters, names_another);
}

bool wanted(const SuiteOptions& options, const std::string& name) {
  return options.filters.empty() ||
         std::any_of(options.filters.begin(), options.filters.end(),
                     [&](const std::string& part) { return name.find(part) != name.npos; });
}

bool Selection::takes(const std::string& name) {
  // The shard is cut before the finished ones are left out, or a resumed run would cut it elsewhere.
  return wanted(options_, name) && count_++ % options_.shards == options_.shard - 1 &&
         !options_.finished.contains(name);
}

}  // namespace bactrian
