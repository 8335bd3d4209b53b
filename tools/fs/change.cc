// SPDX-License-Identifier: ISC
//
// What changes an image: `put`, `rm`, `mkdir`, `mv`, `ln`.
#include <unistd.h>

#include "fs/commands.h"

namespace bactrian {

namespace {

Result<void> remove_below(Image& image, NodeId directory, const std::string& name, const std::string& path,
                          bool recursive) {
  const NodeId id = TRY(image.checked(image.system().lookup(directory, name), "cannot remove", path));
  const auto attributes = TRY(image.checked(image.system().attributes(id), "cannot remove", path));
  if (!is_directory(attributes))
    return image.checked(image.system().unlink(directory, name), "cannot remove", path);
  if (!recursive)
    return Error{.message = "is a directory", .where = path, .remedy = "use rm -r", .status = 1};
  for (const auto& entry : TRY(entries_of(image, id, path)))
    TRY(remove_below(image, id, entry.name, join_path(path, entry.name), recursive));
  return image.checked(image.system().remove_directory(directory, name), "cannot remove", path);
}

/// As cp and mv have it: a directory that is there is where the source goes by its own name.
Result<Image::Place> target_place(Image& image, const std::string& path, const std::string& source_name) {
  const bool root = path.find_first_not_of('/') == std::string::npos;
  if (root) return Image::Place{redoxfs::root_node, source_name};
  Image::Place place = TRY(image.place(path));
  const auto found = TRY(image.lookup(place.directory, place.name, path));
  if (!found) return place;
  if (!is_directory(TRY(image.checked(image.system().attributes(*found), "cannot look at", path))))
    return place;
  return Image::Place{*found, source_name};
}

}  // namespace

Result<void> put(const fs::path& file, const fs::path& source, const std::string& path) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_write));
  std::error_code code;
  const fs::path whole = fs::absolute(source, code).lexically_normal();
  const std::string name = whole.has_filename() ? whole.filename() : whole.parent_path().filename();
  const auto place = TRY(target_place(*image, path, name));
  {
    ByteProgress progress("copying", TRY(volume_of(source)).bytes);
    TRY(copy_tree_in(*image, source, place.directory, place.name, progress));
  }
  return image->sync();
}

Result<void> remove(const fs::path& file, const std::vector<std::string>& paths, bool recursive, bool force) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_write));
  for (const auto& path : paths) {
    const auto place = TRY(image->place(path));
    if (force && !TRY(image->lookup(place.directory, place.name, path))) continue;
    TRY(remove_below(*image, place.directory, place.name, path, recursive));
  }
  return image->sync();
}

Result<void> make_directory(const fs::path& file, const std::string& path, bool parents) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_write));
  const auto make = [&](NodeId directory, const std::string& name) {
    return image->checked(
        image->system().create(directory, name, redoxfs::mode::directory | 0755, getuid(), getgid()),
        "cannot make the directory", path);
  };
  if (!parents) {
    const auto place = TRY(image->place(path));
    (void)TRY(make(place.directory, place.name));
    return image->sync();
  }
  NodeId at = redoxfs::root_node;
  for (const auto& name : split(path, '/')) {
    if (name.empty() || name == ".") continue;
    const auto found = TRY(image->lookup(at, name, path));
    at = found ? *found : TRY(make(at, name));
  }
  return image->sync();
}

Result<void> move(const fs::path& file, const std::string& from, const std::string& to) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_write));
  const auto source = TRY(image->place(from));
  const auto target = TRY(target_place(*image, to, source.name));
  TRY(image->checked(image->system().rename(source.directory, source.name, target.directory, target.name),
                     "cannot move to " + to, from));
  return image->sync();
}

Result<void> link(const fs::path& file, const std::string& target, const std::string& path, bool symbolic) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_write));
  const size_t slash = target.rfind('/');
  const auto place =
      TRY(target_place(*image, path, slash == std::string::npos ? target : target.substr(slash + 1)));
  if (symbolic) {
    (void)TRY(image->checked(image->system().symlink(place.directory, place.name, target, getuid(), getgid()),
                             "cannot make the link", path));
  } else {
    const NodeId id = TRY(image->find(target, Image::Follow::no));
    TRY(image->checked(image->system().link(id, place.directory, place.name), "cannot make the link", path));
  }
  return image->sync();
}

}  // namespace bactrian
