// SPDX-License-Identifier: ISC
#pragma once

// How a thread waits for something to become readable or writable. A thread puts a Watch into the Watchers of
// each file that it waits for, *then* asks the files, and parks if none is ready; whoever changes a file's
// readiness calls notify(). An event between asking and parking leaves the thread its permit, so that none is
// lost.

#include <nucleus/intrusive_list.h>
#include <nucleus/locked.h>

namespace nucleus {
class Thread;

/// One thread's interest in one file. On the waiting thread's stack; leave() before it goes.
struct Watch {
  explicit Watch(Thread& waiting) : thread{waiting} {}
  Thread& thread;
  ListLink<Watch> link;
};

class Watchers {
 public:
  constexpr Watchers() = default;

  void join(Watch& watch);
  void leave(Watch& watch);
  /// Wakes all who watch; each looks for itself. Context: any, also interrupts, with locks below
  /// Rank::wait_queue held.
  void notify();

 private:
  using List = IntrusiveList<Watch, &Watch::link>;
  Locked<List, Rank::wait_queue> list_;
};

}  // namespace nucleus
