// SPDX-License-Identifier: ISC
#include "test/select.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace bactrian {

namespace {

constexpr std::array<std::string_view, 8> suites = {"unit",   "nucleus-host", "redoxfs",  "cli",
                                                    "system", "ocaml",        "machines", "soak"};

}  // namespace

bool reaches(const SuiteOptions& options, const std::string& suite) {
  const auto names_another = [&](const std::string& filter) {
    const std::string start = filter.substr(0, filter.find('/'));
    return filter.find('/') != filter.npos && start != suite &&
           std::find(suites.begin(), suites.end(), start) != suites.end();
  };
  return options.filters.empty() ||
         !std::all_of(options.filters.begin(), options.filters.end(), names_another);
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
