// SPDX-License-Identifier: ISC
#pragma once

// Locked<T, rank>: data that cannot be reached without its lock.

#include <nucleus/spin_lock.h>

#include <utility>

namespace nucleus {

template <typename T, Rank rank>
class Locked {
 public:
  template <typename... Arguments>
  constexpr explicit Locked(Arguments&&... arguments) : data_{std::forward<Arguments>(arguments)...} {}

  /// Calls function(T&) with the lock held and interrupts off; returns what it returns.
  /// The function must not block and must not let the reference escape.
  template <typename Function>
  decltype(auto) with(Function&& function) {
    SpinGuard guard{lock_};
    return std::forward<Function>(function)(data_);
  }

  /// The same while another lock of this rank is held: the caller has an order among them (and says which).
  template <typename Function>
  decltype(auto) with_nested(Function&& function) {
    NestedSpinGuard guard{lock_};
    return std::forward<Function>(function)(data_);
  }

  /// The data without the lock: for panic and for single-threaded boot only.
  T& without_lock() { return data_; }

 private:
  SpinLock lock_{rank};
  T data_;
};

}  // namespace nucleus
