// SPDX-License-Identifier: ISC
#include "test/judge.h"

#include "support/hash.h"
#include "support/text.h"
#include "test/compare.h"

namespace bactrian {
namespace {

std::string wrong_status(const CaseRun& run, const Finished& finished) {
  std::vector<std::string> right;
  for (int status : run.statuses) right.push_back(std::to_string(status));
  return "status " + std::to_string(finished.status) + " for " + join(right, " or ") + "\n" +
         (finished.timed_out ? "  it did not end\n" : "") + tail(finished.err, 8);
}

}  // namespace

Result<std::string> judge(const CaseRun& run, const Finished& finished, const fs::path& folder) {
  std::string why;
  if (finished.timed_out || !run.statuses.contains(finished.status)) why += wrong_status(run, finished);
  switch (run.rule) {
    case StdoutRule::equal:
      why += difference(TRY(read_file(folder / run.expected)), finished.out);
      break;
    case StdoutRule::digest:
      if (std::string digest = sha256(finished.out); digest != run.expected) {
        why += "stdout: " + std::to_string(finished.out.size()) + " bytes with sha256 " + digest + "\n";
      }
      break;
    case StdoutRule::any:
    case StdoutRule::differs:
      // It is where a program that checks something by itself says what is wrong.
      if (!why.empty() && !finished.out.empty()) why += "the end of stdout:\n" + tail(finished.out, 20);
      break;
  }
  if (!run.stderr_file.empty()) {
    std::string expected = TRY(read_file(folder / run.stderr_file));
    if (expected != finished.err) why += "stderr differs:\n" + tail(finished.err, 8);
  }
  if (finished.err.find(run.stderr_has) == std::string::npos) {
    why += "stderr lacks \"" + run.stderr_has + "\":\n" + tail(finished.err, 8);
  }
  return why;
}

}  // namespace bactrian
