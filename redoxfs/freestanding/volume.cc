// SPDX-License-Identifier: ISC
#include "freestanding/volume.h"

#include <redoxfs/file_system.h>

#include <cstring>

#include "core/try.h"
#include "freestanding/services.h"

extern "C" {
#include <sys/random.h>
#include <time.h>
void* malloc(size_t);
void free(void*);

/// In the place of a function that an object has not got.
[[noreturn]] void __cxa_pure_virtual();
void __cxa_pure_virtual() {
  __builtin_trap();
}
}

namespace redoxfs::freestanding {

namespace {

class Heap final : public Memory {
 public:
  void* allocate(std::size_t size) override { return malloc(size); }
  void release(void* memory, std::size_t) override { free(memory); }
};

class SystemClock final : public Clock {
 public:
  Time now() override {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return {static_cast<std::uint64_t>(time.tv_sec), static_cast<std::uint32_t>(time.tv_nsec)};
  }
};

class Ciphers final : public AesArgon2 {
 public:
  using AesArgon2::AesArgon2;
  Result<void> random(Bytes into) override {
    for (std::size_t done = 0; done < into.size();) {
      const auto count = getrandom(into.data() + done, into.size() - done, 0);
      if (count <= 0) return Error::io;
      done += static_cast<std::size_t>(count);
    }
    return {};
  }
};

class Device final : public BlockDevice {
 public:
  explicit Device(const redoxfs_device& device) : device_{device} {}
  std::uint64_t block_count() const override { return device_.blocks; }
  Result<void> read(std::uint64_t first, Bytes into) override {
    const std::uint64_t count = into.size() / block_size;
    if (!within(first, count)) return Error::io;
    return outcome(device_.read(device_.context, first, count, into.data()));
  }
  Result<void> write(std::uint64_t first, ConstBytes from) override {
    const std::uint64_t count = from.size() / block_size;
    if (!within(first, count)) return Error::io;
    return outcome(device_.write(device_.context, first, count, from.data()));
  }
  Result<void> barrier() override { return outcome(device_.barrier(device_.context)); }

 private:
  bool within(std::uint64_t first, std::uint64_t count) const {
    return count <= device_.blocks && first <= device_.blocks - count;
  }
  static Result<void> outcome(int failed) {
    if (failed != 0) return Error::io;
    return {};
  }
  redoxfs_device device_;
};

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::uint16_t file_mode = mode::file | 0644, directory_mode = mode::directory | 0755;

std::int64_t nanoseconds(const Time& time) {
  // Beyond 2262: the latest that there is.
  if (time.s >= static_cast<std::uint64_t>(INT64_MAX / second_ns)) return INT64_MAX;
  return static_cast<std::int64_t>(time.s) * second_ns + time.ns;
}

/// Times before 1970 are 1970.
Time time_of(std::int64_t ns) {
  if (ns < 0) return {};
  return {static_cast<std::uint64_t>(ns / second_ns), static_cast<std::uint32_t>(ns % second_ns)};
}

bool is_kind(const Attributes& attributes, std::uint16_t kind) {
  return (attributes.mode & mode::type) == kind;
}

/// A path's names, one after the other.
class Names {
 public:
  Names(const char* text, std::uint64_t size) : left_{text, static_cast<std::size_t>(size)} {}
  bool done() const { return left_.empty(); }
  std::uint64_t taken() const { return taken_; }
  std::string_view next() {
    const auto slash = left_.find('/');
    const auto size = slash == left_.npos ? left_.size() : slash;
    const std::string_view name(left_.data(), size);
    left_.remove_prefix(slash == left_.npos ? size : size + 1);
    taken_++;
    return name;
  }

 private:
  std::string_view left_;
  std::uint64_t taken_ = 0;
};

/// A cursor is a hash and, in its lower half, a number among equals; of that fewer bits are kept.
constexpr unsigned number_bits = 30;
std::uint64_t place_of(std::uint64_t cursor) {
  constexpr std::uint64_t most = (std::uint64_t{1} << number_bits) - 1;
  const std::uint64_t number = cursor & UINT32_MAX;
  return cursor >> 32 << number_bits | (number < most ? number : most);
}
std::uint64_t cursor_of(std::uint64_t place) {
  return place >> number_bits << 32 | (place & ((std::uint64_t{1} << number_bits) - 1));
}

/// Puts what a directory has into the caller's memory.
class Lister final : public EntryVisitor {
 public:
  Lister(std::byte* at, std::uint64_t size, std::uint64_t most) : at_{at}, left_{size}, most_{most} {}
  bool visit(const Entry& entry) override {
    const std::uint64_t size = (sizeof(redoxfs_entry) + entry.name.size() + 7) / 8 * 8;
    if (count_ == most_ || size > left_) return false;
    const redoxfs_entry made{.place = place_of(entry.cursor),
                             .node = entry.id,
                             .mode = 0,
                             .name_size = static_cast<std::uint16_t>(entry.name.size())};
    std::memcpy(at_, &made, sizeof made);
    std::memcpy(at_ + sizeof made, entry.name.data(), entry.name.size());
    at_ += size;
    left_ -= size;
    count_++;
    return true;
  }
  std::uint64_t count() const { return count_; }

