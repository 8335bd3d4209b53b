// SPDX-License-Identifier: ISC

#include "file_values.h"

#include "descriptors.h"
#include "time_values.h"

#include <nucleus/address_space.h>

namespace nucleus {
namespace {

constexpr std::uint64_t tree_device = 1;  // st_dev of all files
constexpr std::uint64_t stat_block = 512;

abi::Timespec file_time(std::int64_t ns) {
  // Before 1970 the seconds are rounded down, so that the nanoseconds are positive.
  constexpr auto second = static_cast<std::int64_t>(ns_per_s);
  const std::int64_t fraction = ((ns % second) + second) % second;
  return {(ns - fraction) / second, fraction};
}

abi::StatxTime statx_time(std::int64_t ns) {
  const abi::Timespec time = file_time(ns);
  return {time.seconds, static_cast<std::uint32_t>(time.nanoseconds), 0};
}

std::uint64_t blocks_of(const Node& node) {
  // A member of the boot bundle takes no memory of its own but is not a hole either.
  const std::uint64_t bytes = node.kind == NodeKind::regular ? align_up(node.size(), page_size) : 0;
  const std::uint64_t own = node.own_bytes();
  return (own > 0 && own < bytes ? own : bytes) / stat_block;
}

}  // namespace

Result<ProgramPath> ProgramPath::load(VirtAddr at) {
  Owned<Buffer> buffer = TRY(make_owned<Buffer>());
  const std::size_t size = TRY(copy_string_from_program(buffer->data(), at, max_path));
  return ProgramPath{std::move(buffer), size};
}

Result<Ref<DirectoryNode>> starting_directory(int descriptor) {
  if (descriptor == at_working_directory) {
    return with_files([](FileSystem& files) { return Ref<DirectoryNode>{files.working_directory}; });
  }
  Ref<OpenFile> file = TRY(file_of(descriptor));
  auto* directory = node_cast<DirectoryNode>(file->node().get());
  if (!directory) return Error::not_directory;
  return Ref<DirectoryNode>::share(directory);
}

std::uint32_t mode_of(const Node& node) {
  constexpr std::uint32_t kinds[] = {0100000, 0040000, 0120000, 0020000,
                                     0010000};  // in the order of NodeKind
  return kinds[static_cast<unsigned>(node.kind)] | node.attributes.permissions;
}

std::uint8_t record_type_of(NodeKind kind) {
  constexpr std::uint8_t types[] = {8, 4, 10, 2, 1};  // DT_REG, DT_DIR, DT_LNK, DT_CHR, DT_FIFO
  return types[static_cast<unsigned>(kind)];
}

std::uint64_t device_number_of(const Node& node) {
  return node.kind == NodeKind::device
             ? static_cast<std::uint64_t>(static_cast<const DeviceNode&>(node).device)
             : 0;
}

arch::linux_abi::Stat stat_of(const Node& node) {
  const NodeAttributes& attributes = node.attributes;
  arch::linux_abi::Stat stat{};
  stat.device = tree_device;
  stat.inode = attributes.number;
  stat.links = attributes.links;
  stat.mode = mode_of(node);
  stat.owner = attributes.owner;
  stat.group = attributes.group;
  stat.device_number = device_number_of(node);
  stat.size = static_cast<std::int64_t>(node.size());
  stat.block_size = page_size;
  stat.blocks = static_cast<std::int64_t>(blocks_of(node));
  stat.accessed = file_time(attributes.times.accessed_ns);
  stat.modified = file_time(attributes.times.modified_ns);
  stat.changed = file_time(attributes.times.changed_ns);
  return stat;
}

abi::Statx statx_of(const Node& node) {
  constexpr std::uint32_t basic_stats = 0x7ff;
  const NodeAttributes& attributes = node.attributes;
  const std::uint64_t device = device_number_of(node);
  abi::Statx stat{};
  stat.mask = basic_stats;
  stat.block_size = page_size;
  stat.links = attributes.links;
  stat.owner = attributes.owner;
  stat.group = attributes.group;
  stat.mode = static_cast<std::uint16_t>(mode_of(node));
  stat.inode = attributes.number;
  stat.size = node.size();
  stat.blocks = blocks_of(node);
  stat.accessed = statx_time(attributes.times.accessed_ns);
  stat.modified = statx_time(attributes.times.modified_ns);
  stat.changed = statx_time(attributes.times.changed_ns);
  stat.device_number_major = static_cast<std::uint32_t>(device >> 8);
  stat.device_number_minor = static_cast<std::uint32_t>(device & 0xff);
  stat.device_minor = tree_device;
  return stat;
}

}  // namespace nucleus
