// SPDX-License-Identifier: ISC
#include "test/check_program.h"

#include "support/text.h"
#include "test/compare.h"

namespace bactrian {

namespace {

constexpr int skipped_status = 77;  // as ctest and automake have it

/// The end of what a program has said, and its first line, which mostly is why it failed.
std::string in_short(std::string_view out) {
  constexpr size_t lines = 40;
  std::string last = tail(out, lines);
  const std::string first = "  " + std::string(out.substr(0, out.find('\n'))) + "\n";
  return last.starts_with(first) ? last : first + "  ...\n" + last;
}

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
                     in_short(finished.out);
  }
  return outcome;
}

}  // namespace bactrian