 private:
  std::byte* at_;
  std::uint64_t left_, most_;
  std::uint64_t count_ = 0;
};

class Requests {
 public:
  Requests(FileSystem& system, redoxfs_request& request) : system_{system}, r_{request} {}

  Result<void> perform() {
    switch (static_cast<redoxfs_operation>(r_.operation)) {
      case REDOXFS_OPEN:
        return open();
      case REDOXFS_STAT_PATH:
        return stat_path();
      case REDOXFS_MAKE_DIRECTORY:
        return make_directory();
      case REDOXFS_UNLINK:
        return unlink();
      case REDOXFS_REMOVE_DIRECTORY:
        return remove_directory();
      case REDOXFS_RENAME:
        return rename();
      case REDOXFS_LINK:
        return link();
      case REDOXFS_SYMBOLIC_LINK:
        return symbolic_link();
      case REDOXFS_READ_LINK:
        return read_link();
      case REDOXFS_READ:
        return read();
      case REDOXFS_WRITE:
        return write(r_.offset);
      case REDOXFS_APPEND:
        return append();
      case REDOXFS_STAT:
        return answer_attributes(node());
      case REDOXFS_LIST:
        return list();
      case REDOXFS_TRUNCATE:
        return system_.resize(node(), r_.offset);
      case REDOXFS_SET_TIMES:
        return set_times();
      case REDOXFS_DROP:
        return system_.drop(node());
      case REDOXFS_SYNC:
        return system_.sync();
      case REDOXFS_USAGE:
        return usage();
      case REDOXFS_OPERATIONS:
        break;
    }
    return Error::not_supported;
  }

 private:
  struct Found {
    NodeId id = 0;
    Attributes attributes;
  };
  struct Parent {
    NodeId id = 0;
    std::string_view name;
  };

  bool has(redoxfs_flag flag) const { return (r_.flags & flag) != 0; }
  NodeId node() const { return static_cast<NodeId>(r_.node); }
  Bytes data() const { return {static_cast<std::byte*>(r_.data), static_cast<std::size_t>(r_.data_size)}; }
  /// Whether the request ended at a symbolic link.
  bool elsewhere() const { return r_.link != 0; }

  Names names(std::uint32_t which) const {
    return which == 1 ? Names(r_.path, r_.path_size) : Names(r_.second, r_.second_size);
  }

  /// Where the walk ends when it does not end at a symbolic link. The last name is followed if it is one and
  /// `follow`.
  Result<Found> walk(std::uint32_t which, Names names, bool follow, std::uint64_t leave_out = 0) {
    std::uint64_t count = 0;
    for (Names all = names; !all.done(); all.next()) count++;
    Found found{.id = root_node, .attributes = TRY(system_.attributes(root_node))};
    for (count -= leave_out; names.taken() < count;) {
      if (!is_kind(found.attributes, mode::directory)) return Error::not_directory;
      found.id = TRY(system_.lookup(found.id, names.next()));
      found.attributes = TRY(system_.attributes(found.id));
      const bool last = names.taken() == count;
      if (is_kind(found.attributes, mode::symbolic_link) && (!last || follow || leave_out != 0)) {
        r_.link = which;
        r_.link_at = names.taken() - 1;
        r_.answer = TRY(system_.read(found.id, 0, data()));
        return found;
      }
    }
    return found;
  }

  /// The directory that has, or is to have, the last name. Errors: `at_root` if there is no name.
  Result<Parent> parent(std::uint32_t which, Error at_root) {
    Names left = names(which);
    if (left.done()) return at_root;
    const Found found = TRY(walk(which, left, true, 1));
    if (elsewhere()) return Parent{};
    if (!is_kind(found.attributes, mode::directory)) return Error::not_directory;
    std::string_view name;
    while (!left.done()) name = left.next();
    return Parent{.id = found.id, .name = name};
  }

  void answer(const Found& found) {
    const Attributes& attributes = found.attributes;
    r_.node = found.id;
    r_.mode = attributes.mode;
    r_.links = attributes.links;
    r_.size = attributes.size;
    r_.blocks = attributes.blocks;
    r_.accessed_ns = nanoseconds(attributes.accessed);
    r_.modified_ns = nanoseconds(attributes.modified);
    r_.changed_ns = nanoseconds(attributes.changed);
  }

