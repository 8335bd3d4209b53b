// SPDX-License-Identifier: ISC
#pragma once

// Which of a suite's cases run: by filter, then by shard, then without those that a resumed run has behind
// it.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "test/suite.h"

namespace bactrian {

/// Asked about each case of a suite once, in a fixed order (shards are cut by counting).
class Selection {
 public:
  explicit Selection(const SuiteOptions& options) : options_(options) {}
  bool takes(const std::string& name);

 private:
  const SuiteOptions& options_;
  unsigned count_ = 0;
};

/// Whether a test of this suite ("unit") can be wanted at all: not if every filter begins with another
/// suite's name ("system/..."). Spares building a suite of which nothing would run. `suites`: all names.
bool reaches(const std::vector<std::string>& filters, std::string_view suite,
             std::span<const std::string_view> suites);

}  // namespace bactrian
