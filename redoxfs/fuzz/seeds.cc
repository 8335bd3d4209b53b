// SPDX-License-Identifier: ISC

// Writes seeds for the fuzzer into a folder: small images with something of everything.
//
//   seeds FOLDER

#include <redoxfs/file_system.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "fuzz/sparse_image.h"
#include "host/services.h"

namespace {

using namespace redoxfs;

ConstBytes bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

void fill(FileSystem& system, int kind) {
  const auto file = [&](const std::string& name, std::uint64_t offset, const std::string& data) {
    const auto id = system.create(root_node, name, mode::file | 0644, 0, 0);
    if (id.ok()) (void)system.write(id.value(), offset, bytes(data));
    return id.ok() ? id.value() : 0;
  };
  switch (kind) {
    case 0:
      break;
    case 1:
      file("inline", 0, "hello");
      break;
    case 2:
      file("record", 0, std::string(5000, 'r'));
      break;
    case 3:
      file("indirect", 200 * 131072ull, std::string(100, 'i'));
      break;
    case 4:
      file("deep", (128 + (64ull << 8) + (32ull << 16) + 5) * 131072ull, std::string(100, 'd'));
      break;
    case 5:
      (void)system.symlink(root_node, "link", "target", 0, 0);
      break;
    case 6: {
      const auto directory = system.create(root_node, "directory", mode::directory | 0755, 0, 0);
      if (directory.ok()) (void)system.create(directory.value(), "file", mode::file | 0644, 0, 0);
      break;
    }
    case 7: {
      const NodeId id = file("many", 0, "x");
      for (int i = 0; i < 60; i++)
        (void)system.link(id, root_node, std::string(200, 'n') + std::to_string(i));
      break;
    }
    case 8: {
      const NodeId id = file("held", 0, std::string(9000, 'h'));
      (void)system.hold(id);
      (void)system.unlink(root_node, "held");
      break;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: seeds FOLDER\n");
    return 125;
  }
  host::HeapMemory memory;
  host::FixedClock clock({1'700'000'000, 0});
  host::Lz4 compression;
  const Services services{memory, clock, &compression, nullptr};
  for (int kind = 0; kind <= 8; kind++) {
    fuzz::SparseImage image;
    if (!format(image, services, {}).ok()) return 1;
    {
      const auto opened = FileSystem::open(image, services, {.access = Access::read_write});
      if (!opened.ok()) return 1;
      fill(*opened.value(), kind);
      if (!opened.value()->sync().ok()) return 1;
    }
    const auto out = image.serialize();
    std::ofstream(std::string(argv[1]) + "/seed" + std::to_string(kind), std::ios::binary)
        .write(reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size()));
  }
  return 0;
}
