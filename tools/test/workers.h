// SPDX-License-Identifier: ISC
#pragma once

// Several machines at once: jobs run by a few threads, their outcomes reported one at a time.

#include <functional>
#include <mutex>
#include <vector>

#include "support/result.h"
#include "test/suite.h"

namespace bactrian {

/// A TestReport that several threads may call.
class SharedReport {
 public:
  explicit SharedReport(const TestReport& report) : report_(report) {}
  void operator()(const TestOutcome& outcome) {
    std::lock_guard guard(mutex_);
    report_(outcome);
  }

 private:
  std::mutex mutex_;
  const TestReport& report_;
};

using Job = std::function<Result<void>()>;

/// Runs all jobs, `at_once` of them at a time, in their order. The first error (an interruption, a full disk)
/// keeps further ones from starting and is returned.
Result<void> run_jobs(const std::vector<Job>& jobs, unsigned at_once);

}  // namespace bactrian
