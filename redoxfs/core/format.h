// SPDX-License-Identifier: ISC
#pragma once

// RedoxFS version 8 as it lies on the device. Integers are little-endian, as every target of ours is; blocks
// have 4096 bytes; block indexes count from the start of the file system.
//
// Nothing here is trusted when it comes from a device: core/validate.h decides what may be used.

#include <redoxfs/services.h>

#include <bit>
#include <cstddef>

namespace redoxfs {

static_assert(std::endian::native == std::endian::little);

inline constexpr std::uint64_t format_version = 8;
inline constexpr std::uint64_t ring_slots = 256;        ///< headers; slot = generation % 256
inline constexpr std::uint64_t first_block = 257;       ///< block 256 stays unused
inline constexpr std::uint64_t blocks_scanned = 65536;  ///< where a file system may start on its device
inline constexpr std::uint64_t smallest_device =
    257 + 40;                                 ///< blocks: the ring, and room to make anything at all
inline constexpr unsigned largest_level = 5;  ///< of a record: 128 KiB
inline constexpr unsigned tree_fanout = 254;
inline constexpr unsigned tree_levels = 4;
inline constexpr unsigned indirect_fanout = 256;
inline constexpr unsigned hash_fanout = 204;
inline constexpr unsigned deepest_hash_tree = 8;
inline constexpr std::size_t largest_name = 252;
inline constexpr std::size_t largest_inline = 3967;    ///< that we write; 3968 are read
inline constexpr std::size_t entry_bytes = 4092;       ///< of an EntryList
inline constexpr std::size_t largest_lz4 = 65536 - 2;  ///< of a compressed record, without its length

inline constexpr std::uint16_t kind_mask = 0xF000;
inline constexpr std::uint16_t kind_file = 0x8000;
inline constexpr std::uint16_t kind_directory = 0x4000;
inline constexpr std::uint16_t kind_link = 0xA000;
inline constexpr std::uint16_t kind_fifo = 0x1000;
inline constexpr std::uint16_t kind_socket = 0xC000;

constexpr std::uint64_t blocks_of_level(unsigned level) {
  return std::uint64_t{1} << level;
}
constexpr std::size_t bytes_of_level(unsigned level) {
  return block_size << level;
}
/// The least level whose block holds `bytes`.
constexpr unsigned level_for(std::size_t bytes) {
  unsigned level = 0;
  while (bytes_of_level(level) < bytes) level++;
  return level;
}

/// Where a block lies, how long it is, and the SeaHash of what is stored there (compressed, not encrypted).
struct [[gnu::packed, gnu::aligned(4)]] BlockPointer {
  std::uint64_t address = 0;
  std::uint64_t hash = 0;

  static BlockPointer at(std::uint64_t index, unsigned level, unsigned decompressed_level = 0) {
    return {.address = index << 8 | decompressed_level << 4 | level, .hash = 0};
  }
  std::uint64_t index() const {
    return address >> 8;
  }
  unsigned level() const {
    return address & 15;
  }
  /// The level of the content when it is compressed, else 0.
  unsigned decompressed_level() const {
    return address >> 4 & 15;
  }
  bool null() const {
    return index() == 0;
  }
};
static_assert(sizeof(BlockPointer) == 16);

/// The password's key encrypts the two keys of the data.
struct KeySlot {
  Key salt{};
  Key data{};
  Key tweak{};
};
static_assert(sizeof(KeySlot) == 48);

inline constexpr char signature[8] = {'R', 'e', 'd', 'o', 'x', 'F', 'S', '\0'};

struct Header {
  char signature[8] = {};
  std::uint64_t version = 0;
  std::byte uuid[16] = {};
  std::uint64_t size = 0;  ///< bytes
  std::uint64_t generation = 0;
  BlockPointer tree;
  BlockPointer log;
  KeySlot keys[64];
  BlockPointer release;
  std::byte padding[904] = {};
  Key encrypted_hash{};  ///< of the hash followed by eight zero bytes, tweak = generation
  std::uint64_t hash = 0;
};
static_assert(sizeof(Header) == block_size && offsetof(Header, keys) == 80 &&
              offsetof(Header, release) == 3152 && offsetof(Header, encrypted_hash) == 4072);
inline constexpr std::size_t hashed_header_bytes = offsetof(Header, encrypted_hash);

/// A node of the tree of nodes. Its id has one byte a level, the root's the highest.
struct TreeBlock {
  BlockPointer children[tree_fanout];
  std::uint64_t full[4];  ///< bit i: no id is free below child i