  Result<void> answer_attributes(NodeId id) {
    answer({.id = id, .attributes = TRY(system_.attributes(id))});
    return {};
  }

  Result<Found> create() {
    const Parent place = TRY(parent(1, has(REDOXFS_EXCLUSIVE) ? Error::exists : Error::is_directory));
    if (elsewhere()) return Found{};
    const auto there = system_.lookup(place.id, place.name);
    if (there.ok() && has(REDOXFS_EXCLUSIVE)) return Error::exists;
    if (there.ok()) return walk(1, names(1), has(REDOXFS_FOLLOW));
    if (there.error() != Error::not_found) return there.error();
    if (has(REDOXFS_DIRECTORY)) return Error::is_directory;  // one is not made so
    const NodeId id = TRY(system_.create(place.id, place.name, file_mode, 0, 0));
    return Found{.id = id, .attributes = TRY(system_.attributes(id))};
  }

  Result<void> open() {
    Found found = TRY(has(REDOXFS_CREATE) ? create() : walk(1, names(1), has(REDOXFS_FOLLOW)));
    if (elsewhere()) return {};
    const bool directory = is_kind(found.attributes, mode::directory);
    if (is_kind(found.attributes, mode::symbolic_link))
      return Error::too_many_links;  // one not to be followed
    if (directory && has(REDOXFS_CHANGES)) return Error::is_directory;
    if (!directory && has(REDOXFS_DIRECTORY)) return Error::not_directory;
    if (!directory && !is_kind(found.attributes, mode::file)) return Error::not_supported;
    TRY(system_.hold(found.id));
    if (has(REDOXFS_CLEAR) && found.attributes.size > 0) {
      if (const auto cleared = system_.resize(found.id, 0); !cleared.ok()) {
        (void)system_.drop(found.id).ok();
        return cleared.error();
      }
      found.attributes.size = 0;
    }
    answer(found);
    return {};
  }

  Result<void> stat_path() {
    const Found found = TRY(walk(1, names(1), has(REDOXFS_FOLLOW)));
    if (!elsewhere()) answer(found);
    return {};
  }

  Result<void> make_directory() {
    const Parent place = TRY(parent(1, Error::exists));
    if (elsewhere()) return {};
    r_.node = TRY(system_.create(place.id, place.name, directory_mode, 0, 0));
    return {};
  }

  Result<void> unlink() {
    const Parent place = TRY(parent(1, Error::is_directory));
    if (elsewhere()) return {};
    return system_.unlink(place.id, place.name);
  }

  Result<void> remove_directory() {
    const Parent place = TRY(parent(1, Error::busy));
    if (elsewhere()) return {};
    return system_.remove_directory(place.id, place.name);
  }

  Result<void> rename() {
    const Parent from = TRY(parent(1, Error::busy));
    if (elsewhere()) return {};
    const Parent into = TRY(parent(2, Error::busy));
    if (elsewhere()) return {};
    const NodeId id = TRY(system_.lookup(from.id, from.name));
    const auto old = system_.lookup(into.id, into.name);
    if (!old.ok() && old.error() != Error::not_found) return old.error();
    if (old.ok() && !has(REDOXFS_REPLACE)) return Error::exists;
    if (old.ok() && old.value() == id) return {};
    return system_.rename(from.id, from.name, into.id, into.name,
                          has(REDOXFS_REPLACE) ? Replace::allowed : Replace::refused);
  }

  Result<void> link() {
    const Found found = TRY(walk(1, names(1), false));
    if (elsewhere()) return {};
    if (is_kind(found.attributes, mode::directory)) return Error::is_directory;
    const Parent place = TRY(parent(2, Error::exists));
    if (elsewhere()) return {};
    return system_.link(found.id, place.id, place.name);
  }

  Result<void> symbolic_link() {
    const Parent place = TRY(parent(1, Error::exists));
    if (elsewhere()) return {};
    const std::string_view target(r_.second, static_cast<std::size_t>(r_.second_size));
    r_.node = TRY(system_.symlink(place.id, place.name, target, 0, 0));
    return {};
  }

  Result<void> read_link() {
    const Found found = TRY(walk(1, names(1), false));
    if (elsewhere()) return {};
    if (!is_kind(found.attributes, mode::symbolic_link)) return Error::invalid_argument;
    r_.answer = TRY(system_.read(found.id, 0, data()));
    return {};
  }

  Result<void> read() {
    const std::uint64_t most = r_.length < r_.data_size ? r_.length : r_.data_size;
    r_.answer = TRY(system_.read(node(), r_.offset, data().first(static_cast<std::size_t>(most))));
    return {};
  }

