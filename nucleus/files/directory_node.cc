// SPDX-License-Identifier: ISC

#include "directory_node.h"

#include <algorithm>

namespace nucleus {
namespace {

/// FNV-1a.
std::uint32_t hash(std::string_view name) {
  std::uint32_t value = 2166136261U;
  for (const char c : name) value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
  return value ^ (value >> 15);
}

}  // namespace

std::uint32_t DirectoryNode::find_slot(std::string_view name) const {
  if (index_.empty()) return no_slot;
  const std::size_t mask = index_.size() - 1;
  for (std::size_t at = hash(name) & mask; index_[at] != no_slot; at = (at + 1) & mask) {
    const DirectoryEntry& entry = entries_[index_[at]];
    if (entry.node && entry.name.view() == name) return index_[at];
  }
  return no_slot;
}

Node* DirectoryNode::find(std::string_view name) const {
  const std::uint32_t slot = find_slot(name);
  return slot == no_slot ? nullptr : entries_[slot].node.get();
}

void DirectoryNode::index_slot(std::uint32_t slot) {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = hash(entries_[slot].name.view()) & mask;
  while (index_[at] != no_slot) at = (at + 1) & mask;
  index_[at] = slot;
}

void DirectoryNode::rebuild_index() {
  std::fill(index_.begin(), index_.end(), no_slot);
  for (std::uint32_t slot = 0; slot < entries_.size(); slot++) index_slot(slot);
}

/// Makes sure that one more entry fits: closes gaps when they are as many as the living, then grows.
Result<> DirectoryNode::make_room() {
  if (entries_.size() >= 16 && entries_.size() >= 2 * live_) {
    auto* end =
        std::remove_if(entries_.begin(), entries_.end(), [](const DirectoryEntry& e) { return !e.node; });
    while (entries_.end() != end) entries_.pop();
    rebuild_index();
  }
  if (entries_.size() >= no_slot / 4) return Error::no_space;
  TRY(entries_.reserve(entries_.size() + 1));
  const std::size_t wanted = 2 * (entries_.size() + 1);
  if (index_.size() < wanted) {
    std::size_t size = index_.empty() ? 16 : index_.size();
    while (size < wanted) size *= 2;
    TRY(index_.resize(size));
    rebuild_index();
  }
  return {};
}

Result<> DirectoryNode::add(std::string_view name, Ref<Node> node) {
  if (name.size() > max_name) return Error::too_long;
  Text copy = TRY(Text::copy(name));
  TRY(make_room());
  TRY(entries_.push({std::move(copy), std::move(node), ++last_cookie_}));
  index_slot(static_cast<std::uint32_t>(entries_.size() - 1));
  live_++;
  return {};
}

Ref<Node> DirectoryNode::remove(std::string_view name) {
  const std::uint32_t slot = find_slot(name);
  if (slot == no_slot) return nullptr;
  live_--;
  // The name stays: the index is found by it until the gap is closed.
  return std::move(entries_[slot].node);
}

Ref<Node> DirectoryNode::replace(std::string_view name, Ref<Node> node) {
  const std::uint32_t slot = find_slot(name);
  if (slot == no_slot) return nullptr;
  return std::exchange(entries_[slot].node, std::move(node));
}

const DirectoryEntry* DirectoryNode::after(std::uint64_t cookie) const {
  const auto* entry =
      std::upper_bound(entries_.begin(), entries_.end(), cookie,
                       [](std::uint64_t value, const DirectoryEntry& e) { return value < e.cookie; });
  while (entry != entries_.end() && !entry->node) entry++;
  return entry == entries_.end() ? nullptr : entry;
}

std::string_view DirectoryNode::name_of(const Node& node) const {
  for (const DirectoryEntry& entry : entries_) {
    if (entry.node.get() == &node) return entry.name.view();
  }
  return {};
}

}  // namespace nucleus