  bool is_full(unsigned i) const { return full[i / 64] >> (i % 64) & 1; }
  void set_full(unsigned i, bool value) {
    full[i / 64] = (full[i / 64] & ~(std::uint64_t{1} << (i % 64))) | std::uint64_t{value} << (i % 64);
  }
  bool all_full() const {
    return full[0] + 1 == 0 && full[1] + 1 == 0 && full[2] + 1 == 0 && (full[3] | 3ull << 62) + 1 == 0;
  }
};
static_assert(sizeof(TreeBlock) == block_size);

inline constexpr std::uint32_t flag_inline = 1;
inline constexpr std::size_t content_bytes = 3968;

/// A file, directory or symbolic link. Its numbers are not aligned: what takes a reference gets a copy
/// (`+node.size`).
struct [[gnu::packed, gnu::aligned(4)]] Node {
  std::uint16_t mode;
  std::uint32_t uid;
  std::uint32_t gid;
  std::uint32_t links;
  std::uint64_t size;
  std::uint64_t blocks;  ///< with this one
  std::uint64_t ctime_s;
  std::uint32_t ctime_ns;
  std::uint64_t mtime_s;
  std::uint32_t mtime_ns;
  std::uint64_t atime_s;
  std::uint32_t atime_ns;
  std::uint32_t record_level;
  std::uint32_t flags;
  std::byte padding[54];
  BlockPointer pointers[248];  ///< the tables L0 to L4, see pointer_tables; of inline nodes: the content

  std::byte* content() {
    return reinterpret_cast<std::byte*>(pointers);
  }
  const std::byte* content() const {
    return reinterpret_cast<const std::byte*>(pointers);
  }

  bool is(std::uint16_t kind) const {
    return (mode & kind_mask) == kind;
  }
  bool is_inline() const {
    return flags & flag_inline;
  }
};
static_assert(sizeof(Node) == block_size && offsetof(Node, pointers) == 128 &&
              offsetof(Node, mtime_s) == 42 && offsetof(Node, record_level) == 66 &&
              offsetof(Node, flags) == 70);

/// Table `depth` of a node: its pointers reach records through `depth` indirect blocks.
struct PointerTable {
  unsigned first;  ///< in Node::pointers
  unsigned count;
  std::uint64_t records_each;  ///< 256^depth
};
inline constexpr PointerTable pointer_tables[5] = {
    {0, 128, 1}, {128, 64, 1u << 8}, {192, 32, 1u << 16}, {224, 16, 1u << 24}, {240, 8, 1ull << 32}};
inline constexpr std::uint64_t most_records =
    128 + (64ull << 8) + (32ull << 16) + (16ull << 24) + (8ull << 32);

/// Where a directory says how deep its tree is: pointer 0. Pointer 1 is the root of the tree.
inline constexpr std::uint64_t directory_marker = ~std::uint64_t{0xF};

struct IndirectBlock {
  BlockPointer children[indirect_fanout];
};
static_assert(sizeof(IndirectBlock) == block_size);

/// The names of a directory. An entry is: id (4 bytes), length of the name (1 byte), name.
struct EntryList {
  std::byte entries[entry_bytes];
  std::uint16_t count;
  std::uint16_t used;  ///< bytes of `entries`
};
static_assert(sizeof(EntryList) == block_size);

struct [[gnu::packed, gnu::aligned(4)]] HashEntry {
  std::uint32_t greatest;  ///< no name below has a greater hash
  BlockPointer child;
};

/// Sorted by `greatest`; null entries (greatest = 0xFFFFFFFF) come last. Names of equal hash may lie in
/// neighbours.
struct HashBlock {
  HashEntry entries[hash_fanout];
  std::byte padding[16];
};
static_assert(sizeof(HashBlock) == block_size);
inline constexpr std::uint32_t hash_of_null = 0xFFFF'FFFF;

/// A change of the set of free blocks: count > 0 frees, count < 0 uses.
struct LogEntry {
  std::uint64_t index;
  std::int64_t count;
};

/// A block of the allocator log, replayed from the oldest (whose `previous` is null) to the newest.
struct LogBlock {
  BlockPointer previous;
  LogEntry entries[255];
};
static_assert(sizeof(LogBlock) == block_size);

/// Nodes without a name that somebody had open: they are removed when the file system is opened.
struct ReleaseBlock {
  BlockPointer previous;
  std::uint32_t ids[1020];
};
static_assert(sizeof(ReleaseBlock) == block_size);

template <typename T>
Bytes bytes_of(T& value) {
  return std::as_writable_bytes(std::span<T, 1>(&value, 1));
}
template <typename T>
ConstBytes bytes_of(const T& value) {
  return std::as_bytes(std::span<const T, 1>(&value, 1));
}

}  // namespace redoxfs
