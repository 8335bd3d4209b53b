// SPDX-License-Identifier: ISC
#include "build/build.h"

namespace bactrian {

Result<BuiltImage> build_program(const BuildRequest& request) {
  return Error{.message = "building programs is not part of this version yet", .where = request.program};
}

Result<CompilerReport> inspect_compiler(const fs::path& compiler) {
  return Error{.message = "inspecting compilers is not part of this version yet", .where = compiler};
}

}  // namespace bactrian
