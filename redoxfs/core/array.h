// SPDX-License-Identifier: ISC
#pragma once

// Array<T>: a growable array of trivially copyable elements whose growth can fail.

#include <redoxfs/services.h>

#include <cstring>

#include "core/try.h"

namespace redoxfs {

template <typename T>
class Array {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 16);

 public:
  explicit Array(Memory& memory) : memory_{&memory} {}
  Array(Array&& other) noexcept
      : memory_{other.memory_},
        data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)} {}
  Array& operator=(Array&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Array() {
    if (data_) memory_->release(data_, capacity_ * sizeof(T));
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& back() { return data_[size_ - 1]; }
  std::span<T> span() { return {data_, size_}; }
  std::span<const T> span() const { return {data_, size_}; }

  void clear() { size_ = 0; }
  T pop() { return data_[--size_]; }
  /// Forgets what is at `index` and after it.
  void shrink(std::size_t size) { size_ = size; }

  /// Room for `wanted` elements. Errors: out_of_memory; then nothing changed.
  Result<void> reserve(std::size_t wanted) {
    if (wanted <= capacity_) return {};
    std::size_t capacity = capacity_ * 2 > wanted ? capacity_ * 2 : wanted;
    if (capacity < 8) capacity = 8;
    if (capacity > static_cast<std::size_t>(-1) / sizeof(T)) return Error::out_of_memory;
    auto* data = static_cast<T*>(memory_->allocate(capacity * sizeof(T)));
    if (!data) return Error::out_of_memory;
    if (size_ > 0) std::memcpy(static_cast<void*>(data), data_, size_ * sizeof(T));
    if (data_) memory_->release(data_, capacity_ * sizeof(T));
    data_ = data;
    capacity_ = capacity;
    return {};
  }
  /// Errors: out_of_memory; then nothing changed.
  Result<void> push(const T& value) {
    const T copy = value;  // may lie in the array
    TRY(reserve(size_ + 1));
    data_[size_++] = copy;
    return {};
  }
  /// Grows with zero bytes or shrinks. Errors: out_of_memory.
  Result<void> resize(std::size_t size) {
    TRY(reserve(size));
    if (size > size_) std::memset(static_cast<void*>(data_ + size_), 0, (size - size_) * sizeof(T));
    size_ = size;
    return {};
  }
  /// Errors: out_of_memory.
  Result<void> insert(std::size_t at, const T& value) {
    const T copy = value;
    TRY(reserve(size_ + 1));
    std::memmove(static_cast<void*>(data_ + at + 1), data_ + at, (size_ - at) * sizeof(T));
    data_[at] = copy;
    size_++;
    return {};
  }
  void erase(std::size_t at) {
    std::memmove(static_cast<void*>(data_ + at), data_ + at + 1, (size_ - at - 1) * sizeof(T));
    size_--;
  }

 private:
  Memory* memory_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace redoxfs
