// SPDX-License-Identifier: ISC
#include <algorithm>
#include <set>

#include "core/seahash.h"
#include "core/validate.h"
#include "fuzz/sparse_image.h"

namespace redoxfs::fuzz {

namespace {

enum class What { tree, node, indirect, hash_tree, entries, record, log, release };

class Repairer {
 public:
  explicit Repairer(SparseImage& image) : image_(image) {}

  void header() {
    Header* best = nullptr;
    for (std::uint64_t slot = 0; slot < ring_slots; slot++) {
      auto* header = at<Header>(slot);
      if (header && std::memcmp(header->signature, signature, sizeof signature) == 0 &&
          (!best || header->generation > best->generation))
        best = header;
    }
    if (!best) return;
    repair(best->tree, What::tree, 3);
    repair(best->log, What::log, 0);
    repair(best->release, What::release, 0);
    best->hash = seahash(bytes_of(*best).first(hashed_header_bytes));
    best->encrypted_hash = {};
    std::memcpy(best->encrypted_hash.data(), &best->hash, sizeof best->hash);
  }

 private:
  template <typename T>
  T* at(std::uint64_t index) {
    const auto found = image_.blocks.find(index);
    return found == image_.blocks.end() ? nullptr : reinterpret_cast<T*>(found->second.data());
  }

  void repair(BlockPointer& pointer, What what, unsigned level) {
    if (pointer.null() || pointer.index() >= device_blocks || pointer.level() > largest_level) return;
    // A block that refers to itself cannot have the right hash: the first visit decides.
    if (seen_.insert(pointer.index()).second) children(pointer, what, level);
    std::vector<std::byte> stored(bytes_of_level(pointer.level()));
    if (image_.read(pointer.index(), stored).ok()) pointer.hash = seahash(stored);
  }

  void children(BlockPointer& pointer, What what, unsigned level) {
    if (what == What::record || what == What::entries || !at<TreeBlock>(pointer.index())) return;
    const std::uint64_t index = pointer.index();
    switch (what) {
      case What::tree:
        for (auto& child : at<TreeBlock>(index)->children)
          repair(child, level > 0 ? What::tree : What::node, level > 0 ? level - 1 : 0);
        break;
      case What::node:
        node(*at<Node>(index));
        break;
      case What::indirect:
        for (auto& child : at<IndirectBlock>(index)->children)
          repair(child, level > 1 ? What::indirect : What::record, level - 1);
        break;
      case What::hash_tree:
        for (auto& entry : at<HashBlock>(index)->entries)
          repair(entry.child, level > 1 ? What::hash_tree : What::entries, level - 1);
        break;
      case What::log:
        repair(at<LogBlock>(index)->previous, What::log, 0);
        break;
      case What::release:
        repair(at<ReleaseBlock>(index)->previous, What::release, 0);
        break;
      case What::record:
      case What::entries:
        break;
    }
  }

  void node(Node& node) {
    if (node.is_inline()) return;
    if (node.is(kind_directory)) {
      const auto depth = static_cast<unsigned>(node.pointers[0].address & 0xF);
      repair(node.pointers[1], depth > 0 ? What::hash_tree : What::entries, depth);
      return;
    }
    for (unsigned depth = 0; depth < 5; depth++)
      for (unsigned i = 0; i < pointer_tables[depth].count; i++)
        repair(node.pointers[pointer_tables[depth].first + i], depth > 0 ? What::indirect : What::record,
               depth);
  }

  SparseImage& image_;
  std::set<std::uint64_t> seen_;
};

}  // namespace

void repair_checksums(SparseImage& image) {
  Repairer(image).header();
}

}  // namespace redoxfs::fuzz
