// SPDX-License-Identifier: ISC
#pragma once

// An open regular file, with its position.

#include "open_file.h"
#include "regular_node.h"

namespace nucleus {

class OpenRegular final : public OpenFile {
 public:
  /// `now_ns` tells the wall clock.
  OpenRegular(Ref<RegularNode> node, const OpenMode& mode, std::int64_t (*now_ns)())
      : OpenFile{node, mode}, file_{*node}, now_ns_{now_ns} {}

  Result<std::size_t> read(std::span<std::byte> to) override;
  Result<std::size_t> write(std::span<const std::byte> from) override;
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> to) override;
  Result<std::size_t> write_at(std::uint64_t offset, std::span<const std::byte> from) override;
  Result<std::size_t> lend_pages(std::uint64_t offset, std::span<Frame> frames) override;
  Result<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Result<> resize(std::uint64_t size) override;
  std::size_t available() const override;

 private:
  std::size_t read_locked(std::uint64_t offset, std::span<std::byte> to);
  Result<std::size_t> write_locked(std::uint64_t offset, std::span<const std::byte> from);

  RegularNode& file_;
  std::int64_t (*now_ns_)();
  std::uint64_t position_ = 0;
};

}  // namespace nucleus
