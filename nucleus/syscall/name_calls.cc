// SPDX-License-Identifier: ISC

// Names: directories, links, renaming, the working directory.  Spec: [posix]

#include "calls.h"
#include "descriptors.h"
#include "file_values.h"

#include <files/open_directory.h>

#include <nucleus/frames.h>

#include <cstring>

namespace nucleus::call {
namespace {

/// Calls function(FileSystem&, const Place&) with the file lock held, for a path that need not exist.
template <typename Function>
Result<long> with_place(int directory, VirtAddr path_at, FollowLast follow, Function&& function) {
  const ProgramPath path = TRY(ProgramPath::load(path_at));
  Ref<DirectoryNode> start = TRY(starting_directory(directory));
  return with_files([&](FileSystem& files) -> Result<long> {
    const Place place = TRY(files.tree.resolve(*start, path.view(), follow));
    return function(files, place);
  });
}

/// The same for two paths.
template <typename Function>
Result<long> with_two_places(int directory_a, VirtAddr path_a, FollowLast follow_a, int directory_b,
                             VirtAddr path_b, Function&& function) {
  const ProgramPath first = TRY(ProgramPath::load(path_a));
  const ProgramPath second = TRY(ProgramPath::load(path_b));
  Ref<DirectoryNode> start_a = TRY(starting_directory(directory_a));
  Ref<DirectoryNode> start_b = TRY(starting_directory(directory_b));
  return with_files([&](FileSystem& files) -> Result<long> {
    const Place a = TRY(files.tree.resolve(*start_a, first.view(), follow_a));
    const Place b = TRY(files.tree.resolve(*start_b, second.view(), FollowLast::no));
    return function(files, a, b);
  });
}

/// Reading a symbolic link never adds a zero at the end.
Result<long> read_link_from(int directory, VirtAddr path, VirtAddr to, std::uint64_t capacity) {
  if (static_cast<std::int64_t>(capacity) <= 0) return Error::invalid_argument;
  return with_place(directory, path, FollowLast::no, [&](FileSystem&, const Place& place) -> Result<long> {
    if (!place.node) return Error::not_found;
    const auto* link = node_cast<SymlinkNode>(place.node.get());
    if (!link) return Error::invalid_argument;
    const std::string_view target = link->target().substr(0, capacity);
    TRY(copy_to_program(to, target.data(), target.size()));
    return static_cast<long>(target.size());
  });
}

Result<long> make_directory_from(int directory, VirtAddr path, std::uint32_t mode) {
  return with_place(directory, path, FollowLast::no,
                    [&](FileSystem& files, const Place& place) -> Result<long> {
                      (void)TRY(files.tree.make_directory(place, mode & 01777 & ~files.mode_mask));
                      return 0L;
                    });
}

Result<long> remove_from(int directory, VirtAddr path, bool is_directory) {
  return with_place(directory, path, FollowLast::no,
                    [&](FileSystem& files, const Place& place) -> Result<long> {
                      TRY(is_directory ? files.tree.remove_directory(place) : files.tree.unlink(place));
                      return 0L;
                    });
}

Result<long> rename_from_to(int directory_a, VirtAddr path_a, int directory_b, VirtAddr path_b,
                            bool keep_existing) {
  return with_two_places(directory_a, path_a, FollowLast::no, directory_b, path_b,
                         [&](FileSystem& files, const Place& from, const Place& to) -> Result<long> {
                           TRY(files.tree.rename(from, to, keep_existing));
                           return 0L;
                         });
}

Result<long> link_from_to(int directory_a, VirtAddr path_a, int directory_b, VirtAddr path_b,
                          FollowLast follow) {
  return with_two_places(directory_a, path_a, follow, directory_b, path_b,
                         [](FileSystem& files, const Place& old, const Place& made) -> Result<long> {
                           if (!old.node) return Error::not_found;
                           TRY(files.tree.make_link(made, old.node));
                           return 0L;
                         });
}

Result<long> make_symlink_from(VirtAddr target_at, int directory, VirtAddr path) {
  const ProgramPath target = TRY(ProgramPath::load(target_at));
  return with_place(directory, path, FollowLast::no,
                    [&](FileSystem& files, const Place& place) -> Result<long> {
                      TRY(files.tree.make_symlink(place, target.view()));
                      return 0L;
                    });
}

constexpr int here = at_working_directory;

}  // namespace

Result<long> read_link(const Arguments& arguments) {
  return read_link_from(here, arguments.address(0), arguments.address(1), arguments.size(2));
}

Result<long> read_link_at(const Arguments& arguments) {
  return read_link_from(arguments.integer(0), arguments.address(1), arguments.address(2), arguments.size(3));
}

Result<long> make_directory(const Arguments& arguments) {
  return make_directory_from(here, arguments.address(0), arguments.flags(1));
}

Result<long> make_directory_at(const Arguments& arguments) {
  return make_directory_from(arguments.integer(0), arguments.address(1), arguments.flags(2));
}

Result<long> remove_directory(const Arguments& arguments) {
  return remove_from(here, arguments.address(0), true);
}

Result<long> remove_name(const Arguments& arguments) {
  return remove_from(here, arguments.address(0), false);
}

Result<long> remove_name_at(const Arguments& arguments) {
  constexpr std::uint32_t remove_directory_flag = 0x200;  // AT_REMOVEDIR
  if (arguments.flags(2) & ~remove_directory_flag) return Error::invalid_argument;
  return remove_from(arguments.integer(0), arguments.address(1), arguments.flags(2) != 0);
}

Result<long> rename_path(const Arguments& arguments) {
  return rename_from_to(here, arguments.address(0), here, arguments.address(1), false);
}

Result<long> rename_at(const Arguments& arguments) {
  return rename_from_to(arguments.integer(0), arguments.address(1), arguments.integer(2),
                        arguments.address(3), false);
}

Result<long> rename_at_with_flags(const Arguments& arguments) {
  constexpr std::uint32_t no_replace = 1;
  if (arguments.flags(4) & ~no_replace) return Error::invalid_argument;
  return rename_from_to(arguments.integer(0), arguments.address(1), arguments.integer(2),
                        arguments.address(3), arguments.flags(4) != 0);
}

Result<long> make_link(const Arguments& arguments) {
  return link_from_to(here, arguments.address(0), here, arguments.address(1), FollowLast::no);
}

Result<long> make_link_at(const Arguments& arguments) {
  constexpr std::uint32_t follow = 0x400;  // AT_SYMLINK_FOLLOW
  if (arguments.flags(4) & ~follow) return Error::invalid_argument;
  return link_from_to(arguments.integer(0), arguments.address(1), arguments.integer(2), arguments.address(3),
                      arguments.flags(4) ? FollowLast::yes : FollowLast::no);
}

Result<long> make_symbolic_link(const Arguments& arguments) {
  return make_symlink_from(arguments.address(0), here, arguments.address(1));
}

Result<long> make_symbolic_link_at(const Arguments& arguments) {
  return make_symlink_from(arguments.address(0), arguments.integer(1), arguments.address(2));
}

// Directories as files.

Result<long> read_directory(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(file_of(arguments.integer(0)));
  if (file->node()->kind != NodeKind::directory) return Error::not_directory;
  if (!file->readable) return Error::bad_descriptor;
  auto& directory = static_cast<OpenDirectory&>(*file);
  const auto to = TRY(writable_bytes(arguments.address(1), arguments.size(2)));
  return with_files([&](FileSystem&) -> Result<long> {
    std::size_t used = 0;
    bool first_fits = true;
    directory.for_each([&](const OpenDirectory::Item& item) {
      const std::size_t length = align_up(abi::directory_record_name + item.name.size() + 1, 8);
      if (length > to.size() - used) {
        first_fits = used > 0;
        return false;
      }
      std::byte* record = to.data() + used;
      std::memset(record, 0, length);
      const abi::DirectoryRecord head{.inode = item.node->attributes.number,
                                      .next = static_cast<std::int64_t>(item.next),
                                      .length = static_cast<std::uint16_t>(length),
                                      .type = record_type_of(item.node->kind)};
      std::memcpy(record, &head, abi::directory_record_name);
      std::memcpy(record + abi::directory_record_name, item.name.data(), item.name.size());
      used += length;
      return true;
    });
    if (!first_fits) return Error::invalid_argument;
    return static_cast<long>(used);
  });
}

// The working directory.

Result<long> get_working_directory(const Arguments& arguments) {
  struct Buffer {
    char bytes[max_path];
  };
  Owned<Buffer> buffer = TRY(make_owned<Buffer>());
  std::string_view path = TRY(with_files([&](FileSystem& files) {
    return files.tree.path_of(*files.working_directory, {buffer->bytes, sizeof buffer->bytes - 1});
  }));
  buffer->bytes[sizeof buffer->bytes - 1] = '\0';
  if (path.size() + 1 > arguments.size(1)) return Error::out_of_range;
  TRY(copy_to_program(arguments.address(0), path.data(), path.size() + 1));
  return static_cast<long>(path.size() + 1);
}

Result<long> change_directory(const Arguments& arguments) {
  const ProgramPath path = TRY(ProgramPath::load(arguments.address(0)));
  return with_files([&](FileSystem& files) -> Result<long> {
    Ref<Node> node = TRY(files.tree.lookup(*files.working_directory, path.view(), FollowLast::yes));
    auto* directory = node_cast<DirectoryNode>(node.get());
    if (!directory) return Error::not_directory;
    files.working_directory = Ref<DirectoryNode>::share(directory);
    return 0L;
  });
}

Result<long> change_directory_to_file(const Arguments& arguments) {
  Ref<DirectoryNode> directory = TRY(starting_directory(arguments.integer(0)));
  with_files([&](FileSystem& files) { files.working_directory = directory; });
  return 0L;
}

Result<long> set_file_mode_mask(const Arguments& arguments) {
  return with_files([&](FileSystem& files) -> Result<long> {
    const std::uint32_t old = files.mode_mask;
    files.mode_mask = arguments.flags(0) & 0777;
    return long{old};
  });
}

// The file system as a whole.

namespace {

struct FileSystemStatistics {
  std::int64_t type;
  std::int64_t block_size;
  std::uint64_t blocks;
  std::uint64_t free_blocks;
  std::uint64_t available_blocks;
  std::uint64_t files;
  std::uint64_t free_files;
  std::int32_t id[2];
  std::int64_t max_name;
  std::int64_t fragment_size;
  std::int64_t flags;
  std::int64_t spare[4];
};
static_assert(sizeof(FileSystemStatistics) == 120);

Result<long> store_statistics(VirtAddr to) {
  constexpr std::int64_t type_of_tmpfs = 0x0102'1994;
  const FrameCounters memory = frame_counters();
  FileSystemStatistics statistics{};
  statistics.type = type_of_tmpfs;
  statistics.block_size = statistics.fragment_size = page_size;
  statistics.blocks = memory.total;
  statistics.free_blocks = statistics.available_blocks = memory.free;
  statistics.max_name = DirectoryNode::max_name;
  TRY(store_to_program(to, statistics));
  return 0L;
}

}  // namespace

Result<long> stat_file_system(const Arguments& arguments) {
  return with_place(here, arguments.address(0), FollowLast::yes,
                    [&](FileSystem&, const Place& place) -> Result<long> {
                      if (!place.node) return Error::not_found;
                      return store_statistics(arguments.address(1));
                    });
}

Result<long> stat_file_system_of_file(const Arguments& arguments) {
  (void)TRY(file_of(arguments.integer(0)));
  return store_statistics(arguments.address(1));
}

}  // namespace nucleus::call
