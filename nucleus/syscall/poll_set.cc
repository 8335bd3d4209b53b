// SPDX-License-Identifier: ISC

#include "poll_set.h"

namespace nucleus {

PollSet::~PollSet() {
  for (Entry& entry : entries_) {
    if (entry.watching) entry.file->watchers()->leave(entry.watch);
  }
}

Result<> PollSet::add(int descriptor, std::uint16_t wanted, Ref<OpenFile> file) {
  return entries_.push({.descriptor = descriptor, .wanted = wanted, .file = std::move(file)});
}

/// Asks each file once.
std::size_t PollSet::look() {
  std::size_t count = 0;
  for (Entry& entry : entries_) {
    if (entry.file) {
      entry.found = entry.file->ready() & entry.wanted;
    } else {
      entry.found = entry.descriptor < 0 ? 0 : PollEvents::invalid;
    }
    if (entry.found != 0) count++;
  }
  return count;
}

Result<std::size_t> PollSet::wait(Deadline deadline) {
  std::size_t found = look();
  if (found > 0 || deadline.passed()) return found;
  for (Entry& entry : entries_) {
    Watchers* watchers = entry.file ? entry.file->watchers() : nullptr;
    if (!watchers) continue;
    watchers->join(entry.watch);
    entry.watching = true;
  }
  for (;;) {
    found = look();
    if (found > 0 || deadline.passed()) return found;
    if (signal_waits_for_current_thread()) return Error::interrupted;
    park(deadline);
  }
}

}  // namespace nucleus
