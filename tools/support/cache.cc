// SPDX-License-Identifier: ISC
#include "support/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "support/signals.h"
#include "support/terminal.h"

namespace bactrian {

Result<FileLock> FileLock::take(const fs::path& file, std::string_view what) {
  TRY(make_folders(file.parent_path()));
  Fd fd(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return system_error("cannot open the lock file", errno, file);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return FileLock(std::move(fd));
  note("waiting for another bactrian: " + std::string(what));
  while (flock(fd.get(), LOCK_EX) != 0) {
    if (interrupted()) return interrupted_error();
    if (errno != EINTR) return system_error("cannot take the lock", errno, file);
  }
  return FileLock(std::move(fd));
}

static fs::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

fs::path cache_root() {
  if (const auto path = environment_path("BACTRIAN_CACHE"); !path.empty()) return fs::absolute(path);
  if (const auto path = environment_path("XDG_CACHE_HOME"); !path.empty())
    return fs::absolute(path) / "bactrian";
  return environment_path("HOME") / ".cache" / "bactrian";
}

Result<Cache> Cache::open() {
  const fs::path root = cache_root();
  auto made = make_folders(root);
  if (!made.ok()) return made.error();
  if (access(root.c_str(), W_OK) != 0) {
    Error error = system_error("cannot write the cache folder", errno, root);
    error.remedy = "make it writable, or set BACTRIAN_CACHE to another folder";
    return error;
  }
  return Cache(root);
}

static std::string entry_name(std::string_view name, std::string_view key) {
  return std::string(name) + "-" + std::string(key);
}

fs::path Cache::entry(std::string_view kind, std::string_view name, std::string_view key) const {
  return root_ / kind / entry_name(name, key);
}

bool Cache::contains(std::string_view kind, std::string_view name, std::string_view key) const {
  std::error_code code;
  return fs::is_directory(entry(kind, name, key), code);
}

Result<fs::path> Cache::provide(std::string_view kind, std::string_view name, std::string_view key,
                                const std::function<Result<void>(const fs::path& folder)>& make) const {
  const fs::path finished = entry(kind, name, key);
  if (contains(kind, name, key)) return finished;
  const fs::path temporary = root_ / kind / (".tmp-" + entry_name(name, key));
  const auto lock = TRY(FileLock::take(root_ / kind / (".lock-" + entry_name(name, key)), name));
  if (contains(kind, name, key)) return finished;  // another process made it while we waited
  TRY(remove_tree(temporary));
  TRY(make_folders(temporary));
  TRY(make(temporary));
  if (rename(temporary.c_str(), finished.c_str()) != 0)
    return system_error("cannot put the cache entry in place", errno, finished);
  return finished;
}

}  // namespace bactrian
