// SPDX-License-Identifier: ISC

// Opening, closing and duplicating.  Spec: [posix "open", "dup"], [linux/uapi "asm-generic/fcntl.h"]

#include "calls.h"
#include "descriptors.h"
#include "file_values.h"
#include "open_flags.h"

#include <files/open_pipe.h>

namespace nucleus {

Result<OpenRequest> decode_open_flags(std::uint32_t flags, std::uint32_t permissions) {
  namespace abi = arch::linux_abi;
  const std::uint32_t access = flags & open_flags::access_mode;
  if (access == open_flags::access_mode) return Error::invalid_argument;
  if (flags & open_flags::temporary_only) return Error::not_supported;
  OpenRequest request;
  request.path_only = (flags & open_flags::path) != 0;
  request.must_be_directory = (flags & abi::open_directory) != 0;
  request.follow_last = (flags & abi::open_no_follow) == 0;
  if (request.path_only) return request;
  request.mode = {.readable = access != open_flags::write_only,
                  .writable = access != open_flags::read_only,
                  .append = (flags & open_flags::append) != 0,
                  .non_blocking = (flags & open_flags::non_blocking) != 0};
  request.create = (flags & open_flags::create) != 0;
  request.exclusive = (flags & open_flags::exclusive) != 0;
  request.truncate = (flags & open_flags::truncate) != 0;
  request.permissions = permissions & 07777;
  if (request.create && request.must_be_directory) return Error::invalid_argument;
  return request;
}

namespace call {
namespace {

Result<long> open_path(int directory, VirtAddr path_at, std::uint32_t flags, std::uint32_t permissions) {
  const OpenRequest request = TRY(decode_open_flags(flags, permissions));
  const ProgramPath path = TRY(ProgramPath::load(path_at));
  Ref<DirectoryNode> start = TRY(starting_directory(directory));
  Ref<OpenFile> file =
      TRY(with_files([&](FileSystem& files) { return files.open(*start, path.view(), request); }));
  return new_descriptor(std::move(file), (flags & open_flags::close_on_exec) != 0);
}

/// Gives `file` the number `descriptor`; what had it is closed.
Result<long> set_descriptor(int descriptor, const Ref<OpenFile>& file, bool close_on_exec) {
  Ref<OpenFile> old = TRY(descriptors().with(
      [&](DescriptorTable& table) { return table.set(descriptor, Ref<OpenFile>{file}, close_on_exec); }));
  return long{descriptor};
}

Result<long> make_pipe_at(VirtAddr numbers_at, std::uint32_t flags) {
  if (flags & ~(open_flags::close_on_exec | open_flags::non_blocking | arch::linux_abi::open_direct)) {
    return Error::invalid_argument;
  }
  TRY(check_writable(numbers_at, 2 * sizeof(std::int32_t)));
  const bool close_on_exec = (flags & open_flags::close_on_exec) != 0;
  auto [reading, writing] = TRY(nucleus::make_pipe((flags & open_flags::non_blocking) != 0));
  const long first = TRY(new_descriptor(std::move(reading), close_on_exec));
  auto second = new_descriptor(std::move(writing), close_on_exec);
  if (!second.ok()) {
    auto undone =
        descriptors().with([&](DescriptorTable& table) { return table.remove(static_cast<int>(first)); });
    return second.error();
  }
  const std::int32_t numbers[2] = {static_cast<std::int32_t>(first),
                                   static_cast<std::int32_t>(second.value())};
  TRY(store_to_program(numbers_at, numbers));
  return 0L;
}

}  // namespace

Result<long> open_file(const Arguments& arguments) {
  return open_path(at_working_directory, arguments.address(0), arguments.flags(1), arguments.flags(2));
}

Result<long> open_file_at(const Arguments& arguments) {
  return open_path(arguments.integer(0), arguments.address(1), arguments.flags(2), arguments.flags(3));
}

Result<long> create_file(const Arguments& arguments) {
  constexpr std::uint32_t flags = open_flags::write_only | open_flags::create | open_flags::truncate;
  return open_path(at_working_directory, arguments.address(0), flags, arguments.flags(1));
}

Result<long> close_file(const Arguments& arguments) {
  // The last reference goes here, outside of the table's lock.
  Ref<OpenFile> closed =
      TRY(descriptors().with([&](DescriptorTable& table) { return table.remove(arguments.integer(0)); }));
  return 0L;
}

Result<long> duplicate(const Arguments& arguments) {
  return new_descriptor(TRY(file_of(arguments.integer(0))), false);
}

Result<long> duplicate_to(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(file_of(arguments.integer(0)));
  if (arguments.integer(0) == arguments.integer(1)) return long{arguments.integer(1)};
  return set_descriptor(arguments.integer(1), file, false);
}

Result<long> duplicate_to_with_flags(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(file_of(arguments.integer(0)));
  if (arguments.integer(0) == arguments.integer(1)) return Error::invalid_argument;
  if (arguments.flags(2) & ~open_flags::close_on_exec) return Error::invalid_argument;
  return set_descriptor(arguments.integer(1), file, arguments.flags(2) != 0);
}

Result<long> make_pipe(const Arguments& arguments) {
  return make_pipe_at(arguments.address(0), 0);
}

Result<long> make_pipe_with_flags(const Arguments& arguments) {
  return make_pipe_at(arguments.address(0), arguments.flags(1));
}

}  // namespace call
}  // namespace nucleus
