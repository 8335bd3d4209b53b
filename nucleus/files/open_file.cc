// SPDX-License-Identifier: ISC

#include "open_file.h"

namespace nucleus {

Result<std::size_t> OpenFile::read(std::span<std::byte>) {
  return Error::invalid_argument;
}
Result<std::size_t> OpenFile::write(std::span<const std::byte>) {
  return Error::invalid_argument;
}
Result<std::size_t> OpenFile::read_at(std::uint64_t, std::span<std::byte>) {
  return Error::not_seekable;
}
Result<std::size_t> OpenFile::write_at(std::uint64_t, std::span<const std::byte>) {
  return Error::not_seekable;
}
Result<std::uint64_t> OpenFile::seek(std::int64_t, Whence) {
  return Error::not_seekable;
}
Result<std::size_t> OpenFile::lend_pages(std::uint64_t, std::span<Frame>) {
  return Error::no_device;
}

Result<> OpenFile::resize(std::uint64_t) {
  return Error::invalid_argument;
}

}  // namespace nucleus
