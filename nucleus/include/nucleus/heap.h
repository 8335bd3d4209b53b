// SPDX-License-Identifier: ISC
#pragma once

// The nucleus' own heap: small objects from slabs of one frame, larger ones from whole frames (at most 4 MiB
// in one piece; file contents and the like belong in frames, not here). Memory comes charged against the
// commit limit, is resident, and is reached through the direct map. Only `new (std::nothrow)` exists:
// allocation can fail, plain `new` does not link.
//
// Context of all: any but a trap's catch stack; takes Rank::heap.

#include <nucleus/panic.h>
#include <nucleus/result.h>

#include <cstddef>
#include <new>
#include <utility>

namespace nucleus {

struct HeapCounters {
  std::size_t objects = 0;
  std::size_t bytes = 0;   // as asked for, rounded to the size class
  std::size_t frames = 0;  // taken from the frame allocator
};

/// `size` bytes, aligned to 16 (to a page from 2 KiB on), not zeroed; null if there is no memory.
[[nodiscard]] void* heap_allocate(std::size_t size);
/// Gives back what heap_allocate returned; null is fine.
void heap_free(void* block);
HeapCounters heap_counters();

/// Owned<T>: a T on the heap with one owner, which frees it. Never copied.
template <typename T>
class [[nodiscard]] Owned {
 public:
  constexpr Owned() = default;
  explicit Owned(T* taken) : pointer_{taken} {}
  Owned(Owned&& other) noexcept : pointer_{other.release()} {}
  template <typename Derived>
  requires std::is_convertible_v<Derived*, T*> Owned(Owned<Derived>&& other)
  noexcept : pointer_{other.release()} {}  // NOLINT: implicit on purpose
  Owned& operator=(Owned&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Owned() { reset(); }

  T* get() const { return pointer_; }
  T& operator*() const { return *pointer_; }
  T* operator->() const { return pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }
  T* release() { return std::exchange(pointer_, nullptr); }
  void reset(T* taken = nullptr) {
    T* old = std::exchange(pointer_, taken);
    delete old;
  }

 private:
  T* pointer_ = nullptr;
};

/// A new T, or Error::out_of_memory.
template <typename T, typename... Arguments>
Result<Owned<T>> make_owned(Arguments&&... arguments) {
  T* made = new (std::nothrow) T{std::forward<Arguments>(arguments)...};
  if (!made) return Error::out_of_memory;
  return Owned<T>{made};
}

}  // namespace nucleus
