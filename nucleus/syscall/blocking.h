// SPDX-License-Identifier: ISC
#pragma once

// Waiting for a file that cannot do now what is asked of it.

#include <files/open_file.h>

#include <nucleus/result.h>
#include <nucleus/time.h>
#include <nucleus/wait_queue.h>

namespace nucleus {

/// Calls attempt() until it answers something else than Error::would_block, sleeping in between; a file that
/// is in non-blocking mode, or that never changes, gets one attempt. Errors: interrupted, and those of
/// attempt().
template <typename Attempt>
auto wait_and_try(OpenFile& file, Attempt&& attempt) -> decltype(attempt()) {
  auto first = attempt();
  Watchers* watchers = file.watchers();
  if (first.ok() || first.error() != Error::would_block || file.non_blocking || !watchers) return first;
  Watch watch{current_thread()};
  watchers->join(watch);
  for (;;) {
    auto answer = attempt();
    const bool again = !answer.ok() && answer.error() == Error::would_block;
    if (!again || signal_waits_for_current_thread()) {
      watchers->leave(watch);
      if (again) return Error::interrupted;
      return answer;
    }
    park(Deadline::never());
  }
}

}  // namespace nucleus
