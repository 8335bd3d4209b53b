// SPDX-License-Identifier: ISC
#include "cli/options.h"

namespace bactrian {

int command_clean(const CleanOptions&) {
  print_error(Error{.message = "`clean` is not part of this version yet"});
  return static_cast<int>(ExitStatus::tool_error);
}

}  // namespace bactrian
