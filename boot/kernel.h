// SPDX-License-Identifier: ISC
#pragma once

// The kernel in memory: its image loaded, its requests found.

#include <boot/limine/protocol.h>

#include "elf.h"

#include <nucleus/address.h>

#include <span>
#include <string_view>

namespace loader {

class Kernel {
 public:
  /// Loads the ELF file `file` into memory. Fails for good if it is malformed.
  static Kernel load(std::string_view path, std::span<const std::byte> file);

  const Executable& executable() const { return executable_; }
  nucleus::PhysAddr at() const { return at_; }

  /// The request of this id; null if the kernel has not got it. Fails for good if it is there twice.
  nucleus::limine::Request* request(const nucleus::limine::RequestId& id) const;

  /// Agrees on a base revision. Fails for good if the kernel asks for none or one that is too old.
  void agree_on_revision() const;

 private:
  Kernel() = default;
  void find_requests();

  std::string_view path_;
  Executable executable_;
  nucleus::PhysAddr at_{};
  std::span<std::uint64_t> requests_;  // between the markers
};

}  // namespace loader
