// SPDX-License-Identifier: ISC
#pragma once

// Paths, starting points and attributes, from the program's words and back.

#include <files/file_system.h>

#include <nucleus/address.h>
#include <nucleus/heap.h>
#include <nucleus/result.h>

#include <arch/linux_abi.h>

#include <array>
#include <string_view>

namespace nucleus {

/// A path of the program, copied: it cannot change while it is walked.
class ProgramPath {
 public:
  /// Errors: bad_address, too_long, out_of_memory.
  static Result<ProgramPath> load(VirtAddr at);
  std::string_view view() const { return {buffer_->data(), size_}; }

 private:
  using Buffer = std::array<char, max_path>;
  ProgramPath(Owned<Buffer> buffer, std::size_t size) : buffer_{std::move(buffer)}, size_{size} {}

  Owned<Buffer> buffer_;
  std::size_t size_;
};

/// "Relative to the working directory", in place of a descriptor.
inline constexpr int at_working_directory = -100;

/// Where a relative path starts. Errors: bad_descriptor, not_directory. Not with the file lock held.
Result<Ref<DirectoryNode>> starting_directory(int descriptor);

/// st_mode: the kind and the permissions.
std::uint32_t mode_of(const Node& node);
/// d_type of a directory record.
std::uint8_t record_type_of(NodeKind kind);
/// st_rdev.
std::uint64_t device_number_of(const Node& node);

/// With the file lock held.
arch::linux_abi::Stat stat_of(const Node& node);
abi::Statx statx_of(const Node& node);

}  // namespace nucleus
