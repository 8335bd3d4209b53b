// SPDX-License-Identifier: ISC
#pragma once

// Owned<T>: an object made in a Memory, destroyed with its owner.

#include <redoxfs/services.h>

namespace redoxfs {

template <typename T>
class Owned {
 public:
  Owned() = default;
  Owned(T* object, Memory& memory) : object_{object}, memory_{&memory} {}
  Owned(Owned&& other) noexcept : object_{std::exchange(other.object_, nullptr)}, memory_{other.memory_} {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~Owned() {
    if (!object_) return;
    object_->~T();
    memory_->release(object_, sizeof(T));
  }

  /// Errors: out_of_memory.
  template <typename... Arguments>
  static Result<Owned> make(Memory& memory, Arguments&&... arguments) {
    void* place = memory.allocate(sizeof(T));
    if (!place) return Error::out_of_memory;
    return Owned(new (place) T(std::forward<Arguments>(arguments)...), memory);
  }

  T* get() const { return object_; }
  /// The object is no more owned.
  T* release() { return std::exchange(object_, nullptr); }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_; }

 private:
  T* object_ = nullptr;
  Memory* memory_ = nullptr;
};

}  // namespace redoxfs
