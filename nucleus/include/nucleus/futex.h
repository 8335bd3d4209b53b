// SPDX-License-Identifier: ISC
#pragma once

// The futex table. A futex is a 32-bit word of the program, named by its virtual address (there is one
// program address space; frames will name shared ones). The word is compared and the waiter queued under one
// bucket's lock, so no wake-up is lost.

#include <nucleus/address.h>
#include <nucleus/result.h>
#include <nucleus/time.h>

#include <cstddef>
#include <cstdint>

namespace nucleus {

inline constexpr std::uint32_t futex_any_bit = 0xffff'ffff;

/// Sleeps while the word at `at` holds `expected`, until a wake whose bits meet `bits`.
/// Errors: would_block (it holds something else), timed_out, interrupted (a signal), bad_address,
/// invalid_argument (`at` not 4-aligned, or no bits). Context: thread, no lock held.
Result<> futex_wait(VirtAddr at, std::uint32_t expected, std::uint32_t bits, Deadline deadline);

/// Wakes up to `count` waiters of `at` whose bits meet `bits`, longest waiting first. Returns how many.
/// Errors: invalid_argument.
Result<std::size_t> futex_wake(VirtAddr at, std::size_t count, std::uint32_t bits = futex_any_bit);

/// Wakes up to `wake_count` waiters of `from` and moves up to `move_count` others to `to`. With `expected`,
/// does so only if the word at `from` holds it. Returns woken + moved. Errors: would_block, bad_address,
/// invalid_argument.
Result<std::size_t> futex_requeue(VirtAddr from, std::size_t wake_count, VirtAddr to, std::size_t move_count,
                                  const std::uint32_t* expected);

}  // namespace nucleus
