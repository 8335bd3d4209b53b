// SPDX-License-Identifier: ISC
#include "test/check_program.h"

#include "support/text.h"
#include "test/compare.h"

namespace bactrian {

namespace {

constexpr int skipped_status = 77;  // as ctest and automake have it

}  // namespace

Result<TestOutcome> check_program(std::string name, Command command, std::chrono::seconds limit) {
  command.out = Stream::pipe;
  command.err_to_out = true;
  const auto start = Clock::now();
  const auto finished = TRY(run(command, limit));
  TestOutcome outcome{.name = std::move(name), .duration = Clock::now() - start};
  if (finished.status == skipped_status) {
    outcome.verdict = Verdict::skipped;
    outcome.detail = trim(tail(finished.out, 1));
  } else if (finished.status != 0) {
    outcome.verdict = Verdict::failed;
    outcome.detail = (finished.timed_out ? "the time limit has passed\n"
                                         : "status " + std::to_string(finished.status) + "\n") +
                     tail(finished.out, 40);
  }
  return outcome;
}

}  // namespace bactrian
