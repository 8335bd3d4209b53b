// SPDX-License-Identifier: ISC
#pragma once

// A file system in memory that is right by being simple, and a driver that does the same random operation to
// it and to a FileSystem, and compares what they answer.

#include <algorithm>
#include <memory>
#include <random>
#include <set>

#include "image.h"

namespace redoxfs::test {

struct ModelNode {
  std::uint16_t mode = 0;
  std::string data;      ///< of files and links
  std::size_t hash = 0;  ///< of data
  unsigned links = 1;
  std::map<std::string, NodeId> entries;  ///< of directories
  void rehash() { hash = std::hash<std::string>()(data); }
};

class Model {
 public:
  Model() {
    nodes[root_node].mode = mode::directory | 0755;
    nodes[root_node].rehash();
  }

  std::map<NodeId, ModelNode> nodes;

  bool is_directory(NodeId id) const { return (nodes.at(id).mode & mode::type) == mode::directory; }
  bool is_within(NodeId id, NodeId ancestor) const {
    if (id == ancestor) return true;
    for (const auto& [name, child] : nodes.at(ancestor).entries)
      if (is_directory(child) && is_within(id, child)) return true;
    return false;
  }
  void unref(NodeId id) {
    if (--nodes.at(id).links == 0 && !held.contains(id)) nodes.erase(id);
  }
  std::multiset<NodeId> held;

  /// One line a name: equal for equal trees.
  std::string digest() const {
    std::string text;
    describe(root_node, "", text);
    return text;
  }

 private:
  void describe(NodeId id, const std::string& path, std::string& text) const {
    const ModelNode& node = nodes.at(id);
    text += path + " " + std::to_string(node.mode) + " " + std::to_string(is_directory(id) ? 1 : node.links) +
            " " + std::to_string(node.data.size()) + " " + std::to_string(node.hash) + "\n";
    for (const auto& [name, child] : node.entries) describe(child, path + "/" + name, text);
  }
};

/// The same of a FileSystem.
inline void describe(FileSystem& system, NodeId id, const std::string& path, std::string& text) {
  const Attributes attributes = must(system.attributes(id), "attributes");
  const auto type = attributes.mode & mode::type;
  const std::string data = type == mode::directory ? "" : read_all(system, id);
  text += path + " " + std::to_string(attributes.mode) + " " + std::to_string(attributes.links) + " " +
          std::to_string(data.size()) + " " + std::to_string(std::hash<std::string>()(data)) + "\n";
  if (type != mode::directory) return;
  Collector collector;
  must(system.list(id, 0, collector), "list");
  std::sort(collector.entries.begin(), collector.entries.end());
  for (const auto& [name, child] : collector.entries) describe(system, child, path + "/" + name, text);
}
inline std::string digest(FileSystem& system) {
  std::string text;
  describe(system, root_node, "", text);
  return text;
}

struct DriverOptions {
  std::size_t most_nodes = 60;
  std::size_t largest_write = 150'000;
  std::uint64_t largest_file = 1'500'000;
  std::size_t longest_name = 252;
  std::uint64_t long_name_every = 20;   ///< one name in so many is long
  std::vector<std::string> names = {};  ///< one name in two is of these
  bool directories = true;              ///< else all is in the root directory
  bool hold = true;
};

/// Random operations. Each is done to both, and both must agree on the outcome, but that the FileSystem may
/// always be out of space: then nothing may have changed.
class Driver {
 public:
  Driver(std::uint64_t seed, DriverOptions options) : random(seed), options_(options) {}

  std::mt19937_64 random;
  Model model;
  std::uint64_t out_of_space = 0;

  std::uint64_t pick(std::uint64_t below) { return random() % below; }

