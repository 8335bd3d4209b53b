// SPDX-License-Identifier: ISC

#include "signal_table.h"

#include <nucleus/cpu.h>

#include <arch/cpu.h>

namespace nucleus {
namespace {

struct Dispositions {
  SignalDisposition of[signal_count + 1];
  SignalOrigin origin[signal_count + 1] = {};  // of what is pending for the program
};

constinit Locked<Dispositions, Rank::process> dispositions;

/// Makes the other CPUs look for signals: the thread that was sent one may be running there.
void kick_other_cpus() {
  const InterruptGuard guard;
  const unsigned own = arch::this_cpu()->index;
  for (unsigned index = 0; index < online_cpu_count(); index++) {
    if (index != own) arch::send_ipi(index);
  }
}

bool would_take(const Thread& thread, int signal) {
  const std::uint64_t bit = signal_bit(signal);
  return (thread.signals.blocked & bit) == 0 || (thread.signals.waited_for & bit) != 0;
}

}  // namespace

SignalDisposition signal_disposition(int signal) {
  return dispositions.with([&](Dispositions& all) { return all.of[signal]; });
}

SignalDisposition set_signal_disposition(int signal, const SignalDisposition& disposition) {
  const SignalDisposition old = dispositions.with([&](Dispositions& all) {
    const SignalDisposition before = all.of[signal];
    all.of[signal] = disposition;
    return before;
  });
  if (disposition.ignores(signal)) {
    const std::uint64_t others = ~signal_bit(signal);
    signals_for_any_thread &= others;
    Thread::for_each_program_thread([&](Thread& thread) {
      thread.signals.pending &= others;
      return true;
    });
  }
  return old;
}

void send_signal_to_program(int signal, SignalOrigin origin) {
  const std::uint64_t bit = signal_bit(signal);
  const bool ignored = dispositions.with([&](Dispositions& all) {
    all.origin[signal] = origin;
    return all.of[signal].ignores(signal);
  });
  Thread* chosen = nullptr;
  bool somebody_waits = false;
  Thread::for_each_program_thread([&](Thread& thread) {
    if ((thread.signals.waited_for & bit) != 0) somebody_waits = true;
    return true;
  });
  if (ignored && !somebody_waits) return;
  signals_for_any_thread |= bit;
  Thread::for_each_program_thread([&](Thread& thread) {
    if (!would_take(thread, signal)) return true;
    chosen = &thread;
    unpark(thread);
    return false;
  });
  if (chosen) kick_other_cpus();
}

Result<> send_signal_to_thread(ThreadId id, int signal) {
  const bool ignored = dispositions.with([&](Dispositions& all) { return all.of[signal].ignores(signal); });
  const bool found = Thread::with(id, [&](Thread& thread) {
    if (ignored && (thread.signals.blocked & signal_bit(signal)) == 0) return;
    thread.signals.pending |= signal_bit(signal);
    unpark(thread);
  });
  if (!found) return Error::no_such_thread;
  kick_other_cpus();
  return {};
}

TakenSignal take_waiting_signal(SignalState& state, std::uint64_t wanted) {
  for (;;) {
    const std::uint64_t waiting = state.waiting() & wanted;
    if (waiting == 0) return {};
    const std::uint64_t bit = waiting & -waiting;
    const int number = __builtin_ctzll(bit) + 1;
    if (state.pending.fetch_and(~bit) & bit) return {number, SignalOrigin::thread};
    if (signals_for_any_thread.fetch_and(~bit) & bit) {
      return {number, dispositions.with([&](Dispositions& all) { return all.origin[number]; })};
    }
    // Another thread was faster: look again.
  }
}

}  // namespace nucleus
