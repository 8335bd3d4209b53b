// SPDX-License-Identifier: ISC
#include "support/root.h"

#include <cstdlib>

namespace bactrian {

fs::path project_root() {
  const char* root = std::getenv("BACTRIAN_ROOT");
  return root != nullptr && *root != '\0' ? fs::path(root) : fs::current_path();
}

}  // namespace bactrian
