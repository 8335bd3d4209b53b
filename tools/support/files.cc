// SPDX-License-Identifier: ISC
#include "support/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace bactrian {

void Fd::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<std::string> read_file(const fs::path& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return system_error("cannot open the file", errno, path);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return system_error("cannot read the file", errno, path);
  if (S_ISDIR(info.st_mode)) return system_error("cannot read the file", EISDIR, path);
  std::string content;
  content.reserve(static_cast<size_t>(info.st_size));
  char buffer[65536];
  for (;;) {
    const ssize_t count = read(fd.get(), buffer, sizeof buffer);
    if (count == 0) return content;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot read the file", errno, path);
    content.append(buffer, static_cast<size_t>(count));
  }
}

static Result<void> write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot write the file", errno, path);
    content.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<void> write_file(const fs::path& path, std::string_view content) {
  if (path.has_parent_path()) TRY(make_folders(path.parent_path()));
  static std::atomic<unsigned> counter{0};  // threads may write the same path at once
  const std::string temporary =
      path.string() + ".tmp." + std::to_string(getpid()) + "." + std::to_string(counter.fetch_add(1));
  Fd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return system_error("cannot write the file", errno, path);
  auto written = write_all(fd.get(), content, path);
  if (written.ok() && rename(temporary.c_str(), path.c_str()) != 0)
    written = system_error("cannot write the file", errno, path);
  if (!written.ok()) unlink(temporary.c_str());
  return written;
}

Result<void> make_folders(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return system_error("cannot make the folder", code.value(), path);
  return {};
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return system_error("cannot remove", code.value(), path);
  return {};
}

uint64_t disk_usage(const fs::path& path) {
  std::error_code code;
  uint64_t total = 0;
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) total += static_cast<uint64_t>(info.st_blocks) * 512;
  if (!S_ISDIR(info.st_mode)) return total;
  fs::recursive_directory_iterator walk(path, fs::directory_options::skip_permission_denied, code);
  for (; !code && walk != fs::recursive_directory_iterator(); walk.increment(code))
    if (lstat(walk->path().c_str(), &info) == 0) total += static_cast<uint64_t>(info.st_blocks) * 512;
  return total;
}

uint64_t free_space(const fs::path& path) {
  fs::path existing = path;
  std::error_code code;
  while (!fs::exists(existing, code) && existing.has_relative_path()) existing = existing.parent_path();
  const auto space = fs::space(existing, code);
  return code ? 0 : space.available;
}

Result<TempFolder> TempFolder::create(std::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  std::string pattern =
      (fs::path(base != nullptr && *base != '\0' ? base : "/tmp") / prefix).string() + "-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr)
    return system_error("cannot make a temporary folder", errno, pattern);
  return TempFolder(pattern);
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace bactrian
