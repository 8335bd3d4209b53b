// SPDX-License-Identifier: ISC
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/services.h"

namespace redoxfs::host {

FileDevice::~FileDevice() {
  if (fd_ >= 0) close(fd_);
}

int FileDevice::open(const std::string& path, Access access) {
  const bool writes = access == Access::read_write;
  fd_ = ::open(path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (fd_ < 0) return errno;
  // Two writers would ruin the file system; a reader beside a writer would read what is being reused.
  if (flock(fd_, (writes ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) return errno;
  struct stat status {};
  if (fstat(fd_, &status) != 0) return errno;
  std::uint64_t bytes = static_cast<std::uint64_t>(status.st_size);
  if (S_ISBLK(status.st_mode) && ioctl(fd_, BLKGETSIZE64, &bytes) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  blocks_ = bytes / block_size;
  return 0;
}

int FileDevice::create(const std::string& path, std::uint64_t blocks) {
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) return errno;
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) return errno;
  if (ftruncate(fd_, 0) != 0 || ftruncate(fd_, static_cast<off_t>(blocks * block_size)) != 0) return errno;
  blocks_ = blocks;
  return 0;
}

Result<void> FileDevice::read(std::uint64_t first_block, Bytes into) {
  auto at = static_cast<off_t>(first_block * block_size);
  while (!into.empty()) {
    const ssize_t count = pread(fd_, into.data(), into.size(), at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Error::io;
    into = into.subspan(static_cast<std::size_t>(count));
    at += count;
  }
  return {};
}

Result<void> FileDevice::write(std::uint64_t first_block, ConstBytes from) {
  auto at = static_cast<off_t>(first_block * block_size);
  while (!from.empty()) {
    const ssize_t count = pwrite(fd_, from.data(), from.size(), at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Error::io;
    from = from.subspan(static_cast<std::size_t>(count));
    at += count;
  }
  return {};
}

Result<void> FileDevice::barrier() {
  if (fdatasync(fd_) != 0) return Error::io;
  return {};
}

}  // namespace redoxfs::host
