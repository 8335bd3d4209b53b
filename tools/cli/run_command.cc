// SPDX-License-Identifier: ISC
#include "cli/options.h"

namespace bactrian {

int command_run(const RunOptions&) {
  print_error(Error{.message = "`run` is not part of this version yet"});
  return static_cast<int>(ExitStatus::tool_error);
}

}  // namespace bactrian
