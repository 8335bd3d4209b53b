// SPDX-License-Identifier: ISC
#include "build/fs_program.h"

#include "support/cache.h"
#include "support/hash.h"
#include "support/packages.h"
#include "support/process.h"
#include "support/root.h"
#include "support/terminal.h"

namespace bactrian {

namespace {

Result<void> build(const fs::path& work) {
  const Progress progress("building the file system's tools");
  std::error_code code;
  if (!fs::exists(work / "build.ninja", code))
    TRY(run_checked({.argv = {"cmake", "-S", project_root() / "tools/fs", "-B", work, "-G", "Ninja",
                              "-DCMAKE_BUILD_TYPE=Release"},
                     .out = Stream::pipe,
                     .err_to_out = true},
                    "configuring the file system's tools"));
  TRY(run_checked({.argv = {"ninja", "-C", work}, .out = Stream::pipe, .err_to_out = true},
                  "building the file system's tools"));
  return {};
}

}  // namespace

Result<fs::path> provide_fs_program() {
  TRY(ensure_packages({"fs"}));
  const Cache cache = TRY(Cache::open());
  KeyBuilder key;
  for (const char* part : {"redoxfs/core", "redoxfs/host", "redoxfs/include", "tools/fs", "tools/support"})
    TRY(key.add_tree(project_root() / part));
  const auto make = [&](const fs::path& folder) -> Result<void> {
    KeyBuilder checkout;
    checkout.add("root", project_root().string());
    const fs::path work = cache.root() / "fs" / (".build-" + checkout.key());
    const auto lock = TRY(FileLock::take(work / "lock", "the file system's tools"));
    TRY(build(work));
    std::error_code code;
    fs::copy_file(work / "bactrian-fs", folder / "bactrian-fs", code);
    if (code) return system_error("cannot copy the file system's tools", code.value(), folder);
    return {};
  };
  return TRY(cache.provide("fs", "host", key.key(), make)) / "bactrian-fs";
}

}  // namespace bactrian
