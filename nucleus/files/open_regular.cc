// SPDX-License-Identifier: ISC

#include "open_regular.h"

#include "file_lock.h"

#include <nucleus/frames.h>

namespace nucleus {

constinit Mutex file_mutex;

std::size_t OpenRegular::read_locked(std::uint64_t offset, std::span<std::byte> to) {
  file_.attributes.times.accessed_ns = now_ns_();
  return file_.content.read(offset, to);
}

Result<std::size_t> OpenRegular::write_locked(std::uint64_t offset, std::span<const std::byte> from) {
  const std::size_t written = TRY(file_.content.write(offset, from));
  file_.attributes.times.modified_ns = file_.attributes.times.changed_ns = now_ns_();
  return written;
}

Result<std::size_t> OpenRegular::read(std::span<std::byte> to) {
  const FileGuard guard;
  const std::size_t count = read_locked(position_, to);
  position_ += count;
  return count;
}

Result<std::size_t> OpenRegular::write(std::span<const std::byte> from) {
  const FileGuard guard;
  const std::uint64_t offset = append ? file_.content.size() : position_;
  const std::size_t written = TRY(write_locked(offset, from));
  position_ = offset + written;
  return written;
}

Result<std::size_t> OpenRegular::read_at(std::uint64_t offset, std::span<std::byte> to) {
  const FileGuard guard;
  return read_locked(offset, to);
}

Result<std::size_t> OpenRegular::write_at(std::uint64_t offset, std::span<const std::byte> from) {
  const FileGuard guard;
  // As on Linux, O_APPEND wins over the offset.
  return write_locked(append ? file_.content.size() : offset, from);
}

Result<std::size_t> OpenRegular::lend_pages(std::uint64_t offset, std::span<Frame> frames) {
  const FileGuard guard;
  std::size_t count = 0;
  for (; count < frames.size() && offset < file_.content.size(); offset += page_size) {
    auto frame = file_.content.lend_page(offset);
    if (!frame.ok()) {
      while (count > 0) free_kernel_frames(frames[--count]);
      return frame.error();
    }
    frames[count++] = frame.value();
  }
  return count;
}

Result<std::uint64_t> OpenRegular::seek(std::int64_t offset, Whence whence) {
  const FileGuard guard;
  std::uint64_t base = 0;
  if (whence == Whence::current) base = position_;
  if (whence == Whence::end) base = file_.content.size();
  std::int64_t position = 0;
  if (__builtin_add_overflow(static_cast<std::int64_t>(base), offset, &position) || position < 0) {
    return Error::invalid_argument;
  }
  position_ = static_cast<std::uint64_t>(position);
  return position_;
}

Result<> OpenRegular::resize(std::uint64_t size) {
  const FileGuard guard;
  TRY(file_.content.resize(size));
  file_.attributes.times.modified_ns = file_.attributes.times.changed_ns = now_ns_();
  return {};
}

std::size_t OpenRegular::available() const {
  const FileGuard guard;
  const std::uint64_t size = file_.content.size();
  return position_ < size ? size - position_ : 0;
}

}  // namespace nucleus
