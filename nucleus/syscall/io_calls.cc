// SPDX-License-Identifier: ISC

// Reading, writing, seeking.  Spec: [posix "read", "write", "lseek"]

#include "blocking.h"
#include "calls.h"
#include "descriptors.h"
#include "file_values.h"
#include "signal_table.h"

#include <syscall/abi/common.h>

namespace nucleus::call {
namespace {

Result<std::size_t> read_some(OpenFile& file, std::span<std::byte> to) {
  return wait_and_try(file, [&] { return file.read(to); });
}

/// All of `from`, as a blocking write promises; less if the file is full, in non-blocking mode, or a signal
/// comes.
Result<std::size_t> write_all(OpenFile& file, std::span<const std::byte> from) {
  std::size_t done = 0;
  do {
    auto written = wait_and_try(file, [&] { return file.write(from.subspan(done)); });
    if (!written.ok()) {
      if (written.error() == Error::broken_pipe) {
        (void)send_signal_to_thread(current_thread().id(), signal_number::pipe);
      }
      if (done == 0) return written.error();
      break;
    }
    done += written.value();
  } while (done < from.size() && !file.non_blocking);
  return done;
}

/// Decodes the vectors of a call one by one and moves each with move(vector, done), until one comes out
/// short. Errors: those of the first one.
template <typename Move>
Result<long> for_each_vector(const Arguments& arguments, Move&& move) {
  constexpr std::uint64_t max_vectors = 1024;
  if (arguments.size(2) > max_vectors) return Error::invalid_argument;
  const auto count = static_cast<unsigned>(arguments.size(2));
  std::size_t done = 0;
  for (unsigned i = 0; i < count; i++) {
    const VirtAddr at = arguments.address(1) + i * sizeof(abi::IoVector);
    const auto vector = TRY(load_from_program<abi::IoVector>(at));
    if (static_cast<std::int64_t>(vector.length) < 0) return Error::invalid_argument;
    if (vector.length == 0) continue;
    auto moved = move(vector, done);
    if (!moved.ok()) {
      if (done == 0) return moved.error();
      break;
    }
    done += moved.value();
    if (moved.value() < vector.length) break;
  }
  return static_cast<long>(done);
}

}  // namespace

Result<long> read_file(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(readable_file(arguments.integer(0)));
  const auto to = TRY(writable_bytes(arguments.address(1), arguments.size(2)));
  return static_cast<long>(TRY(read_some(*file, to)));
}

Result<long> write_file(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(writable_file(arguments.integer(0)));
  const auto from = TRY(readable_bytes(arguments.address(1), arguments.size(2)));
  return static_cast<long>(TRY(write_all(*file, from)));
}

Result<long> read_vector(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(readable_file(arguments.integer(0)));
  return for_each_vector(arguments,
                         [&](const abi::IoVector& vector, std::size_t done) -> Result<std::size_t> {
                           const auto to = TRY(writable_bytes({vector.base}, vector.length));
                           // What has come is given at once: only the first part may wait.
                           return done == 0 ? read_some(*file, to) : file->read(to);
                         });
}

Result<long> write_vector(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(writable_file(arguments.integer(0)));
  return for_each_vector(arguments, [&](const abi::IoVector& vector, std::size_t) -> Result<std::size_t> {
    return write_all(*file, TRY(readable_bytes({vector.base}, vector.length)));
  });
}

Result<long> read_file_at(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(readable_file(arguments.integer(0)));
  if (arguments.wide(3) < 0) return Error::invalid_argument;
  const auto to = TRY(writable_bytes(arguments.address(1), arguments.size(2)));
  return static_cast<long>(TRY(file->read_at(arguments.size(3), to)));
}

Result<long> write_file_at(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(writable_file(arguments.integer(0)));
  if (arguments.wide(3) < 0) return Error::invalid_argument;
  const auto from = TRY(readable_bytes(arguments.address(1), arguments.size(2)));
  return static_cast<long>(TRY(file->write_at(arguments.size(3), from)));
}

Result<long> read_vector_at(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(readable_file(arguments.integer(0)));
  if (arguments.wide(3) < 0) return Error::invalid_argument;
  return for_each_vector(
      arguments, [&](const abi::IoVector& vector, std::size_t done) -> Result<std::size_t> {
        return file->read_at(arguments.size(3) + done, TRY(writable_bytes({vector.base}, vector.length)));
      });
}

Result<long> write_vector_at(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(writable_file(arguments.integer(0)));
  if (arguments.wide(3) < 0) return Error::invalid_argument;
  return for_each_vector(
      arguments, [&](const abi::IoVector& vector, std::size_t done) -> Result<std::size_t> {
        return file->write_at(arguments.size(3) + done, TRY(readable_bytes({vector.base}, vector.length)));
      });
}

Result<long> seek_file(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(file_of(arguments.integer(0)));
  const int whence = arguments.integer(2);
  if (whence < 0 || whence > 2) return Error::invalid_argument;
  return static_cast<long>(TRY(file->seek(arguments.wide(1), static_cast<Whence>(whence))));
}

Result<long> resize_file(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(file_of(arguments.integer(0)));
  if (!file->writable || arguments.wide(1) < 0) return Error::invalid_argument;
  TRY(file->resize(arguments.size(1)));
  return 0L;
}

Result<long> resize_named_file(const Arguments& arguments) {
  if (arguments.wide(1) < 0) return Error::invalid_argument;
  const ProgramPath path = TRY(ProgramPath::load(arguments.address(0)));
  return with_files([&](FileSystem& files) -> Result<long> {
    Ref<Node> node = TRY(files.tree.lookup(*files.working_directory, path.view(), FollowLast::yes));
    if (node->kind == NodeKind::directory) return Error::is_directory;
    auto* regular = node_cast<RegularNode>(node.get());
    if (!regular) return Error::invalid_argument;
    TRY(regular->content.resize(arguments.size(1)));
    regular->attributes.times.modified_ns = regular->attributes.times.changed_ns = files.tree.now_ns();
    return 0L;
  });
}

Result<long> allocate_file(const Arguments& arguments) {
  constexpr std::uint32_t keep_size = 1;
  Ref<OpenFile> file = TRY(writable_file(arguments.integer(0)));
  if (arguments.flags(1) & ~keep_size) return Error::not_supported;
  if (arguments.wide(2) < 0 || arguments.wide(3) <= 0) return Error::invalid_argument;
  if (file->node()->kind != NodeKind::regular) return Error::no_device;
  const std::uint64_t end = arguments.size(2) + arguments.size(3);
  if (end > FileContent::max_size) return Error::file_too_large;
  // Files have no reserved space; only the size can be seen.
  if (arguments.flags(1) == 0 && end > file->node()->size()) TRY(file->resize(end));
  return 0L;
}

Result<long> sync_file(const Arguments& arguments) {
  (void)TRY(file_of(arguments.integer(0)));
  return 0L;
}

Result<long> sync_files(const Arguments&) {
  return 0L;
}

Result<long> advise_file(const Arguments& arguments) {
  (void)TRY(file_of(arguments.integer(0)));
  return 0L;
}

}  // namespace nucleus::call
