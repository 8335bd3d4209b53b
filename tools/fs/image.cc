// SPDX-License-Identifier: ISC
#include "fs/image.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "support/terminal.h"

namespace bactrian {

namespace {

constexpr int most_links = 40;  // as Linux has it

std::string remedy_for(redoxfs::Error error) {
  switch (error) {
    case redoxfs::Error::damaged:
      return "`bactrian fs check` tells what is damaged, `bactrian fs check --repair` mends it (copy the "
             "image first)";
    case redoxfs::Error::no_space:
      return "remove something, or make a larger image (`bactrian fs make --size`)";
    case redoxfs::Error::invalid_argument:
      return "names are UTF-8 of up to 252 bytes, without '/' and ':'; a directory does not fit into itself";
    case redoxfs::Error::wrong_password:
      return "set BACTRIAN_FS_PASSWORD, or type the password when asked";
    default:
      return "";
  }
}

Error device_error(const fs::path& file, int code) {
  if (code == EWOULDBLOCK)
    return Error{
        .message = "another program is using the image", .where = file, .remedy = "unmount it, or wait"};
  return system_error("cannot open the image", code, file);
}

/// One line from the terminal, which does not show it.
Result<std::string> read_hidden(const std::string& prompt) {
  std::FILE* terminal = std::fopen("/dev/tty", "r+");
  if (!terminal)
    return Error{.message = "a password is needed and there is no terminal to ask on",
                 .remedy = "set BACTRIAN_FS_PASSWORD"};
  std::fprintf(terminal, "%s: ", prompt.c_str());
  std::fflush(terminal);
  termios before{};
  tcgetattr(fileno(terminal), &before);
  termios hidden = before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(fileno(terminal), TCSAFLUSH, &hidden);
  std::string text;
  for (int c; (c = std::fgetc(terminal)) != EOF && c != '\n';) text += static_cast<char>(c);
  tcsetattr(fileno(terminal), TCSAFLUSH, &before);
  std::fputc('\n', terminal);
  std::fclose(terminal);
  return text;
}

redoxfs::ConstBytes bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

Error fs_error(redoxfs::Error error, std::string doing, std::string where) {
  return Error{.message = std::move(doing) + ": " + redoxfs::describe(error),
               .where = std::move(where),
               .remedy = remedy_for(error),
               .status = static_cast<int>(ExitStatus::failed)};
}

Result<std::string> ask_password(PasswordUse use, const std::string& prompt, const char* variable) {
  if (const char* given = std::getenv(variable)) {
    if (*given == '\0')
      return Error{.message = std::string(variable) + " is empty", .remedy = "set or unset it"};
    return std::string(given);
  }
  std::string first = TRY(read_hidden(prompt));
  if (first.empty()) return Error{.message = "an empty password is none", .remedy = "type one"};
  if (use == PasswordUse::fresh && TRY(read_hidden(prompt + " again")) != first)
    return Error{.message = "the two passwords differ", .remedy = "try again"};
  return first;
}

Result<std::unique_ptr<Image>> Image::open_device(const fs::path& file, redoxfs::Access access) {
  std::unique_ptr<Image> image(new Image(file));
  const auto mode = access == redoxfs::Access::read_write ? redoxfs::host::FileDevice::Access::read_write
                                                          : redoxfs::host::FileDevice::Access::read_only;
  if (const int code = image->device_.open(file, mode); code != 0) return device_error(file, code);
  return image;
}

Result<std::unique_ptr<Image>> Image::open(const fs::path& file, redoxfs::Access access) {
  auto image = TRY(open_device(file, access));
  TRY(image->mount(access));
  return image;
}

Result<std::unique_ptr<Image>> Image::create(const fs::path& file, uint64_t bytes) {
  std::unique_ptr<Image> image(new Image(file));
  if (const int code = image->device_.create(file, bytes / redoxfs::block_size); code != 0)
    return device_error(file, code);
  return image;
}

Result<void> Image::mount(redoxfs::Access access, std::optional<std::string> password) {
  std::string text = password.value_or("");
  for (int attempt = 0;; attempt++) {
    auto opened =
        redoxfs::FileSystem::open(device_, services_, {.access = access, .password = bytes_of(text)});
    if (opened.ok()) {
      system_ = opened.take();
      break;
    }
    if (opened.error() != redoxfs::Error::wrong_password || password || attempt > 0)
      return fs_error(opened.error(), "cannot open the file system", file_);
    text = TRY(ask_password(PasswordUse::existing, "password of " + file_.string(), "BACTRIAN_FS_PASSWORD"));
  }
  if (system_->fell_back())
    note("the newest header of " + file_.string() + " is damaged: using the generation before it, " +
         std::to_string(system_->usage().generation));
  return {};
}

Result<std::string> Image::read_link(NodeId id, const std::string& path) {
  std::string target(TRY(checked(system_->attributes(id), "cannot read the link", path)).size, '\0');
  target.resize(TRY(checked(system_->read(id, 0, std::as_writable_bytes(std::span(target))),
                            "cannot read the link", path)));
  return target;
}

Result<std::optional<NodeId>> Image::lookup(NodeId directory, const std::string& name,
                                            const std::string& path) {
  auto found = system_->lookup(directory, name);
  if (!found.ok() && found.error() == redoxfs::Error::not_found) return std::optional<NodeId>();
  return std::optional<NodeId>(TRY(checked(std::move(found), "cannot look up", path)));
}

/// Follows `path` from a directory; `links` counts the symbolic links that were followed.
Result<NodeId> Image::walk(NodeId from, const std::string& path, Follow follow, int& links) {
  NodeId at = !path.empty() && path[0] == '/' ? redoxfs::root_node : from;
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string name = path.substr(start, end - start);
    start = end + 1;
    const bool last = path.find_first_not_of('/', end) == std::string::npos;
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      at = TRY(checked(system_->parent(at), "cannot look up", path));
      continue;
    }
    const NodeId next = TRY(checked(system_->lookup(at, name), "cannot look up", path));
    const auto attributes = TRY(checked(system_->attributes(next), "cannot look up", path));
    if (is_link(attributes) && (!last || follow == Follow::yes)) {
      if (++links > most_links)
        return Error{.message = "too many symbolic links", .where = path, .status = 1};
      at = TRY(walk(at, TRY(read_link(next, path)), Follow::yes, links));
    } else {
      at = next;
    }
  }
  return at;
}

