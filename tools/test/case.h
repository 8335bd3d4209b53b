// SPDX-License-Identifier: ISC
#pragma once

// A case of tests/system: a program, and how it is run and judged, as its own first comment says.
//
// Lines of the first comment (of NAME.ml; a dune project has them in a file `case` in its folder):
//   run: KEY=VALUE...    one run in an image of its own; several lines are several runs
//   only: ARCH...        the architectures it is for (default: all); `hosted` counts as one, and `debug`
//                        means the debug builds of all
//   program: PATH        in a file `case`: the program is not the folder but this, below the checkout
// Without a `run:` line the program shares an image with others of its kind.
//
// Keys of `run:`, apart by spaces. A value may stand in '...', with \n \t \\ \' \xHH in it; a list has |
// between.
//   args=LIST env=LIST file=LIST (HOST[:GUEST], HOST relative to tests/system)
//   cpus=N memory=SIZE timeout=SECONDS
//   stdin=TEXT | closed | pattern:BYTES      default: empty
//   status=N,N..                             the statuses that are right (default 0)
//   expected=FILE                            what stdout must be (default NAME.expected)
//   stdout=any | differs | sha256:HEX        not judged; two runs must differ; too long for a file
//   stderr=FILE   stderr-has=TEXT            what stderr must be; what must occur in it
//   full                                     only in a full run

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

enum class StdinKind { text, closed, pattern };
enum class StdoutRule { equal, any, differs, digest };

struct CaseRun {
  std::vector<std::string> args, env, files;
  unsigned cpus = 1;
  std::string memory = {};  ///< as --memory takes it; empty: the default
  unsigned timeout_s = 180;
  StdinKind stdin_kind = StdinKind::text;
  std::string stdin_text = {};  ///< of StdinKind::text
  size_t stdin_bytes = 0;       ///< of StdinKind::pattern
  std::set<int> statuses = {0};
  StdoutRule rule = StdoutRule::equal;
  std::string expected = {};  ///< a file name, or the digest
  std::string stderr_file = {}, stderr_has = {};
  bool full = false;
};

struct SystemCase {
  std::string name;
  fs::path program;           ///< a .ml file or a folder
  bool shares_image = false;  ///< then there is exactly one run, with defaults
  std::vector<CaseRun> runs;
  std::set<std::string> only = {};  ///< empty: everywhere

  bool runs_on(std::string_view machine) const { return only.empty() || only.contains(std::string(machine)); }
};

/// The case that `header` (the text of its first comment or of its `case` file) describes.
/// Errors: an unknown key, a malformed value.
Result<SystemCase> parse_case(std::string name, fs::path program, std::string_view header);

/// The text between the first "(*" and its "*)"; empty when the source does not start with a comment.
std::string_view first_comment(std::string_view source);

/// All cases of a folder, by name.
Result<std::vector<SystemCase>> load_cases(const fs::path& folder);

/// Bytes for StdinKind::pattern: every value occurs, and no period shorter than 64 KiB.
std::string pattern_bytes(size_t count);

}  // namespace bactrian
