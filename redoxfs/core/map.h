// SPDX-License-Identifier: ISC
#pragma once

// Map<V>: from 64-bit keys to trivially copyable values, by open addressing with linear probing.

#include <redoxfs/services.h>

#include <cstring>

#include "core/try.h"

namespace redoxfs {

template <typename V>
class Map {
  struct Slot {
    std::uint64_t key;
    V value;
    bool taken;
  };
  static_assert(std::is_trivially_copyable_v<V>);

 public:
  explicit Map(Memory& memory) : memory_{&memory} {}
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;
  ~Map() {
    if (slots_) memory_->release(slots_, capacity_ * sizeof(Slot));
  }

  std::size_t size() const { return size_; }

  /// Borrowed until the next insert or erase; null when absent.
  V* find(std::uint64_t key) {
    if (size_ == 0) return nullptr;
    for (std::size_t at = home(key); slots_[at].taken; at = next(at))
      if (slots_[at].key == key) return &slots_[at].value;
    return nullptr;
  }

  /// Adds or replaces. Errors: out_of_memory; then nothing changed.
  Result<void> insert(std::uint64_t key, const V& value) {
    if ((size_ + 1) * 3 > capacity_ * 2) TRY(grow());
    std::size_t at = home(key);
    while (slots_[at].taken && slots_[at].key != key) at = next(at);
    size_ += !slots_[at].taken;
    slots_[at] = Slot{key, value, true};
    return {};
  }

  /// Whether it was there. Moves later entries of the run back, so that no tombstones gather.
  bool erase(std::uint64_t key) {
    if (size_ == 0) return false;
    std::size_t at = home(key);
    while (slots_[at].taken && slots_[at].key != key) at = next(at);
    if (!slots_[at].taken) return false;
    std::size_t hole = at;
    for (std::size_t i = next(hole); slots_[i].taken; i = next(i)) {
      const std::size_t wanted = home(slots_[i].key);
      // It may move only when its home does not lie between the hole and itself.
      if (((i - wanted) & (capacity_ - 1)) >= ((i - hole) & (capacity_ - 1))) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole].taken = false;
    size_--;
    return true;
  }

  /// Calls visit(key, value) for each, in no order; visit must not change the map.
  template <typename Visit>
  void each(Visit visit) {
    for (std::size_t i = 0; i < capacity_; i++)
      if (slots_[i].taken) visit(slots_[i].key, slots_[i].value);
  }

  void clear() {
    for (std::size_t i = 0; i < capacity_; i++) slots_[i].taken = false;
    size_ = 0;
  }

 private:
  std::size_t home(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 32) & (capacity_ - 1);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (capacity_ - 1); }

  Result<void> grow() {
    const std::size_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
    auto* slots = static_cast<Slot*>(memory_->allocate(capacity * sizeof(Slot)));
    if (!slots) return Error::out_of_memory;
    for (std::size_t i = 0; i < capacity; i++) slots[i].taken = false;
    Slot* old = std::exchange(slots_, slots);
    const std::size_t old_capacity = std::exchange(capacity_, capacity);
    for (std::size_t i = 0; i < old_capacity; i++) {
      if (!old[i].taken) continue;
      std::size_t at = home(old[i].key);
      while (slots_[at].taken) at = next(at);
      slots_[at] = old[i];
    }
    if (old) memory_->release(old, old_capacity * sizeof(Slot));
    return {};
  }

  Memory* memory_;
  Slot* slots_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // a power of two
};

}  // namespace redoxfs
