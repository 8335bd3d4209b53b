// SPDX-License-Identifier: ISC
#pragma once

// An open device of /dev that needs no waiting: null, zero, full, random, urandom, and trace, which takes the
// trace of a program to the host.

#include "device_node.h"
#include "open_file.h"

namespace nucleus {

class OpenDevice final : public OpenFile {
 public:
  OpenDevice(Ref<DeviceNode> node, const OpenMode& mode) : OpenFile{node, mode}, device_{node->device} {}

  Result<std::size_t> read(std::span<std::byte> to) override;
  Result<std::size_t> write(std::span<const std::byte> from) override;
  Result<std::size_t> read_at(std::uint64_t, std::span<std::byte> to) override { return read(to); }
  Result<std::size_t> write_at(std::uint64_t, std::span<const std::byte> from) override {
    return write(from);
  }
  Result<std::uint64_t> seek(std::int64_t, Whence) override { return std::uint64_t{0}; }

 private:
  const Device device_;
};

}  // namespace nucleus
