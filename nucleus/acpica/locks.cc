// SPDX-License-Identifier: ISC

// ACPICA's locks. The interpreter has one caller at a time, so they are seldom waited for; AML's own mutexes
// and events are semaphores too.

#include <acpica/interpreter/services.h>

#include <nucleus/heap.h>
#include <nucleus/locked.h>
#include <nucleus/spin_lock.h>
#include <nucleus/wait_queue.h>

namespace {
using namespace nucleus;

struct Units {
  std::uint32_t free = 0;
  std::uint32_t most = 0;
  WaitQueue waiters;
};

using Semaphore = Locked<Units, Rank::wait_queue>;

constexpr std::uint16_t for_ever = 0xffff;

struct Lock {
  SpinLock lock{Rank::interpreter};
  arch::InterruptState before{};  // its holder's
};

}  // namespace

void* nucleus_acpi_make_spin_lock() {
  auto made = make_owned<Lock>();
  return made.ok() ? made.value().release() : nullptr;
}

void nucleus_acpi_free_spin_lock(void* lock) {
  delete static_cast<Lock*>(lock);
}

void nucleus_acpi_spin_lock(void* lock) {
  auto& taken = *static_cast<Lock*>(lock);
  const arch::InterruptState before = taken.lock.lock();
  taken.before = before;
}

void nucleus_acpi_spin_unlock(void* lock) {
  auto& taken = *static_cast<Lock*>(lock);
  const arch::InterruptState before = taken.before;
  taken.lock.unlock(before);
}

void* nucleus_acpi_make_semaphore(uint32_t units, uint32_t most) {
  auto made = make_owned<Semaphore>();
  if (!made.ok() || units > most) return nullptr;
  made.value()->with([&](Units& state) {
    state.free = units;
    state.most = most;
  });
  return made.value().release();
}

void nucleus_acpi_free_semaphore(void* semaphore) {
  delete static_cast<Semaphore*>(semaphore);
}

int nucleus_acpi_wait_semaphore(void* semaphore, uint32_t units, uint16_t timeout_ms) {
  const Deadline deadline =
      timeout_ms == for_ever ? Deadline::never() : Deadline::after(timeout_ms * ns_per_ms);
  const auto taken = wait_until(
      *static_cast<Semaphore*>(semaphore), &Units::waiters,
      [&](Units& state) {
        if (state.free < units) return false;
        state.free -= units;
        return true;
      },
      deadline, Interruptible::no);
  return taken.ok();
}

int nucleus_acpi_signal_semaphore(void* semaphore, uint32_t units) {
  return static_cast<Semaphore*>(semaphore)->with([&](Units& state) {
    if (units > state.most - state.free) return false;
    state.free += units;
    state.waiters.wake_all();
    return true;
  });
}

uint64_t nucleus_acpi_thread() {
  return reinterpret_cast<uint64_t>(&nucleus::current_thread());
}
