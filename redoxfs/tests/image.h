// SPDX-License-Identifier: ISC
#pragma once

// What the tests share: devices in memory and in files, services with a clock of their own, whole files at
// once.

#include <gtest/gtest.h>
#include <redoxfs/file_system.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/services.h"

namespace redoxfs::test {

inline bool full_run() {
  return std::getenv("BACTRIAN_TEST_FULL") != nullptr;
}

inline ConstBytes bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// A device in memory.
class RamDevice : public BlockDevice {
 public:
  explicit RamDevice(std::uint64_t blocks = 0) : data(blocks * block_size) {}
  std::uint64_t block_count() const override { return data.size() / block_size; }
  Result<void> read(std::uint64_t first, Bytes into) override {
    if (first * block_size + into.size() > data.size()) return Error::io;
    std::memcpy(into.data(), data.data() + first * block_size, into.size());
    return {};
  }
  Result<void> write(std::uint64_t first, ConstBytes from) override {
    if (first * block_size + from.size() > data.size()) return Error::io;
    std::memcpy(data.data() + first * block_size, from.data(), from.size());
    return {};
  }
  Result<void> barrier() override { return {}; }

  std::vector<std::byte> data;
};

/// Advances by one millisecond whenever it is asked.
class StepClock final : public Clock {
 public:
  Time now() override {
    ticks_++;
    return {1'700'000'000 + ticks_ / 1000, static_cast<std::uint32_t>(ticks_ % 1000 * 1'000'000)};
  }

 private:
  std::uint64_t ticks_ = 0;
};

struct HostServices {
  host::HeapMemory memory;
  StepClock clock;
  host::Lz4 compression;
  host::OpenSsl cryptography;
  Services services{memory, clock, &compression, &cryptography};
};

/// The value, or a test that failed.
template <typename T>
T must(Result<T> result, const char* what = "") {
  if (!result.ok()) {
    ADD_FAILURE() << what << ": " << describe(result.error());
    std::abort();
  }
  return result.take();
}
inline void must(Result<void> result, const char* what = "") {
  if (!result.ok()) {
    ADD_FAILURE() << what << ": " << describe(result.error());
    std::abort();
  }
}

inline Owned<FileSystem> open(BlockDevice& device, const Services& services,
                              Access access = Access::read_write, std::string_view password = "") {
  return must(FileSystem::open(device, services, {.access = access, .password = bytes(password)}), "open");
}

inline std::string read_all(FileSystem& system, NodeId id) {
  std::string text(must(system.attributes(id)).size, '\0');
  const std::size_t count = must(system.read(id, 0, std::as_writable_bytes(std::span(text))), "read");
  EXPECT_EQ(count, text.size());
  return text;
}

class Collector final : public EntryVisitor {
 public:
  bool visit(const Entry& entry) override {
    entries.emplace_back(entry.name, entry.id);
    cursor = entry.cursor;
    return true;
  }
  std::vector<std::pair<std::string, NodeId>> entries;
  std::uint64_t cursor = 0;
};

/// Path ("./a/b") -> id of everything.
inline std::map<std::string, NodeId> walk(FileSystem& system) {
  std::map<std::string, NodeId> found;
  std::vector<std::pair<std::string, NodeId>> todo = {{".", root_node}};
  while (!todo.empty()) {
    const auto [path, id] = todo.back();
    todo.pop_back();
    found[path] = id;
    if ((must(system.attributes(id)).mode & mode::type) != mode::directory) continue;
    Collector collector;
    must(system.list(id, 0, collector), "list");
    for (const auto& [name, child] : collector.entries) todo.emplace_back(path + "/" + name, child);
  }
  return found;
}

}  // namespace redoxfs::test
