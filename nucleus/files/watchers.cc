// SPDX-License-Identifier: ISC

#include "watchers.h"

#include <nucleus/wait_queue.h>

namespace nucleus {

void Watchers::join(Watch& watch) {
  list_.with([&](List& list) { list.push_back(watch); });
}

void Watchers::leave(Watch& watch) {
  list_.with([&](List& list) { list.remove(watch); });
}

void Watchers::notify() {
  list_.with([](List& list) { list.for_each([](Watch& watch) { unpark(watch.thread); }); });
}

}  // namespace nucleus
