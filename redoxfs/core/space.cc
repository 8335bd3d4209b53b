// SPDX-License-Identifier: ISC
#include "core/space.h"

namespace redoxfs {

std::uint64_t Space::kept_back() const {
  // A commit writes the log: about one block for every 255 runs that the transaction touched, and a few more.
  const std::uint64_t for_log = (fresh_.pieces() + released_.pieces()) / 200;
  switch (reserve_) {
    case Reserve::normal:
      return 44 + for_log;
    case Reserve::removal:
      return 12 + for_log;
    case Reserve::commit:
      return 0;
  }
  return 0;
}

bool Space::can_allocate(unsigned level) const {
  return available_.count() >= blocks_of_level(level) + kept_back() && available_.has(level);
}

Result<std::uint64_t> Space::allocate(unsigned level) {
  if (available_.count() < blocks_of_level(level) + kept_back()) return Error::no_space;
  TRY(events_.reserve(events_.size() + 1));
  auto taken = available_.take(level);
  if (!taken.ok()) {
    broken_ |= taken.error() == Error::out_of_memory;
    return taken.error();
  }
  const Extent extent{taken.value(), blocks_of_level(level)};
  TRY(must(fresh_.add(extent)));
  TRY(note(extent, Change::allocated));
  return extent.index;
}

Result<void> Space::release(std::uint64_t index, std::uint64_t count) {
  const Extent extent{index, count};
  TRY(events_.reserve(events_.size() + 1));
  if (fresh_.contains(extent)) {
    TRY(must(available_.add(extent)));
    TRY(must(fresh_.remove(extent)));
    return note(extent, Change::released_fresh);
  }
  if (available_.touches(extent) || released_.touches(extent) || released_before_.touches(extent) ||
      held_.touches(extent) || fresh_.touches(extent))
    return Error::damaged;
  TRY(must(released_.add(extent)));
  return note(extent, Change::released_old);
}

void Space::shrink(std::uint64_t index, unsigned from_level, unsigned to_level) {
  for (unsigned level = from_level; level-- > to_level;) {
    const Extent upper{index + blocks_of_level(level), blocks_of_level(level)};
    (void)must(available_.add(upper));
    (void)must(fresh_.remove(upper));
  }
}

void Space::give_back(std::uint64_t index, std::uint64_t count) {
  (void)must(available_.add({index, count}));
  (void)must(fresh_.remove({index, count}));
}

void Space::roll_back() {
  while (!events_.empty()) {
    const Event event = events_.pop();
    switch (event.change) {
      case Change::allocated:
        (void)must(fresh_.remove(event.extent));
        (void)must(available_.add(event.extent));
        break;
      case Change::released_fresh:
        (void)must(available_.remove(event.extent));
        (void)must(fresh_.add(event.extent));
        break;
      case Change::released_old:
        (void)must(released_.remove(event.extent));
        break;
    }
  }
  active_ = false;
}

/// Without memory for the list the blocks stay unused until the file system is opened again; the log knows
/// them.
void Space::move(Extents& from, Extents& to) {
  if (const auto runs = from.runs(); runs.ok())
    for (const Extent& run : runs.value()) (void)to.add(run);
  from.clear();
}

void Space::committed() {
  fresh_.clear();
  move(released_before_, pins_ == 0 ? available_ : held_);
  move(released_, released_before_);
}

void Space::unpin() {
  if (--pins_ == 0) move(held_, available_);
}

}  // namespace redoxfs
