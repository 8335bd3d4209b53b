// SPDX-License-Identifier: ISC

#include "pipe_buffer.h"

#include <algorithm>
#include <cstring>

namespace nucleus {

std::size_t PipeBuffer::take(std::span<std::byte> to) {
  const std::size_t count = std::min(to.size(), size_);
  const std::size_t first = std::min(count, capacity - start_);
  std::memcpy(to.data(), ring_->data() + start_, first);
  std::memcpy(to.data() + first, ring_->data(), count - first);
  start_ = (start_ + count) % capacity;
  size_ -= count;
  return count;
}

std::size_t PipeBuffer::put(std::span<const std::byte> from) {
  const std::size_t count = std::min(from.size(), room());
  const std::size_t end = (start_ + size_) % capacity;
  const std::size_t first = std::min(count, capacity - end);
  std::memcpy(ring_->data() + end, from.data(), first);
  std::memcpy(ring_->data(), from.data() + first, count - first);
  size_ += count;
  return count;
}

}  // namespace nucleus
