// SPDX-License-Identifier: ISC
#pragma once

// Vector<T>: a growable array whose growth can fail. Elements move when it grows.

#include <nucleus/result.h>

#include <cstddef>
#include <new>
#include <span>
#include <utility>

namespace nucleus {

template <typename T>
class Vector {
  static_assert(alignof(T) <= 16, "the heap aligns to 16 bytes");

 public:
  Vector() = default;
  Vector(Vector&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)} {}
  Vector& operator=(Vector&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Vector() {
    clear();
    ::operator delete(data_);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& back() { return data_[size_ - 1]; }
  std::span<const T> span() const { return {data_, size_}; }
  std::span<T> span() { return {data_, size_}; }

  /// Errors: out_of_memory; then nothing changed.
  Result<> push(T value) {
    TRY(reserve(size_ + 1));
    new (data_ + size_) T(std::move(value));
    size_++;
    return {};
  }
  void pop() { data_[--size_].~T(); }
  void clear() {
    while (size_ > 0) pop();
  }
  /// Makes room for `wanted` elements. Errors: out_of_memory.
  Result<> reserve(std::size_t wanted) {
    if (wanted <= capacity_) return {};
    std::size_t capacity = capacity_ * 2 > wanted ? capacity_ * 2 : wanted;
    if (capacity < 8) capacity = 8;
    if (capacity > static_cast<std::size_t>(-1) / sizeof(T)) return Error::out_of_memory;
    auto* data = static_cast<T*>(::operator new(capacity * sizeof(T), std::nothrow));
    if (!data) return Error::out_of_memory;
    for (std::size_t i = 0; i < size_; i++) {
      new (data + i) T(std::move(data_[i]));
      data_[i].~T();
    }
    ::operator delete(data_);
    data_ = data;
    capacity_ = capacity;
    return {};
  }
  /// Grows with `T{}` or shrinks to `size`. Errors: out_of_memory.
  Result<> resize(std::size_t size) {
    TRY(reserve(size));
    while (size_ > size) pop();
    for (; size_ < size; size_++) new (data_ + size_) T{};
    return {};
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace nucleus
