// SPDX-License-Identifier: ISC
#include "core/extents.h"

#include <algorithm>
#include <bit>

namespace redoxfs {

namespace {

/// Calls visit(index, level) for the aligned pieces of an extent, from its start. Stops at the first error.
template <typename Visit>
Result<void> each_piece(Extent extent, Visit visit) {
  while (extent.count > 0) {
    const auto alignment = static_cast<unsigned>(std::countr_zero(extent.index));
    const auto fitting = static_cast<unsigned>(std::bit_width(extent.count)) - 1;
    const unsigned level = std::min({alignment, fitting, 49u});
    TRY(visit(extent.index, level));
    extent.index += std::uint64_t{1} << level;
    extent.count -= std::uint64_t{1} << level;
  }
  return {};
}

bool sane(Extent extent) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 50;
  return extent.index < limit && extent.count <= limit;
}

}  // namespace

Extents::Extents(Memory& memory) : memory_{&memory}, sets_{reinterpret_cast<SortedSet*>(storage_)} {
  for (unsigned i = 0; i < levels; i++) new (sets_ + i) SortedSet(memory);
}

Extents::~Extents() {
  for (unsigned i = 0; i < levels; i++) sets_[i].~SortedSet();
}

void Extents::clear() {
  for (unsigned i = 0; i < levels; i++) sets_[i].clear();
  count_ = 0;
}

std::size_t Extents::pieces() const {
  std::size_t sum = 0;
  for (unsigned i = 0; i < levels; i++) sum += sets_[i].size();
  return sum;
}

/// Whether one piece of the set covers all of this one.
bool Extents::contains_piece(std::uint64_t index, unsigned level) const {
  for (unsigned l = level; l < levels; l++)
    if (sets_[l].size() > 0 && sets_[l].contains(index >> l << l)) return true;
  return false;
}

bool Extents::touches_piece(std::uint64_t index, unsigned level) const {
  if (contains_piece(index, level)) return true;
  const std::uint64_t end = index + (std::uint64_t{1} << level);
  for (unsigned l = 0; l < level; l++) {
    std::uint64_t found;
    if (sets_[l].size() > 0 && sets_[l].at_least(index, found) && found < end) return true;
  }
  return false;
}

bool Extents::touches(Extent extent) const {
  if (!sane(extent)) return false;
  return !each_piece(extent, [&](std::uint64_t index, unsigned level) -> Result<void> {
            if (touches_piece(index, level)) return Error::exists;
            return {};
          }).ok();
}

bool Extents::contains(Extent extent) const {
  if (!sane(extent)) return false;
  // Walks the set's own pieces: each covers the start of what is left.
  while (extent.count > 0) {
    bool found = false;
    for (unsigned l = 0; l < levels && !found; l++) {
      const std::uint64_t start = extent.index >> l << l;
      if (sets_[l].size() == 0 || !sets_[l].contains(start)) continue;
      const std::uint64_t covered = start + (std::uint64_t{1} << l) - extent.index;
      const std::uint64_t step = std::min(covered, extent.count);
      extent.index += step;
      extent.count -= step;
      found = true;
    }
    if (!found) return false;
  }
  return true;
}

Result<void> Extents::add_piece(std::uint64_t index, unsigned level) {
  count_ += std::uint64_t{1} << level;
  while (level + 1 < levels) {
    const std::uint64_t buddy = index ^ std::uint64_t{1} << level;
    if (!sets_[level].erase(buddy)) break;
    index &= ~(std::uint64_t{1} << level);
    level++;
  }
  return sets_[level].insert(index);
}

Result<void> Extents::add(Extent extent) {
  if (!sane(extent) || touches(extent)) return Error::damaged;
  return each_piece(extent, [&](std::uint64_t index, unsigned level) { return add_piece(index, level); });
}

/// Removes a piece that the set contains, as one piece, as part of a larger one, or in parts.
Result<void> Extents::remove_piece(std::uint64_t index, unsigned level) {
  for (unsigned l = level; l < levels; l++) {
    const std::uint64_t whole = index >> l << l;
    if (sets_[l].size() == 0 || !sets_[l].erase(whole)) continue;
    // Put back the halves that were not asked for.
    for (unsigned half = l; half-- > level;) {
      const std::uint64_t kept = (index >> half << half) ^ std::uint64_t{1} << half;
      TRY(sets_[half].insert(kept));
    }
    count_ -= std::uint64_t{1} << level;
    return {};
  }
  if (level == 0) return Error::damaged;
  TRY(remove_piece(index, level - 1));
  return remove_piece(index + (std::uint64_t{1} << (level - 1)), level - 1);
}

Result<void> Extents::remove(Extent extent) {
  if (!contains(extent)) return Error::damaged;
  return each_piece(extent, [&](std::uint64_t index, unsigned level) { return remove_piece(index, level); });
}

bool Extents::has(unsigned level) const {
  for (unsigned l = level; l < levels; l++)
    if (sets_[l].size() > 0) return true;
  return false;
}

Result<std::uint64_t> Extents::take(unsigned level) {
  for (unsigned l = level; l < levels; l++) {
    std::uint64_t found;
    if (!sets_[l].at_least(0, found)) continue;
    TRY(remove_piece(found, level));
    return found;
  }
  return Error::no_space;
}

Result<Array<Extent>> Extents::runs() const {
  Array<Extent> found(*memory_);
  TRY(found.reserve(pieces()));
  for (unsigned l = 0; l < levels; l++) {
    sets_[l].each([&](std::uint64_t index) {
      (void)found.push({index, std::uint64_t{1} << l});  // reserved
    });
  }
  std::sort(found.begin(), found.end(), [](const Extent& a, const Extent& b) { return a.index < b.index; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < found.size(); i++) {
    if (kept > 0 && found[kept - 1].index + found[kept - 1].count == found[i].index)
      found[kept - 1].count += found[i].count;
    else
      found[kept++] = found[i];
  }
  found.shrink(kept);
  return found;
}

}  // namespace redoxfs