Result<NodeId> Image::find(const std::string& path, Follow follow) {
  int links = 0;
  return walk(redoxfs::root_node, path, follow, links);
}

Result<Image::Place> Image::place(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos)
    return Error{.message = "the root directory itself cannot be named here", .where = path};
  const size_t slash = path.rfind('/', end);
  const std::string above = slash == std::string::npos ? "/" : path.substr(0, slash + 1);
  const size_t start = slash == std::string::npos ? 0 : slash + 1;
  return Place{TRY(find(above, Follow::yes)), path.substr(start, end + 1 - start)};
}

namespace {

class Collector final : public redoxfs::EntryVisitor {
 public:
  bool visit(const redoxfs::Entry& entry) override {
    entries.push_back({std::string(entry.name), entry.id});
    return true;
  }
  std::vector<NamedEntry> entries;
};

}  // namespace

Result<std::vector<NamedEntry>> entries_of(Image& image, NodeId directory, const std::string& path) {
  Collector collector;
  TRY(image.checked(image.system().list(directory, 0, collector), "cannot list", path));
  std::sort(collector.entries.begin(), collector.entries.end(),
            [](const NamedEntry& a, const NamedEntry& b) { return a.name < b.name; });
  return std::move(collector.entries);
}

std::string join_path(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

}  // namespace bactrian
