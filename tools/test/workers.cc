// SPDX-License-Identifier: ISC
#include "test/workers.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "support/signals.h"

namespace bactrian {

Result<void> run_jobs(const std::vector<Job>& jobs, unsigned at_once) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failure;
  auto work = [&] {
    while (true) {
      size_t index = next.fetch_add(1);
      if (index >= jobs.size()) return;
      Result<void> result = interrupted() ? Result<void>(interrupted_error()) : jobs[index]();
      if (result) continue;
      next = jobs.size();
      std::lock_guard guard(mutex);
      if (!failure) failure = result.error();
    }
  };
  {
    std::vector<std::jthread> threads;
    size_t count = std::min<size_t>(std::max(1U, at_once), jobs.size());
    for (size_t i = 0; i < count; ++i) threads.emplace_back(work);
  }
  if (failure) return *failure;
  return {};
}

}  // namespace bactrian
