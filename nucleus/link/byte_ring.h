// SPDX-License-Identifier: ISC
#pragma once

// ByteRing: a queue of at most N bytes, N a power of two, without allocation.

#include <array>
#include <cstddef>
#include <span>

namespace nucleus {

template <std::size_t N>
class ByteRing {
  static_assert((N & (N - 1)) == 0);

 public:
  std::size_t size() const { return written_ - read_; }
  std::size_t room() const { return N - size(); }
  bool empty() const { return size() == 0; }

  /// False if it is full.
  bool push(char byte) {
    if (room() == 0) return false;
    bytes_[written_++ % N] = byte;
    return true;
  }
  /// Not when empty.
  char pop() { return bytes_[read_++ % N]; }
  /// Takes the newest byte back. Not when empty.
  char unpush() { return bytes_[--written_ % N]; }
  char newest() const { return bytes_[(written_ - 1) % N]; }

  /// Moves what there is, at most to.size() bytes.
  std::size_t take(std::span<char> to) {
    std::size_t count = 0;
    while (count < to.size() && !empty()) to[count++] = pop();
    return count;
  }

 private:
  std::array<char, N> bytes_{};
  std::size_t read_ = 0;
  std::size_t written_ = 0;
};

}  // namespace nucleus
