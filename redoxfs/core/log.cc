// SPDX-License-Identifier: ISC
#include "core/log.h"

#include <algorithm>

#include "core/seahash.h"

namespace redoxfs {

namespace {

constexpr std::size_t entries_per_block = std::size(LogBlock{}.entries);
constexpr std::size_t longest_chain = 16;                 ///< blocks that we let it become
constexpr std::uint64_t squash_interval = 1024;           ///< generations
constexpr std::size_t most_chain = std::size_t{1} << 18;  ///< blocks that we are ready to read

Result<void> apply(const LogEntry& entry, std::uint64_t blocks, Extents& available) {
  if (entry.count == 0) return {};
  const std::uint64_t count =
      entry.count > 0 ? static_cast<std::uint64_t>(entry.count) : 0 - static_cast<std::uint64_t>(entry.count);
  if (entry.index < first_block || count > blocks || entry.index > blocks - count) return Error::damaged;
  return entry.count > 0 ? available.add({entry.index, count}) : available.remove({entry.index, count});
}

Result<void> push_runs(Array<LogEntry>& entries, const Extents& extents, int sign) {
  const auto runs = TRY(extents.runs());
  for (const Extent& run : runs) TRY(entries.push({run.index, sign * static_cast<std::int64_t>(run.count)}));
  return {};
}

}  // namespace

Result<void> Log::replay(BlockPointer newest, Extents& available) {
  Array<LogBlock> blocks(*memory_);
  start_over();
  for (BlockPointer at = newest; !at.null();) {
    if (at.level() != 0 || chain_.size() >= std::min<std::uint64_t>(store_->blocks(), most_chain))
      return Error::damaged;
    TRY(blocks.resize(blocks.size() + 1));
    TRY(store_->read(at, bytes_of(blocks.back())));
    TRY(chain_.push(at.index()));
    at = blocks.back().previous;
  }
  std::reverse(chain_.begin(), chain_.end());
  for (std::size_t i = blocks.size(); i-- > 0;)
    for (const LogEntry& entry : blocks[i].entries) TRY(apply(entry, store_->blocks(), available));
  if (!blocks.empty()) {
    head_ = blocks[0];
    for (std::size_t i = 0; i < entries_per_block; i++)
      if (head_.entries[i].count != 0) head_count_ = i + 1;
  }
  return {};
}

/// Writes the blocks of `written.chain` from `first` on, which take `entries`, each pointing to the one
/// before.
Result<void> Log::store(Written& written, std::span<const LogEntry> entries, BlockPointer previous) {
  const std::size_t first = written.chain.size() - written.blocks.size();
  for (std::size_t i = 0; i < written.blocks.size(); i++) {
    LogBlock& block = written.blocks[i];
    block = {};
    block.previous = previous;
    const std::size_t count = std::min(entries.size(), entries_per_block);
    std::copy_n(entries.begin(), count, block.entries);
    entries = entries.subspan(count);
    written.head_count = count;
    previous = BlockPointer::at(written.chain[first + i], 0);
    previous.hash = seahash(bytes_of(block));
    TRY(store_->write(previous.index(), bytes_of(block)));
  }
  written.newest = previous;
  return {};
}

/// A log of nothing but what is free now. False when there is no room for it.
Result<bool> Log::squash(Space& space, Written& written) {
  const std::size_t most_runs = space.available().pieces() + space.released().pieces() +
                                space.released_before().pieces() + space.held().pieces() + chain_.size();
  std::size_t count = 1;
  while (count * entries_per_block < most_runs + count) count++;
  if (space.available().count() < count) return false;
  for (std::uint64_t index : chain_) TRY(space.release(index, 1));
  for (std::size_t i = 0; i < count; i++) TRY(written.chain.push(TRY(space.allocate(0))));
  Array<LogEntry> entries(*memory_);
  TRY(push_runs(entries, space.available(), 1));
  TRY(push_runs(entries, space.released(), 1));
  TRY(push_runs(entries, space.released_before(), 1));
  TRY(push_runs(entries, space.held(), 1));
  std::sort(entries.begin(), entries.end(),
            [](const LogEntry& a, const LogEntry& b) { return a.index < b.index; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); i++) {
    const auto end = [](const LogEntry& entry) {
      return entry.index + static_cast<std::uint64_t>(entry.count);
    };
    if (kept > 0 && end(entries[kept - 1]) == entries[i].index)
      entries[kept - 1].count += entries[i].count;
    else
      entries[kept++] = entries[i];
  }
  entries.shrink(kept);
  TRY(written.blocks.resize(count));
  TRY(store(written, entries.span(), {}));
  return true;
}

/// Adds what has changed, in the newest block where it has room, else in new ones.
Result<void> Log::append(Space& space, Written& written) {
  TRY(written.chain.reserve(chain_.size() + 1));
  for (std::uint64_t index : chain_) (void)written.chain.push(index);
  const std::size_t changes = TRY(space.fresh().runs()).size() + TRY(space.released().runs()).size();
  const bool rewrite = !chain_.empty() && head_count_ + changes + 2 <= entries_per_block;
  Array<LogEntry> entries(*memory_);
  std::size_t count = 1;
  BlockPointer previous;
  if (rewrite) {
    for (std::size_t i = 0; i < head_count_; i++) TRY(entries.push(head_.entries[i]));
    TRY(space.release(written.chain.pop(), 1));
    previous = head_.previous;
  } else {
    while (count * entries_per_block < changes + count) count++;
    if (!chain_.empty()) {
      previous = BlockPointer::at(chain_.back(), 0);
      previous.hash = seahash(bytes_of(head_));
    }
  }
  for (std::size_t i = 0; i < count; i++) TRY(written.chain.push(TRY(space.allocate(0))));
  TRY(push_runs(entries, space.released(), 1));
  TRY(push_runs(entries, space.fresh(), -1));
  TRY(written.blocks.resize(count));
  return store(written, entries.span(), previous);
}

Result<Log::Written> Log::write(Space& space, std::uint64_t generation) {
  Written written(*memory_);
  const bool due = chain_.empty() || chain_.size() > longest_chain || generation % squash_interval == 0;
  if (!due || !TRY(squash(space, written))) TRY(append(space, written));
  return written;
}

void Log::committed(Written& written) {
  chain_ = std::move(written.chain);
  head_ = written.blocks.back();
  head_count_ = written.head_count;
}

}  // namespace redoxfs