  /// Ids are the FileSystem's own: the model takes them over.
  void step(FileSystem& system) {
    switch (pick(20)) {
      case 0:
      case 1:
      case 2:
        make(system, mode::file);
        break;
      case 3:
        make(system, options_.directories ? mode::directory : mode::file);
        break;
      case 4:
        symlink(system);
        break;
      case 5:
      case 6:
      case 7:
      case 8:
      case 9:
        write(system);
        break;
      case 10:
        resize(system);
        break;
      case 11:
        punch(system);
        break;
      case 12:
      case 13:
        unlink(system);
        break;
      case 14:
        remove_directory(system);
        break;
      case 15:
        link(system);
        break;
      case 16:
        rename(system);
        break;
      case 17:
        chmod(system);
        break;
      case 18:
        read(system);
        break;
      case 19:
        options_.hold ? hold(system) : read(system);
        break;
    }
  }
  /// Makes a file that the model knows, too. False, and nothing has changed, when there is no space.
  bool fill(FileSystem& system, const std::string& name, const std::string& data) {
    const auto made = system.create(root_node, name, mode::file | 0600, 0, 0);
    if (!agree(made, true, {}, "create")) return false;
    const auto written = system.write(made.value(), 0, bytes(data));
    if (!agree(written, true, {}, "write") || written.value() != data.size()) {
      must(system.unlink(root_node, name), "unlink");
      return false;
    }
    model.nodes[root_node].entries[name] = made.value();
    model.nodes[made.value()] = {.mode = mode::file | 0600, .data = data};
    model.nodes[made.value()].rehash();
    return true;
  }
  void unfill(FileSystem& system, const std::string& name) {
    must(system.unlink(root_node, name), "unlink");
    const NodeId id = model.nodes[root_node].entries.at(name);
    model.nodes[root_node].entries.erase(name);
    model.unref(id);
  }
  /// After a remount nothing is held.
  void drop_all() {
    for (NodeId id : std::set<NodeId>(model.held.begin(), model.held.end())) {
      model.held.erase(id);
      if (model.nodes.at(id).links == 0) model.nodes.erase(id);
    }
  }

 private:
  struct Place {
    NodeId directory;
    std::string name;
    NodeId id;
  };
  std::vector<Place> places() {
    std::vector<Place> all;
    for (const auto& [id, node] : model.nodes)
      for (const auto& [name, child] : node.entries) all.push_back({id, name, child});
    return all;
  }
  bool any_place(Place& place) {
    const auto all = places();
    if (all.empty()) return false;
    place = all[pick(all.size())];
    return true;
  }
  NodeId any_directory() {
    std::vector<NodeId> all;
    for (const auto& [id, node] : model.nodes)
      if (model.is_directory(id) && node.links > 0) all.push_back(id);
    return all[pick(all.size())];
  }
  bool any_file(NodeId& id) {
    std::vector<NodeId> all;
    for (const auto& [node_id, node] : model.nodes)
      if ((node.mode & mode::type) == mode::file) all.push_back(node_id);
    if (all.empty()) return false;
    id = all[pick(all.size())];
    return true;
  }
  std::string any_name() {
    if (!options_.names.empty() && pick(2) == 0) return options_.names[pick(options_.names.size())];
    if (pick(options_.long_name_every) == 0)
      return std::string(
          options_.longest_name - std::min<std::uint64_t>(pick(options_.longest_name), pick(100)),
          static_cast<char>('a' + pick(26)));
    return (pick(3) == 0 ? "ü" : "f") + std::to_string(pick(40));
  }
  std::string any_data(std::size_t size) {
    std::string data(size, '\0');
    switch (pick(4)) {
      case 0:
        break;  // zeros
      case 1:
        std::fill(data.begin(), data.end(), static_cast<char>('a' + pick(26)));
        break;
      case 2: {
        const std::string word = "dromedary " + std::to_string(random());
        for (std::size_t i = 0; i < size; i++) data[i] = word[i % word.size()];
        break;
      }
      default:
        for (std::size_t i = 0; i < size; i++)
          data[i] = static_cast<char>(i % 8 == 0 ? random() : data[i - 1] * 31 + 7);
        for (std::size_t i = 0; i + 8 <= size; i += 8) {
          const std::uint64_t value = random();
          std::memcpy(&data[i], &value, 8);
        }
    }
    return data;
  }
  std::size_t any_size(std::size_t most) {
    switch (pick(4)) {
      case 0:
        return pick(100) + 1;
      case 1:
        return std::min<std::size_t>(most, 4096 * (pick(8) + 1));
      case 2:
        return std::min<std::size_t>(most, 3960 + pick(20));
      default:
        return pick(most) + 1;
    }
  }

