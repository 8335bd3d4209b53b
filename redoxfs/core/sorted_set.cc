// SPDX-License-Identifier: ISC
#include "core/sorted_set.h"

#include <algorithm>

namespace redoxfs {

SortedSet::~SortedSet() {
  clear();
}

void SortedSet::clear() {
  for (Chunk* chunk : chunks_) memory_->release(chunk, sizeof(Chunk));
  chunks_.clear();
  size_ = 0;
}

std::size_t SortedSet::chunk_for(std::uint64_t value) const {
  const auto after =
      std::upper_bound(chunks_.begin(), chunks_.end(), value,
                       [](std::uint64_t v, const Chunk* chunk) { return v < chunk->values[0]; });
  return after == chunks_.begin() ? 0 : static_cast<std::size_t>(after - chunks_.begin()) - 1;
}

unsigned SortedSet::place_in(const Chunk& chunk, std::uint64_t value) {
  return static_cast<unsigned>(std::lower_bound(chunk.values, chunk.values + chunk.count, value) -
                               chunk.values);
}

bool SortedSet::contains(std::uint64_t value) const {
  std::uint64_t found;
  return at_least(value, found) && found == value;
}

bool SortedSet::at_least(std::uint64_t value, std::uint64_t& found) const {
  if (chunks_.empty()) return false;
  std::size_t at = chunk_for(value);
  unsigned place = place_in(*chunks_[at], value);
  if (place == chunks_[at]->count) {
    if (++at == chunks_.size()) return false;
    place = 0;
  }
  found = chunks_[at]->values[place];
  return true;
}

Result<void> SortedSet::split(std::size_t at) {
  auto* upper = static_cast<Chunk*>(memory_->allocate(sizeof(Chunk)));
  if (!upper) return Error::out_of_memory;
  if (const auto added = chunks_.insert(at + 1, upper); !added.ok()) {
    memory_->release(upper, sizeof(Chunk));
    return added.error();
  }
  Chunk& lower = *chunks_[at];
  const std::uint64_t kept = lower.count / 2;
  upper->count = lower.count - kept;
  std::copy_n(lower.values + kept, upper->count, upper->values);
  lower.count = kept;
  return {};
}

Result<void> SortedSet::insert(std::uint64_t value) {
  if (chunks_.empty()) {
    auto* chunk = static_cast<Chunk*>(memory_->allocate(sizeof(Chunk)));
    if (!chunk) return Error::out_of_memory;
    chunk->count = 0;
    if (const auto added = chunks_.push(chunk); !added.ok()) {
      memory_->release(chunk, sizeof(Chunk));
      return added.error();
    }
  }
  std::size_t at = chunk_for(value);
  if (chunks_[at]->count == std::size(chunks_[at]->values)) {
    TRY(split(at));
    at = chunk_for(value);
  }
  Chunk& chunk = *chunks_[at];
  const unsigned place = place_in(chunk, value);
  if (place < chunk.count && chunk.values[place] == value) return {};
  std::copy_backward(chunk.values + place, chunk.values + chunk.count, chunk.values + chunk.count + 1);
  chunk.values[place] = value;
  chunk.count++;
  size_++;
  return {};
}

bool SortedSet::erase(std::uint64_t value) {
  if (chunks_.empty()) return false;
  const std::size_t at = chunk_for(value);
  Chunk& chunk = *chunks_[at];
  const unsigned place = place_in(chunk, value);
  if (place == chunk.count || chunk.values[place] != value) return false;
  std::copy(chunk.values + place + 1, chunk.values + chunk.count, chunk.values + place);
  size_--;
  if (--chunk.count == 0) {
    memory_->release(&chunk, sizeof(Chunk));
    chunks_.erase(at);
  }
  return true;
}

}  // namespace redoxfs
