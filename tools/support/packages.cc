// SPDX-License-Identifier: ISC
#include "support/packages.h"

#include <sys/stat.h>

#include "support/cache.h"
#include "support/files.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/root.h"
#include "support/text.h"

namespace bactrian {

/// Changes whenever a package is installed or removed.
static std::string database_state() {
  struct stat info {};
  if (stat("/var/lib/dpkg/status", &info) != 0) return "none";
  return std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) + "." +
         std::to_string(info.st_size);
}

static std::vector<std::string> call(std::string_view verb, const std::vector<std::string>& sets) {
  std::vector<std::string> argv = {(project_root() / "tools/packages").string(), std::string(verb)};
  argv.insert(argv.end(), sets.begin(), sets.end());
  return argv;
}

Result<void> ensure_packages(const std::vector<std::string>& sets) {
  KeyBuilder key;
  TRY(key.add_file("packages", project_root() / "tools/packages"));
  const fs::path stamp = cache_root() / "packages" / (join(sets, "+") + "-" + key.key());
  if (auto seen = read_file(stamp); seen.ok() && seen.value() == database_state()) return {};

  // The script may ask for sudo's password: it keeps the terminal, and Ctrl-C reaches it directly.
  const auto finished =
      TRY(run(Command{.argv = call("ensure", sets), .in = Stream::inherit, .group = Group::shared}));
  if (finished.status != 0)
    return Error{.message = "needed Debian packages are missing", .remedy = "see the lines above"};
  // Only a memory: on a full disk the question is simply asked again.
  [[maybe_unused]] const auto remembered = write_file(stamp, database_state());
  return {};
}

Result<std::vector<std::string>> missing_packages(const std::vector<std::string>& sets) {
  const auto finished =
      TRY(run_checked(Command{.argv = call("missing", sets), .out = Stream::pipe, .err = Stream::pipe},
                      "asking for missing packages"));
  return split(trim(finished.out), '\n');
}

}  // namespace bactrian
