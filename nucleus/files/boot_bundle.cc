// SPDX-License-Identifier: ISC

#include "boot_bundle.h"

#include "tar.h"

namespace nucleus {
namespace {

constexpr std::string_view settings_folder = "bactrian/";
constexpr std::string_view files_folder = "root/";

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Archivers may write "./NAME".
std::string_view without_dot(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  return path;
}

void take_setting(BootBundle& bundle, std::string_view name, std::span<const std::byte> data) {
  if (name == "args") bundle.arguments = as_text(data);
  if (name == "env") bundle.environment = as_text(data);
  if (name == "seed") bundle.seed = data;
  if (name == "config") bundle.config = as_text(data);
  if (name == "symbols") bundle.symbols = as_text(data);
}

/// An archive may give any number of seconds: what nanoseconds cannot hold becomes 1970.
FileTimes times_of(const TarEntry& entry) {
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  const bool fits = entry.modified_s > -(INT64_MAX / ns_per_s) && entry.modified_s < INT64_MAX / ns_per_s;
  return FileTimes::all(fits ? entry.modified_s * ns_per_s : 0);
}

/// The directory that `path` names, made with all its parents where missing.
Result<Ref<DirectoryNode>> make_directories(FileTree& tree, std::string_view path) {
  Ref<DirectoryNode> here = tree.root();
  for (auto name = take_component(path); !name.empty(); name = take_component(path)) {
    Place place = TRY(tree.resolve(*here, name, FollowLast::yes));
    if (!place.node) {
      here = TRY(tree.make_directory(place, 0755));
    } else {
      here = Ref<DirectoryNode>::share(node_cast<DirectoryNode>(place.node.get()));
      if (!here) return Error::malformed;
    }
  }
  return here;
}

Result<> mount_one(FileTree& tree, const TarEntry& entry, std::string_view path) {
  while (ends_in_slash(path)) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  const std::string_view folder = slash == std::string_view::npos ? "" : path.substr(0, slash);
  Ref<DirectoryNode> parent = TRY(make_directories(tree, folder));
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (entry.kind == TarKind::directory) {
    Ref<DirectoryNode> directory = TRY(make_directories(tree, path));
    directory->attributes.permissions = entry.mode;
    directory->attributes.times = times_of(entry);
    return {};
  }
  if (name.empty() || is_dot(name) || is_dot_dot(name)) return Error::malformed;
  Place place = TRY(tree.resolve(*parent, name, FollowLast::no));
  if (place.node) {
    if (place.node->kind == NodeKind::directory) return Error::malformed;
    TRY(tree.unlink(place));
    place.node = nullptr;
  }
  switch (entry.kind) {
    case TarKind::file: {
      Ref<RegularNode> file = TRY(tree.make_file(place, entry.mode, entry.data));
      file->attributes.times = times_of(entry);
      return {};
    }
    case TarKind::symbolic_link:
      return tree.make_symlink(place, entry.link);
    case TarKind::hard_link: {
      std::string_view target = without_dot(entry.link);
      if (!target.starts_with(files_folder)) return Error::malformed;
      auto node = tree.lookup(*tree.root(), target.substr(files_folder.size()), FollowLast::no);
      if (!node.ok()) return Error::malformed;
      return tree.make_link(place, node.value());
    }
    default:  // devices and the like have no meaning here
      return {};
  }
}

}  // namespace

std::string_view BootBundle::setting(std::string_view key, std::string_view otherwise) const {
  std::string_view rest = config;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=') {
      return line.substr(key.size() + 1);
    }
  }
  return otherwise;
}

Result<BootBundle> decode_boot_bundle(std::span<const std::byte> archive) {
  BootBundle bundle;
  bundle.archive = archive;
  TarReader reader{archive};
  TarEntry entry;
  while (TRY(reader.next(entry))) {
    const std::string_view path = without_dot(entry.path);
    if (path.starts_with(settings_folder) && entry.kind == TarKind::file) {
      take_setting(bundle, path.substr(settings_folder.size()), entry.data);
    } else if (path.starts_with(files_folder)) {
      bundle.file_count++;
    }
  }
  return bundle;
}

Result<> mount_boot_bundle(const BootBundle& bundle, FileTree& tree) {
  TarReader reader{bundle.archive};
  TarEntry entry;
  while (TRY(reader.next(entry))) {
    const std::string_view path = without_dot(entry.path);
    if (path.starts_with(files_folder) && path != files_folder) {
      TRY(mount_one(tree, entry, path.substr(files_folder.size())));
    }
  }
  return {};
}

}  // namespace nucleus
