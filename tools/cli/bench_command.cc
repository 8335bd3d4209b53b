// SPDX-License-Identifier: ISC
#include "cli/options.h"

namespace bactrian {

int command_bench(const BenchOptions&) {
  print_error(Error{.message = "`bench` is not part of this version yet"});
  return static_cast<int>(ExitStatus::tool_error);
}

}  // namespace bactrian
