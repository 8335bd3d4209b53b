// SPDX-License-Identifier: ISC
#include "cli/options.h"

namespace bactrian {

int command_doctor(const DoctorOptions&) {
  print_error(Error{.message = "`doctor` is not part of this version yet"});
  return static_cast<int>(ExitStatus::tool_error);
}

}  // namespace bactrian