  Result<void> write(std::uint64_t offset) {
    if (r_.length > r_.data_size) return Error::invalid_argument;
    r_.answer = TRY(system_.write(node(), offset, data().first(static_cast<std::size_t>(r_.length))));
    return {};
  }

  Result<void> append() {
    const Attributes attributes = TRY(system_.attributes(node()));
    return write(attributes.size);
  }

  Result<void> list() {
    Lister lister(data().data(), r_.data_size, r_.length);
    TRY(system_.list(node(), cursor_of(r_.offset), lister));
    r_.answer = lister.count();
    std::byte* at = data().data();
    for (std::uint64_t i = 0; i < r_.answer; i++) {
      redoxfs_entry entry;
      std::memcpy(&entry, at, sizeof entry);
      // A damaged node is listed all the same, so that it can be removed.
      const auto attributes = system_.attributes(entry.node);
      entry.mode = attributes.ok() ? attributes.value().mode : std::uint16_t{mode::file};
      std::memcpy(at, &entry, sizeof entry);
      at += (sizeof entry + entry.name_size + 7) / 8 * 8;
    }
    r_.size = static_cast<std::uint64_t>(at - data().data());
    return {};
  }

  Result<void> set_times() {
    const Time accessed = time_of(r_.accessed_ns), modified = time_of(r_.modified_ns);
    AttributeChange change;
    if (has(REDOXFS_ACCESSED)) change.accessed = &accessed;
    if (has(REDOXFS_MODIFIED)) change.modified = &modified;
    return system_.set_attributes(node(), change);
  }

  Result<void> usage() {
    const Usage usage = system_.usage();
    r_.answer = usage.free_blocks;
    r_.offset = usage.blocks;
    return {};
  }

  FileSystem& system_;
  redoxfs_request& r_;
};

int code(Error error) {
  return static_cast<int>(error) + 1;
}

}  // namespace

}  // namespace redoxfs::freestanding

struct redoxfs_volume {
  explicit redoxfs_volume(const redoxfs_device& from) : device{from} {}

  redoxfs::freestanding::Heap heap;
  redoxfs::freestanding::SystemClock clock;
  redoxfs::freestanding::Lz4 lz4;
  redoxfs::freestanding::Ciphers ciphers{heap};
  redoxfs::Services services{heap, clock, &lz4, &ciphers};
  redoxfs::freestanding::Device device;
  redoxfs::Owned<redoxfs::FileSystem> system;
};

extern "C" {

int redoxfs_volume_format(const redoxfs_device* device, const void* password, uint64_t password_size) {
  using namespace redoxfs;
  void* const place = malloc(sizeof(redoxfs_volume));
  if (place == nullptr) return freestanding::code(Error::out_of_memory);
  auto* const volume = new (place) redoxfs_volume(*device);
  FormatOptions options{
      .password = {static_cast<const std::byte*>(password), static_cast<std::size_t>(password_size)}};
  auto result = volume->ciphers.random(options.uuid);
  if (result.ok()) result = format(volume->device, volume->services, options);
  redoxfs_volume_close(volume);
  return result.ok() ? REDOXFS_OK : freestanding::code(result.error());
}

redoxfs_volume* redoxfs_volume_open(const redoxfs_device* device, int writable, const void* password,
                                    uint64_t password_size, int* error) {
  using namespace redoxfs;
  void* const place = malloc(sizeof(redoxfs_volume));
  *error = freestanding::code(Error::out_of_memory);
  if (place == nullptr) return nullptr;
  auto* const volume = new (place) redoxfs_volume(*device);
  const ConstBytes key(static_cast<const std::byte*>(password), static_cast<std::size_t>(password_size));
  auto opened =
      FileSystem::open(volume->device, volume->services,
                       {.access = writable != 0 ? Access::read_write : Access::read_only, .password = key});
  if (opened.ok()) {
    *error = REDOXFS_OK;
    volume->system = std::move(opened.value());
    return volume;
  }
  *error = freestanding::code(opened.error());
  redoxfs_volume_close(volume);
  return nullptr;
}

void redoxfs_volume_close(redoxfs_volume* volume) {
  volume->~redoxfs_volume();
  free(volume);
}

void redoxfs_volume_perform(redoxfs_volume* volume, redoxfs_request* request) {
  request->link = 0;
  request->answer = 0;
  const auto result = redoxfs::freestanding::Requests(*volume->system, *request).perform();
  request->error = result.ok() ? 0 : redoxfs::freestanding::code(result.error());
}

const char* redoxfs_volume_describe(int error) {
  return error > 0 ? redoxfs::describe(static_cast<redoxfs::Error>(error - 1)) : "no error";
}

}  // extern "C"