  /// Whether it was done. An error other than the expected one and no_space is a failure of the test.
  template <typename T>
  bool agree(const Result<T>& result, bool wanted, Error error, const char* what) {
    if (!result.ok() && result.error() == Error::no_space) {
      out_of_space++;
      return false;
    }
    EXPECT_EQ(result.ok(), wanted) << what << (result.ok() ? "" : describe_error(result.error()));
    if (!result.ok() && !wanted) {
      EXPECT_EQ(result.error(), error) << what << describe_error(result.error());
    }
    return result.ok();
  }
  static std::string describe_error(Error error) { return std::string(": ") + redoxfs::describe(error); }

  void make(FileSystem& system, std::uint16_t type) {
    if (model.nodes.size() >= options_.most_nodes) return unlink(system);
    const NodeId directory = any_directory();
    const std::string name = any_name();
    const auto mode = static_cast<std::uint16_t>(type | pick(01000));
    const auto made = system.create(directory, name, mode, 1, 2);
    if (!agree(made, !model.nodes[directory].entries.contains(name), Error::exists, "create")) return;
    model.nodes[directory].entries[name] = made.value();
    model.nodes[made.value()] = {.mode = mode};
    model.nodes[made.value()].rehash();
  }
  void symlink(FileSystem& system) {
    if (model.nodes.size() >= options_.most_nodes) return;
    const NodeId directory = any_directory();
    const std::string name = any_name();
    const std::string target(pick(pick(8) == 0 ? 4095 : 60) + 1, 't');
    const auto made = system.symlink(directory, name, target, 0, 0);
    if (!agree(made, !model.nodes[directory].entries.contains(name), Error::exists, "symlink")) return;
    model.nodes[directory].entries[name] = made.value();
    model.nodes[made.value()] = {.mode = mode::symbolic_link | 0777, .data = target};
    model.nodes[made.value()].rehash();
  }
  void write(FileSystem& system) {
    NodeId id;
    if (!any_file(id)) return;
    ModelNode& node = model.nodes[id];
    const std::uint64_t offset =
        pick(3) == 0 ? node.data.size()
                     : pick(std::max<std::uint64_t>(
                           1, std::min<std::uint64_t>(options_.largest_file, node.data.size() + 5000)));
    std::string data = any_data(any_size(options_.largest_write));
    // Within a record, for that is what is atomic.
    data.resize(std::min<std::uint64_t>(data.size(), 131072 - offset % 131072));
    if (offset + data.size() > options_.largest_file) return;
    const auto written = system.write(id, offset, bytes(data));
    if (!agree(written, true, {}, "write")) return;
    data.resize(written.value());
    if (node.data.size() < offset + data.size()) node.data.resize(offset + data.size());
    node.data.replace(offset, data.size(), data);
    node.rehash();
  }
  void resize(FileSystem& system) {
    NodeId id;
    if (!any_file(id)) return;
    ModelNode& node = model.nodes[id];
    const std::uint64_t size =
        pick(3) == 0 ? 0 : pick(std::min<std::uint64_t>(options_.largest_file, node.data.size() * 2 + 10));
    if (!agree(system.resize(id, size), true, {}, "resize")) return;
    node.data.resize(size);
    node.rehash();
  }
  void punch(FileSystem& system) {
    NodeId id;
    if (!any_file(id)) return;
    ModelNode& node = model.nodes[id];
    const std::uint64_t from = pick(node.data.size() + 10);
    const std::uint64_t to = from + pick(node.data.size() + 10);
    if (!agree(system.punch(id, from, to), true, {}, "punch")) return;
    for (std::uint64_t i = from; i < std::min<std::uint64_t>(to, node.data.size()); i++) node.data[i] = '\0';
    node.rehash();
  }
  void unlink(FileSystem& system) {
    Place place;
    if (!any_place(place)) return;
    const bool directory = model.is_directory(place.id);
    if (!agree(system.unlink(place.directory, place.name), !directory, Error::is_directory, "unlink")) return;
    model.nodes[place.directory].entries.erase(place.name);
    model.unref(place.id);
  }
  void remove_directory(FileSystem& system) {
    Place place;
    if (!any_place(place)) return;
    const bool directory = model.is_directory(place.id);
    const bool empty = model.nodes[place.id].entries.empty();
    if (!agree(system.remove_directory(place.directory, place.name), directory && empty,
               directory ? Error::not_empty : Error::not_directory, "rmdir"))
      return;
    model.nodes[place.directory].entries.erase(place.name);
    model.unref(place.id);
  }
  void link(FileSystem& system) {
    Place place;
    if (!any_place(place)) return;
    const NodeId directory = any_directory();
    const std::string name = any_name();
    const bool is_directory = model.is_directory(place.id);
    const bool there = model.nodes[directory].entries.contains(name);
    if (!agree(system.link(place.id, directory, name), !is_directory && !there,
               is_directory ? Error::not_permitted : Error::exists, "link"))
      return;
    model.nodes[directory].entries[name] = place.id;
    model.nodes[place.id].links++;
  }
  void rename(FileSystem& system) {
    Place place;
    if (!any_place(place)) return;
    NodeId directory = any_directory();
    std::string name = any_name();
    Place other;
    if (pick(2) == 0 && any_place(other) && model.nodes.at(other.directory).links > 0) {
      directory = other.directory;
      name = other.name;
    }
    // The library learns where directories lie by looking them up, as its callers do.
    look_up(system, root_node);
    auto& entries = model.nodes[directory].entries;
    const auto found = entries.find(name);
    const NodeId target = found == entries.end() ? 0 : found->second;
    const bool moves_directory = model.is_directory(place.id);
    Error error{};
    bool good = true;
    const auto refuse = [&](bool condition, Error why) {
      if (good && condition) {
        good = false;
        error = why;
      }
    };
    if (target != place.id) {
      refuse(moves_directory && model.is_within(directory, place.id), Error::invalid_argument);
      if (target != 0) {
        refuse(moves_directory && !model.is_directory(target), Error::not_directory);
        refuse(!moves_directory && model.is_directory(target), Error::is_directory);
        refuse(moves_directory && !model.nodes[target].entries.empty(), Error::not_empty);
      }
    }
    if (!agree(system.rename(place.directory, place.name, directory, name), good, error, "rename")) return;
    if (target == place.id) return;
    model.nodes[place.directory].entries.erase(place.name);
    entries[name] = place.id;
    if (target != 0) model.unref(target);
  }
  void look_up(FileSystem& system, NodeId id) {
    for (const auto& [name, child] : model.nodes.at(id).entries) {
      if (!model.is_directory(child)) continue;
      EXPECT_EQ(must(system.lookup(id, name), "lookup"), child);
      look_up(system, child);
    }
  }
  void chmod(FileSystem& system) {
    Place place;
    if (!any_place(place)) return;
    const auto permissions = static_cast<std::uint16_t>(pick(010000));
    if (!agree(system.set_attributes(place.id, {.permissions = &permissions}), true, {}, "chmod")) return;
    auto& mode = model.nodes[place.id].mode;
    mode = static_cast<std::uint16_t>((mode & mode::type) | permissions);
  }
  void read(FileSystem& system) {
    NodeId id;
    if (!any_file(id)) return;
    const std::string& data = model.nodes[id].data;
    const std::uint64_t offset = pick(data.size() + 10);
    std::string got(pick(300'000) + 1, '?');
    const std::string wanted = offset < data.size() ? data.substr(offset, got.size()) : "";
    got.resize(must(system.read(id, offset, std::as_writable_bytes(std::span(got))), "read"));
    EXPECT_TRUE(got == wanted) << got.size() << " bytes read, " << wanted.size() << " wanted";
  }
  void hold(FileSystem& system) {
    if (model.held.size() > 4 || (pick(2) == 0 && !model.held.empty())) {
      const NodeId id = *model.held.begin();
      if (!agree(system.drop(id), true, {}, "drop")) return;
      model.held.erase(model.held.find(id));
      if (!model.held.contains(id) && model.nodes.at(id).links == 0) model.nodes.erase(id);
      return;
    }
    NodeId id;
    if (!any_file(id) || !agree(system.hold(id), true, {}, "hold")) return;
    model.held.insert(id);
  }

  DriverOptions options_;
};

}  // namespace redoxfs::test
