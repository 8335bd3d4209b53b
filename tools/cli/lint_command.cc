// SPDX-License-Identifier: ISC
#include "cli/options.h"

namespace bactrian {

int command_lint(const LintOptions&) {
  print_error(Error{.message = "`lint` is not part of this version yet"});
  return static_cast<int>(ExitStatus::tool_error);
}

}  // namespace bactrian
