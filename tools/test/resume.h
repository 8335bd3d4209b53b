// SPDX-License-Identifier: ISC
#pragma once

// What a full run that was interrupted has behind it: the names of the tests that passed on exactly these
// sources, a line each, in the cache.

#include <set>
#include <string>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

class PassedTests {
 public:
  /// Those of one shard, on the checkout's present sources.
  static Result<PassedTests> load(unsigned shard, unsigned shards);

  const std::set<std::string>& names() const { return names_; }
  /// Remembers one more, at once: the run may be ended at any time.
  void add(const std::string& name);

 private:
  explicit PassedTests(fs::path file) : file_(std::move(file)) {}
  fs::path file_;
  std::set<std::string> names_;
};

}  // namespace bactrian
