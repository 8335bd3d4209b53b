// SPDX-License-Identifier: ISC
#include "cli/options.h"

namespace bactrian {

int command_test(const TestOptions&) {
  print_error(Error{.message = "`test` is not part of this version yet"});
  return static_cast<int>(ExitStatus::tool_error);
}

}  // namespace bactrian
