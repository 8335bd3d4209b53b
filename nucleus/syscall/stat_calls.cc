// SPDX-License-Identifier: ISC

// Attributes of files, read and changed.  Spec: [posix "fstatat", "utimensat"], [linux/uapi "linux/stat.h"]

#include "calls.h"
#include "descriptors.h"
#include "file_values.h"
#include "time_values.h"

namespace nucleus::call {
namespace {

constexpr std::uint32_t at_no_follow = 0x100;
constexpr std::uint32_t at_empty_path = 0x1000;

/// Calls function(FileSystem&, Node&) with the file lock held, for the file that a call of the ...at family
/// names.
template <typename Function>
Result<long> with_node_at(int directory, VirtAddr path_at, std::uint32_t flags, Function&& function) {
  if (flags & at_empty_path) {
    auto first = load_from_program<char>(path_at);
    if (first.ok() && first.value() == '\0') {
      if (directory == at_working_directory) {
        return with_files([&](FileSystem& files) { return function(files, *files.working_directory); });
      }
      Ref<OpenFile> file = TRY(file_of(directory));
      return with_files([&](FileSystem& files) { return function(files, *file->node()); });
    }
  }
  const ProgramPath path = TRY(ProgramPath::load(path_at));
  Ref<DirectoryNode> start = TRY(starting_directory(directory));
  const FollowLast follow = flags & at_no_follow ? FollowLast::no : FollowLast::yes;
  return with_files([&](FileSystem& files) -> Result<long> {
    Ref<Node> node = TRY(files.tree.lookup(*start, path.view(), follow));
    return function(files, *node);
  });
}

/// The same for the file behind a descriptor.
template <typename Function>
Result<long> with_node_of(int descriptor, Function&& function) {
  Ref<OpenFile> file = TRY(file_of(descriptor));
  return with_files([&](FileSystem& files) { return function(files, *file->node()); });
}

auto storing_stat(VirtAddr to) {
  return [to](FileSystem&, const Node& node) -> Result<long> {
    TRY(store_to_program(to, stat_of(node)));
    return 0L;
  };
}

}  // namespace

Result<long> stat_path(const Arguments& arguments) {
  return with_node_at(at_working_directory, arguments.address(0), 0, storing_stat(arguments.address(1)));
}

Result<long> stat_link(const Arguments& arguments) {
  return with_node_at(at_working_directory, arguments.address(0), at_no_follow,
                      storing_stat(arguments.address(1)));
}

Result<long> stat_file(const Arguments& arguments) {
  return with_node_of(arguments.integer(0), storing_stat(arguments.address(1)));
}

Result<long> stat_at(const Arguments& arguments) {
  return with_node_at(arguments.integer(0), arguments.address(1), arguments.flags(3),
                      storing_stat(arguments.address(2)));
}

Result<long> stat_extended(const Arguments& arguments) {
  const auto store = [&](FileSystem&, const Node& node) -> Result<long> {
    TRY(store_to_program(arguments.address(4), statx_of(node)));
    return 0L;
  };
  return with_node_at(arguments.integer(0), arguments.address(1), arguments.flags(2), store);
}

// Access. There is one user, who may do everything but execute what nobody may.

namespace {

Result<long> check_access_with(int directory, VirtAddr path, std::uint32_t wanted, std::uint32_t flags) {
  constexpr std::uint32_t execute = 1;
  if (wanted & ~7u) return Error::invalid_argument;
  return with_node_at(directory, path, flags, [&](FileSystem&, const Node& node) -> Result<long> {
    const bool executable = node.kind == NodeKind::directory || (node.attributes.permissions & 0111) != 0;
    if ((wanted & execute) && !executable) return Error::access_denied;
    return 0L;
  });
}

}  // namespace

Result<long> check_access(const Arguments& arguments) {
  return check_access_with(at_working_directory, arguments.address(0), arguments.flags(1), 0);
}

Result<long> check_access_at(const Arguments& arguments) {
  // faccessat has three arguments, faccessat2 a fourth; the libc makes both with zeros after the last.
  return check_access_with(arguments.integer(0), arguments.address(1), arguments.flags(2),
                           arguments.flags(3));
}

// Changing attributes.

namespace {

auto changing_mode(std::uint32_t mode) {
  return [mode](FileSystem& files, Node& node) -> Result<long> {
    node.attributes.permissions = mode & 07777;
    node.attributes.times.changed_ns = files.tree.now_ns();
    return 0L;
  };
}

auto changing_owner(std::uint32_t owner, std::uint32_t group) {
  return [=](FileSystem& files, Node& node) -> Result<long> {
    constexpr std::uint32_t unchanged = ~0u;
    if (owner != unchanged) node.attributes.owner = owner;
    if (group != unchanged) node.attributes.group = group;
    node.attributes.times.changed_ns = files.tree.now_ns();
    return 0L;
  };
}

}  // namespace

Result<long> change_mode(const Arguments& arguments) {
  return with_node_at(at_working_directory, arguments.address(0), 0, changing_mode(arguments.flags(1)));
}

Result<long> change_mode_of_file(const Arguments& arguments) {
  return with_node_of(arguments.integer(0), changing_mode(arguments.flags(1)));
}

Result<long> change_mode_at(const Arguments& arguments) {
  return with_node_at(arguments.integer(0), arguments.address(1), 0, changing_mode(arguments.flags(2)));
}

Result<long> change_owner(const Arguments& arguments) {
  return with_node_at(at_working_directory, arguments.address(0), 0,
                      changing_owner(arguments.flags(1), arguments.flags(2)));
}

Result<long> change_owner_of_link(const Arguments& arguments) {
  return with_node_at(at_working_directory, arguments.address(0), at_no_follow,
                      changing_owner(arguments.flags(1), arguments.flags(2)));
}

Result<long> change_owner_of_file(const Arguments& arguments) {
  return with_node_of(arguments.integer(0), changing_owner(arguments.flags(1), arguments.flags(2)));
}

Result<long> change_owner_at(const Arguments& arguments) {
  return with_node_at(arguments.integer(0), arguments.address(1), arguments.flags(4),
                      changing_owner(arguments.flags(2), arguments.flags(3)));
}

// Times.

namespace {

/// What utimensat does with one of the two times.
struct NewTime {
  enum class Kind : std::uint8_t { given, now, unchanged } kind = Kind::now;
  std::int64_t ns = 0;

