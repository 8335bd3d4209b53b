// SPDX-License-Identifier: ISC
#include <redoxfs/check.h>
#include <redoxfs/file_system.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "fuzz/sparse_image.h"
#include "host/services.h"

namespace redoxfs::fuzz {

namespace {

constexpr std::size_t most_nodes = 200;
constexpr std::size_t most_bytes = 300'000;

/// Refuses what no operation on an image of this size has a reason to ask for.
class BoundedMemory final : public Memory {
 public:
  void* allocate(std::size_t size) override {
    if (size > std::size_t{64} << 20) {
      std::fprintf(stderr, "an allocation of %zu bytes\n", size);
      std::abort();
    }
    return std::malloc(size);
  }
  void release(void* memory, std::size_t) override { std::free(memory); }
};

class Names final : public EntryVisitor {
 public:
  bool visit(const Entry& entry) override {
    names.emplace_back(entry.name, entry.id);
    return names.size() < most_nodes;
  }
  std::vector<std::pair<std::string, NodeId>> names;
};

class Ignore final : public CheckObserver {
 public:
  void found(const Finding&) override {}
};

struct Met {
  NodeId directory;
  std::string name;
  NodeId id;
};

/// Everything that can be reached, up to a limit.
std::vector<Met> walk(FileSystem& system) {
  std::vector<Met> met;
  std::set<NodeId> seen = {root_node};
  std::vector<NodeId> todo = {root_node};
  std::vector<std::byte> buffer(most_bytes);
  while (!todo.empty() && met.size() < most_nodes) {
    const NodeId id = todo.back();
    todo.pop_back();
    Names names;
    (void)system.list(id, 0, names);
    for (const auto& [name, child] : names.names) {
      (void)system.lookup(id, name);
      met.push_back({id, name, child});
      const auto attributes = system.attributes(child);
      if (!attributes.ok()) continue;
      (void)system.read(child, 0, buffer);
      (void)system.read(child, attributes.value().size / 2, buffer);
      (void)system.next_data(child, attributes.value().size / 3);
      if (seen.insert(child).second) todo.push_back(child);
    }
  }
  return met;
}

void change(FileSystem& system, const std::vector<Met>& met) {
  const std::string data(20'000, 'z');
  const auto bytes = std::as_bytes(std::span(data));
  std::size_t i = 0;
  for (const Met& one : met) {
    switch (i++ % 8) {
      case 0:
        (void)system.write(one.id, 0, bytes);
        break;
      case 1:
        (void)system.write(one.id, 140'000, bytes);
        break;
      case 2:
        (void)system.resize(one.id, 3000);
        break;
      case 3:
        (void)system.unlink(one.directory, one.name);
        break;
      case 4:
        (void)system.remove_directory(one.directory, one.name);
        break;
      case 5:
        (void)system.rename(one.directory, one.name, root_node, "moved");
        break;
      case 6:
        (void)system.punch(one.id, 100, 200'000);
        break;
      case 7:
        (void)system.link(one.id, root_node, "linked" + std::to_string(i));
        break;
    }
    if (i % 5 == 0) (void)system.sync();
  }
  if (const auto id = system.create(root_node, "created", mode::file | 0644, 0, 0); id.ok())
    (void)system.write(id.value(), 0, bytes);
  (void)system.create(root_node, "directory", mode::directory | 0755, 0, 0);
  (void)system.sync();
}

}  // namespace

void exercise(SparseImage& image) {
  BoundedMemory memory;
  host::FixedClock clock({1, 2});
  host::Lz4 compression;
  Services services{memory, clock, &compression, nullptr};
  {
    const auto opened = FileSystem::open(image, services, {});
    if (opened.ok()) (void)walk(*opened.value());
  }
  Ignore ignore;
  SparseImage repaired;
  repaired.blocks = image.blocks;
  (void)check(image, services, {}, ignore);
  {
    const auto opened = FileSystem::open(image, services, {.access = Access::read_write});
    if (opened.ok()) change(*opened.value(), walk(*opened.value()));
  }
  (void)check(image, services, {}, ignore);
  const auto mended = check(repaired, services, {.repair = Repair::yes}, ignore);
  if (!mended.ok()) return;
  const auto again = check(repaired, services, {}, ignore);
  if (!again.ok() || again.value().problems != mended.value().unrepaired) {
    std::fprintf(stderr, "a repair that said %llu problems are left, and there are %llu\n",
                 static_cast<unsigned long long>(mended.value().unrepaired),
                 static_cast<unsigned long long>(again.ok() ? again.value().problems : 0));
    std::abort();
  }
  if (again.value().problems == 0 && again.value().blocks_leaked > 0) {
    std::fprintf(stderr, "a repair has left %llu blocks neither in use nor free\n",
                 static_cast<unsigned long long>(again.value().blocks_leaked));
    std::abort();
  }
  const auto opened = FileSystem::open(repaired, services, {.access = Access::read_write});
  if (opened.ok()) change(*opened.value(), walk(*opened.value()));
}

}  // namespace redoxfs::fuzz
