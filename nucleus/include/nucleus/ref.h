// SPDX-License-Identifier: ISC
#pragma once

// Ref<T>: a counted reference to an object that several owners truly share. The count lives in the object,
// which derives from RefCounted; the last reference deletes it. Counting is atomic; the object's own state is
// not thereby protected.

#include <atomic>
#include <cstdint>
#include <utility>

namespace nucleus {

class RefCounted {
 public:
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

  void add_reference() const { references_.fetch_add(1, std::memory_order_relaxed); }
  /// True if that was the last reference: the caller deletes the object.
  bool drop_reference() const { return references_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  std::uint32_t reference_count() const { return references_.load(std::memory_order_relaxed); }

 protected:
  RefCounted() = default;
  ~RefCounted() = default;

 private:
  mutable std::atomic<std::uint32_t> references_{1};
};

/// A reference, possibly null.
template <typename T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}  // NOLINT: implicit on purpose
  /// Takes over the reference that `object` was born with.
  static Ref adopt(T* object) { return Ref{object}; }
  /// One more reference to an object that is already owned.
  static Ref share(T* object) {
    if (object) object->add_reference();
    return Ref{object};
  }

  Ref(const Ref& other) : Ref{share(other.object_)} {}
  Ref(Ref&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
  template <typename U>
  Ref(const Ref<U>& other) : Ref{share(other.get())} {}  // NOLINT
  template <typename U>
  Ref(Ref<U>&& other) : object_{other.release()} {}  // NOLINT
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ && object_->drop_reference()) delete object_;
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool operator==(const Ref& other) const { return object_ == other.object_; }
  /// Gives the reference up without dropping it.
  T* release() { return std::exchange(object_, nullptr); }

 private:
  explicit Ref(T* object) : object_{object} {}
  T* object_ = nullptr;
};

}  // namespace nucleus
