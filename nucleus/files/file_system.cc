// SPDX-License-Identifier: ISC

#include "file_system.h"

#include "open_console.h"
#include "open_device.h"
#include "open_directory.h"
#include "open_regular.h"

namespace nucleus {
namespace {

constinit FileSystem* the_file_system = nullptr;

/// An open file of type T, or Error::out_of_memory.
template <typename T, typename... Arguments>
Result<Ref<OpenFile>> make_open(Arguments&&... arguments) {
  auto made = Ref<OpenFile>::adopt(new (std::nothrow) T{std::forward<Arguments>(arguments)...});
  if (!made) return Error::out_of_memory;
  return made;
}

/// O_PATH: only its node is of use.
class OpenPath final : public OpenFile {
 public:
  explicit OpenPath(Ref<Node> node) : OpenFile{std::move(node), {}} {}
};

}  // namespace

void set_file_system(Owned<FileSystem> made) {
  the_file_system = made.release();
}
FileSystem& file_system_without_lock() {
  return *the_file_system;
}

Result<Owned<FileSystem>> FileSystem::create(std::int64_t (*now_ns)()) {
  FileTree tree = TRY(FileTree::create(now_ns));
  auto* raw = new (std::nothrow) FileSystem{std::move(tree)};
  if (!raw) return Error::out_of_memory;
  Owned<FileSystem> made{raw};
  TRY(made->make_standard_files());
  return made;
}

Result<> FileSystem::make_standard_files() {
  DirectoryNode& root = *tree.root();
  const auto place = [&](std::string_view path) { return tree.resolve(root, path, FollowLast::no); };
  (void)TRY(tree.make_directory(TRY(place("/dev")), 0755));
  (void)TRY(tree.make_directory(TRY(place("/tmp")), 01777));
  struct {
    const char* path;
    Device device;
  } constexpr devices[] = {
      {"/dev/null", Device::null},
      {"/dev/zero", Device::zero},
      {"/dev/full", Device::full},
      {"/dev/random", Device::random},
      {"/dev/urandom", Device::urandom},
      {"/dev/tty", Device::tty},
      {"/dev/stdin", Device::standard_input},
      {"/dev/stdout", Device::standard_output},
      {"/dev/stderr", Device::standard_error},
      {"/dev/trace", Device::trace},
  };
  for (const auto& [path, device] : devices) TRY(tree.make_device(TRY(place(path)), device, 0666));
  return {};
}

Result<Ref<OpenFile>> FileSystem::open_device(const Ref<Node>& node, Device device,
                                              const OpenRequest& request) {
  switch (device) {
    case Device::tty:
      if (!console().is_terminal()) return Error::no_device;
      return make_open<OpenConsole>(node, request.mode, Console::Stream::output);
    case Device::standard_input:
    case Device::standard_output:
      return make_open<OpenConsole>(node, request.mode, Console::Stream::output);
    case Device::standard_error:
      return make_open<OpenConsole>(node, request.mode, Console::Stream::error);
    default:
      return make_open<OpenDevice>(Ref<DeviceNode>::share(static_cast<DeviceNode*>(node.get())),
                                   request.mode);
  }
}

Result<Ref<OpenFile>> FileSystem::open_existing(const Ref<Node>& node, const OpenRequest& request) {
  if (request.must_be_directory && node->kind != NodeKind::directory) return Error::not_directory;
  if (request.path_only) return make_open<OpenPath>(node);
  switch (node->kind) {
    case NodeKind::regular: {
      auto file = Ref<RegularNode>::share(static_cast<RegularNode*>(node.get()));
      Ref<OpenFile> opened = TRY(make_open<OpenRegular>(file, request.mode, tree.clock()));
      if (request.truncate) {
        TRY(file->content.resize(0));
        file->attributes.times.modified_ns = file->attributes.times.changed_ns = tree.now_ns();
      }
      return opened;
    }
    case NodeKind::directory:
      if (request.mode.writable || request.create) return Error::is_directory;
      return make_open<OpenDirectory>(Ref<DirectoryNode>::share(static_cast<DirectoryNode*>(node.get())),
                                      request.mode);
    case NodeKind::device:
      return open_device(node, static_cast<DeviceNode*>(node.get())->device, request);
    case NodeKind::symbolic_link:
      return Error::loop;
    case NodeKind::pipe:
      break;
  }
  return Error::not_supported;
}

Result<Ref<OpenFile>> FileSystem::open(DirectoryNode& start, std::string_view path,
                                       const OpenRequest& request) {
  const bool must_be_new = request.create && request.exclusive;
  const bool follow = request.follow_last && !must_be_new;
  const Place place = TRY(tree.resolve(start, path, follow ? FollowLast::yes : FollowLast::no));
  if (place.node) {
    if (must_be_new) return Error::exists;
    return open_existing(place.node, request);
  }
  if (!request.create) return Error::not_found;
  Ref<RegularNode> file = TRY(tree.make_file(place, request.permissions & ~mode_mask));
  return make_open<OpenRegular>(std::move(file), request.mode, tree.clock());
}

}  // namespace nucleus
