// SPDX-License-Identifier: ISC
#include "test/resume.h"

#include <fstream>

#include "support/cache.h"
#include "support/hash.h"
#include "support/root.h"
#include "support/text.h"

namespace bactrian {

Result<PassedTests> PassedTests::load(unsigned shard, unsigned shards) {
  // Everything that a test could depend on; the documentation is not.
  KeyBuilder key;
  for (const char* part :
       {"nucleus", "libc", "toolchain", "tools", "lib", "kernel", "tests", "examples", "bench"}) {
    key.add("part", part);
    if (fs::exists(project_root() / part)) TRY(key.add_tree(project_root() / part));
  }
  PassedTests passed(cache_root() / "tests" /
                     ("passed-" + key.key() + "-" + std::to_string(shard) + "-of-" + std::to_string(shards)));
  if (const auto text = read_file(passed.file_); text.ok())
    for (auto& line : split(text.value(), '\n')) passed.names_.insert(std::move(line));
  TRY(make_folders(passed.file_.parent_path()));
  return passed;
}

void PassedTests::add(const std::string& name) {
  std::ofstream(file_, std::ios::app) << name << '\n';
}

}  // namespace bactrian
