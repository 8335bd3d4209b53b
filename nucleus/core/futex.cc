// SPDX-License-Identifier: ISC

#include "late_wakes.h"

#include <nucleus/address_space.h>
#include <nucleus/futex.h>
#include <nucleus/intrusive_list.h>
#include <nucleus/locked.h>
#include <nucleus/thread.h>
#include <nucleus/wait_queue.h>

#include <array>
#include <atomic>

namespace nucleus {

namespace {

struct FutexWaiter {
  Thread& thread;
  VirtAddr at;  // changed by a requeue
  std::uint32_t bits;
  std::atomic<bool> woken{false};  // the last that the waker writes: the thread may return, and this be gone
  std::atomic<unsigned> bucket;    // where it is, or was, queued; changed by a requeue under both locks
  ListLink<FutexWaiter> link;
};

struct Bucket {
  IntrusiveList<FutexWaiter, &FutexWaiter::link> waiters;
};

constexpr unsigned bucket_count = 64;

using LockedBucket = Locked<Bucket, Rank::futex>;
constinit std::array<LockedBucket, bucket_count> buckets;

unsigned bucket_of(VirtAddr at) {
  const std::uint64_t word = at.value >> 2;
  return static_cast<unsigned>((word ^ (word >> 6) ^ (word >> 12)) % bucket_count);
}

Result<> check_address(VirtAddr at) {
  if (!is_aligned(at.value, sizeof(std::uint32_t))) return Error::invalid_argument;
  return {};
}

/// Runs operation() -> Result<T>, again while it finds the word's page missing.
template <typename Operation>
auto with_word(VirtAddr at, Operation&& operation) -> decltype(operation()) {
  for (;;) {
    auto result = operation();
    if (result.ok() || result.error() != Error::busy) return result;
    TRY(check_readable(at, sizeof(std::uint32_t)));
  }
}

/// Runs function(Bucket&) on the bucket that the waiter is in, which a requeue may change meanwhile.
template <typename Function>
auto with_bucket_of(FutexWaiter& waiter, Function&& function) {
  for (;;) {
    const unsigned index = waiter.bucket.load(std::memory_order_acquire);
    bool moved = false;
    const auto result = buckets[index].with([&](Bucket& bucket) {
      moved = waiter.bucket.load(std::memory_order_relaxed) != index;
      return moved ? decltype(function(bucket)){} : function(bucket);
    });
    if (!moved) return result;
  }
}

void wake(Bucket& bucket, FutexWaiter& waiter, LateWakes& wakes) {
  bucket.waiters.remove(waiter);
  wakes.add(waiter.thread);
  waiter.woken.store(true, std::memory_order_release);
}

std::size_t wake_some(Bucket& bucket, VirtAddr at, std::size_t count, std::uint32_t bits, LateWakes& wakes) {
  std::size_t woken = 0;
  bucket.waiters.for_each([&](FutexWaiter& waiter) {
    if (woken == count || waiter.at != at || (waiter.bits & bits) == 0) return;
    wake(bucket, waiter, wakes);
    ++woken;
  });
  return woken;
}

/// Both buckets of a requeue, locked in order of address.
template <typename Function>
auto with_two(unsigned first, unsigned second, Function&& function) {
  if (first == second) return buckets[first].with([&](Bucket& bucket) { return function(bucket, bucket); });
  const bool ordered = first < second;
  return buckets[ordered ? first : second].with([&](Bucket& lower) {
    return buckets[ordered ? second : first].with_nested(
        [&](Bucket& upper) { return ordered ? function(lower, upper) : function(upper, lower); });
  });
}

}  // namespace

Result<> futex_wait(VirtAddr at, std::uint32_t expected, std::uint32_t bits, Deadline deadline) {
  TRY(check_address(at));
  if (bits == 0) return Error::invalid_argument;
  const unsigned index = bucket_of(at);
  FutexWaiter waiter{.thread = current_thread(), .at = at, .bits = bits, .bucket = index};
  TRY(with_word(at, [&]() -> Result<> {
    return buckets[index].with([&](Bucket& bucket) -> Result<> {
      if (TRY(load_resident_word(at)) != expected) return Error::would_block;
      bucket.waiters.push_back(waiter);
      return {};
    });
  }));
  while (!waiter.woken.load(std::memory_order_acquire)) {
    const bool late = deadline.passed();
    const bool signalled = signal_waits_for_current_thread();
    if (!late && !signalled) {
      park(deadline);
      continue;
    }
    const bool woken = with_bucket_of(waiter, [&](Bucket& bucket) {
      if (!waiter.woken) bucket.waiters.remove(waiter);
      return waiter.woken.load();
    });
    if (!woken) return signalled ? Error::interrupted : Error::timed_out;
  }
  return {};
}

Result<std::size_t> futex_wake(VirtAddr at, std::size_t count, std::uint32_t bits) {
  TRY(check_address(at));
  if (bits == 0) return Error::invalid_argument;
  LateWakes wakes;
  return buckets[bucket_of(at)].with(
      [&](Bucket& bucket) { return wake_some(bucket, at, count, bits, wakes); });
}

Result<std::size_t> futex_requeue(VirtAddr from, std::size_t wake_count, VirtAddr to, std::size_t move_count,
                                  const std::uint32_t* expected) {
  TRY(check_address(from));
  TRY(check_address(to));
  const unsigned target = bucket_of(to);
  return with_word(from, [&]() -> Result<std::size_t> {
    LateWakes wakes;
    return with_two(bucket_of(from), target, [&](Bucket& source, Bucket& destination) -> Result<std::size_t> {
      if (expected && TRY(load_resident_word(from)) != *expected) return Error::would_block;
      const std::size_t woken = wake_some(source, from, wake_count, futex_any_bit, wakes);
      std::size_t moved = 0;
      source.waiters.for_each([&](FutexWaiter& waiter) {
        if (moved == move_count || waiter.at != from || from == to) return;
        source.waiters.remove(waiter);
        waiter.at = to;
        waiter.bucket.store(target, std::memory_order_release);
        destination.waiters.push_back(waiter);
        ++moved;
      });
      return woken + moved;
    });
  });
}

}  // namespace nucleus