  void apply(std::int64_t& time, std::int64_t now_ns) const {
    if (kind == Kind::given) time = ns;
    if (kind == Kind::now) time = now_ns;
  }
};

Result<NewTime> decode_new_time(const abi::Timespec& time) {
  constexpr std::int64_t now = 0x3fff'ffff;        // UTIME_NOW
  constexpr std::int64_t unchanged = 0x3fff'fffe;  // UTIME_OMIT
  constexpr std::int64_t longest_s = 9'000'000'000;
  if (time.nanoseconds == now) return NewTime{};
  if (time.nanoseconds == unchanged) return NewTime{NewTime::Kind::unchanged};
  if (time.nanoseconds < 0 || time.nanoseconds >= static_cast<std::int64_t>(ns_per_s)) {
    return Error::invalid_argument;
  }
  std::int64_t seconds = time.seconds;
  if (seconds > longest_s) seconds = longest_s;
  if (seconds < -longest_s) seconds = -longest_s;
  return NewTime{NewTime::Kind::given, seconds * static_cast<std::int64_t>(ns_per_s) + time.nanoseconds};
}

}  // namespace

Result<long> set_file_times(const Arguments& arguments) {
  NewTime accessed;
  NewTime modified;
  if (!arguments.is_null(2)) {
    struct Times {
      abi::Timespec accessed;
      abi::Timespec modified;
    };
    const auto times = TRY(load_from_program<Times>(arguments.address(2)));
    accessed = TRY(decode_new_time(times.accessed));
    modified = TRY(decode_new_time(times.modified));
  }
  const auto change = [&](FileSystem& files, Node& node) -> Result<long> {
    const std::int64_t now = files.tree.now_ns();
    accessed.apply(node.attributes.times.accessed_ns, now);
    modified.apply(node.attributes.times.modified_ns, now);
    node.attributes.times.changed_ns = now;
    return 0L;
  };
  // futimens() gives no path.
  if (arguments.is_null(1)) return with_node_of(arguments.integer(0), change);
  return with_node_at(arguments.integer(0), arguments.address(1), arguments.flags(3), change);
}

}  // namespace nucleus::call
