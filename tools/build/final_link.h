// SPDX-License-Identifier: ISC
#pragma once

// The final link: a program's link record and the nucleus (or the hosted shim) become an image.

#include <string>

#include "build/build.h"
#include "build/compiler.h"
#include "build/link_record.h"
#include "support/cache.h"

namespace bactrian {

struct FinalLink {
  std::string name;  ///< of the program: "hello"
  LinkRecord record;
  Arch arch = Arch::x86_64;
  Target target = Target::bare;
  bool debug = false;
  bool verbose = false;
};

/// Links, or finds the image in the cache. Errors: names that nothing defines (with who wants them), objects
/// for low addresses.
Result<BuiltImage> link_image(const Cache& cache, const FinalLink& link, const Compiler& compiler);

/// An image that was built before, checked. Errors: damaged, not made by bactrian.
Result<BuiltImage> load_image(const fs::path& elf);

}  // namespace bactrian
