// SPDX-License-Identifier: ISC
#pragma once

// PipeBuffer: the bytes on their way through a pipe, in a ring.

#include <nucleus/heap.h>
#include <nucleus/result.h>

#include <array>
#include <cstddef>
#include <span>

namespace nucleus {

class PipeBuffer {
 public:
  static constexpr std::size_t capacity = 64 * 1024;  // as on Linux

  /// Errors: out_of_memory.
  static Result<PipeBuffer> create() { return PipeBuffer{TRY(make_owned<Ring>())}; }

  std::size_t size() const { return size_; }
  std::size_t room() const { return capacity - size_; }

  /// Moves what there is, at most to.size() bytes.
  std::size_t take(std::span<std::byte> to);
  /// Moves what there is room for, at most from.size() bytes.
  std::size_t put(std::span<const std::byte> from);

 private:
  using Ring = std::array<std::byte, capacity>;
  explicit PipeBuffer(Owned<Ring> ring) : ring_{std::move(ring)} {}

  Owned<Ring> ring_;
  std::size_t start_ = 0;
  std::size_t size_ = 0;
};

}  // namespace nucleus
