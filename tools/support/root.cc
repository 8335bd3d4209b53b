// SPDX-License-Identifier: ISC
#include "support/root.h"

#include <cstdlib>

#include "support/process.h"

namespace bactrian {

fs::path project_root() {
  const char* root = std::getenv("BACTRIAN_ROOT");
  return root != nullptr && *root != '\0' ? fs::path(root) : fs::current_path();
}

std::string sources_version() {
  const std::string name =
      first_line_of({"git", "-C", project_root().string(), "describe", "--always", "--dirty"});
  return name.empty() ? "unknown" : name;
}

}  // namespace bactrian
