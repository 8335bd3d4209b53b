// SPDX-License-Identifier: ISC

#include "file_tree.h"

#include <algorithm>
#include <new>

namespace nucleus {

Result<FileTree> FileTree::create(std::int64_t (*now_ns)()) {
  FileTree tree{now_ns};
  NodeAttributes attributes = tree.new_attributes(0755);
  attributes.links = 2;
  tree.root_ = Ref<DirectoryNode>::adopt(new (std::nothrow) DirectoryNode{attributes, nullptr});
  if (!tree.root_) return Error::out_of_memory;
  return tree;
}

NodeAttributes FileTree::new_attributes(std::uint32_t permissions) {
  return {.number = ++last_number_, .permissions = permissions & 07777, .times = FileTimes::all(now_ns_())};
}

void FileTree::touch(Node& node) const {
  node.attributes.times.modified_ns = node.attributes.times.changed_ns = now_ns_();
}

// Finding.

Result<Place> FileTree::resolve(DirectoryNode& start, std::string_view path, FollowLast follow) const {
  if (path.empty()) return Error::not_found;
  auto directory = Ref<DirectoryNode>::share(path.front() == '/' ? root_.get() : &start);
  Place place{directory, ".", directory, ends_in_slash(path)};

  // What is still to be walked: the rest of `path` and, above it, the rests of the links met on the way. A
  // rest is only pushed upon one that is not empty, so the walk is at its last component when the lowest one
  // is.
  std::string_view rests[max_links_followed + 1] = {path};
  unsigned depth = 0;
  unsigned links = 0;
  for (;;) {
    const std::string_view name = take_component(rests[depth]);
    if (name.empty()) {
      if (depth == 0) break;
      depth--;
      continue;
    }
    if (name.size() > DirectoryNode::max_name) return Error::too_long;
    // Every component but the first is looked up in what the one before it led to.
    if (!place.node) return Error::not_found;
    directory = Ref<DirectoryNode>::share(node_cast<DirectoryNode>(place.node.get()));
    if (!directory) return Error::not_directory;
    Node* node = is_dot(name)       ? directory.get()
                 : is_dot_dot(name) ? directory->parent()
                                    : directory->find(name);
    place = {directory, name, Ref<Node>::share(node), place.must_be_directory};

    const bool last = depth == 0 && rests[0].empty();
    const auto* link = node_cast<SymlinkNode>(node);
    if (!link || (last && follow == FollowLast::no && !place.must_be_directory)) continue;
    if (++links > max_links_followed) return Error::loop;
    const std::string_view target = link->target();
    if (target.front() == '/') directory = root_;
    place = {directory, ".", directory, place.must_be_directory || (last && ends_in_slash(target))};
    if (!rests[depth].empty()) depth++;
    rests[depth] = target;
  }
  if (place.must_be_directory && place.node && place.node->kind != NodeKind::directory)
    return Error::not_directory;
  return place;
}

Result<Ref<Node>> FileTree::lookup(DirectoryNode& start, std::string_view path, FollowLast follow) const {
  Place place = TRY(resolve(start, path, follow));
  if (!place.node) return Error::not_found;
  return std::move(place.node);
}

Result<std::string_view> FileTree::path_of(const DirectoryNode& directory, std::span<char> buffer) const {
  std::size_t at = buffer.size();
  const DirectoryNode* here = &directory;
  while (here != root_.get()) {
    if (here->removed()) return Error::not_found;
    const std::string_view name = here->parent()->name_of(*here);
    if (at < name.size() + 1) return Error::out_of_range;
    at -= name.size();
    std::copy(name.begin(), name.end(), buffer.begin() + static_cast<std::ptrdiff_t>(at));
    buffer[--at] = '/';
    here = here->parent();
  }
  if (here == &directory) {
    if (at == 0) return Error::out_of_range;
    buffer[--at] = '/';
  }
  return std::string_view{buffer.data() + at, buffer.size() - at};
}

// Making.

Result<> FileTree::may_make(const Place& place) const {
  if (place.node) return Error::exists;
  if (place.parent->removed()) return Error::not_found;
  return {};
}

Result<> FileTree::enter(const Place& place, Ref<Node> node) {
  TRY(place.parent->add(place.name, std::move(node)));
  touch(*place.parent);
  return {};
}

Result<Ref<RegularNode>> FileTree::make_file(const Place& place, std::uint32_t permissions,
                                             std::span<const std::byte> original) {
  TRY(may_make(place));
  if (place.must_be_directory) return Error::is_directory;
  auto node = Ref<RegularNode>::adopt(new (std::nothrow) RegularNode{new_attributes(permissions), original});
  if (!node) return Error::out_of_memory;
  TRY(enter(place, node));
  return node;
}

Result<Ref<DirectoryNode>> FileTree::make_directory(const Place& place, std::uint32_t permissions) {
  TRY(may_make(place));
  NodeAttributes attributes = new_attributes(permissions);
  attributes.links = 2;
  auto node = Ref<DirectoryNode>::adopt(new (std::nothrow) DirectoryNode{attributes, place.parent.get()});
  if (!node) return Error::out_of_memory;
  TRY(enter(place, node));
  place.parent->attributes.links++;
  return node;
}

Result<> FileTree::make_symlink(const Place& place, std::string_view target) {
  TRY(may_make(place));
  if (target.empty()) return Error::not_found;
  if (place.must_be_directory) return Error::not_found;
  Text copy = TRY(Text::copy(target));
  auto node = Ref<Node>::adopt(new (std::nothrow) SymlinkNode{new_attributes(0777), std::move(copy)});
  if (!node) return Error::out_of_memory;
  return enter(place, std::move(node));
}

Result<> FileTree::make_device(const Place& place, Device device, std::uint32_t permissions) {
  TRY(may_make(place));
  auto node = Ref<Node>::adopt(new (std::nothrow) DeviceNode{new_attributes(permissions), device});
  if (!node) return Error::out_of_memory;
  return enter(place, std::move(node));
}

Result<> FileTree::make_link(const Place& place, const Ref<Node>& node) {
  TRY(may_make(place));
  if (node->kind == NodeKind::directory) return Error::not_permitted;
  if (place.must_be_directory || node->attributes.links == 0) return Error::not_found;
  TRY(enter(place, node));
  node->attributes.links++;
  node->attributes.times.changed_ns = now_ns_();
  return {};
}

// Removing.

/// Takes a name away; the node dies with its last name and its last user.
void FileTree::leave(DirectoryNode& parent, std::string_view name) {
  Ref<Node> node = parent.remove(name);
  touch(parent);
  node->attributes.times.changed_ns = now_ns_();
  if (auto* directory = node_cast<DirectoryNode>(node.get())) {
    directory->attributes.links = 0;
    directory->set_parent(directory);
    parent.attributes.links--;
  } else {
    node->attributes.links--;
  }
}

Result<> FileTree::unlink(const Place& place) {
  if (!place.node) return Error::not_found;
  if (place.node->kind == NodeKind::directory) return Error::is_directory;
  leave(*place.parent, place.name);
  return {};
}

Result<> FileTree::remove_directory(const Place& place) {
  if (!place.node) return Error::not_found;
  auto* directory = node_cast<DirectoryNode>(place.node.get());
  if (!directory) return Error::not_directory;
  if (directory == root_.get()) return Error::busy;
  if (is_dot(place.name)) return Error::invalid_argument;
  if (is_dot_dot(place.name) || !directory->empty()) return Error::not_empty;
  leave(*place.parent, place.name);
  return {};
}

// Renaming.

namespace {

bool is_special(std::string_view name) {
  return is_dot(name) || is_dot_dot(name);
}

/// True if `directory` is `ancestor` or lies below it.
bool lies_within(const DirectoryNode* directory, const Node* ancestor) {
  for (;;) {
    if (directory == ancestor) return true;
    if (directory == directory->parent()) return false;
    directory = directory->parent();
  }
}

}  // namespace

Result<> FileTree::rename(const Place& from, const Place& to, bool keep_existing) {
  if (!from.node) return Error::not_found;
  if (is_special(from.name) || is_special(to.name)) return Error::busy;
  if (to.node && keep_existing) return Error::exists;
  if (from.node == to.node) return {};
  if (to.parent->removed()) return Error::not_found;
  auto* moved = node_cast<DirectoryNode>(from.node.get());
  auto* replaced = node_cast<DirectoryNode>(to.node.get());
  if (moved) {
    if (lies_within(to.parent.get(), moved)) return Error::invalid_argument;
    if (to.node && !replaced) return Error::not_directory;
    if (replaced && !replaced->empty()) return Error::not_empty;
  } else {
    if (replaced) return Error::is_directory;
    if (to.must_be_directory) return Error::not_directory;
  }

  if (to.node) {
    Ref<Node> old = to.parent->replace(to.name, from.node);
    if (replaced) {
      replaced->attributes.links = 0;
      replaced->set_parent(replaced);
      to.parent->attributes.links--;
    } else {
      old->attributes.links--;
    }
    old->attributes.times.changed_ns = now_ns_();
  } else {
    TRY(to.parent->add(to.name, from.node));
  }
  // The name's text may be part of a path that lives in the removed entry's node: use it before it goes.
  (void)from.parent->remove(from.name);
  if (moved) {
    from.parent->attributes.links--;
    to.parent->attributes.links++;
    moved->set_parent(to.parent.get());
  }
  touch(*from.parent);
  touch(*to.parent);
  from.node->attributes.times.changed_ns = now_ns_();
  return {};
}

}  // namespace nucleus
