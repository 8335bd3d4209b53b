// SPDX-License-Identifier: ISC
//
// What only looks: `ls`, `stat`, `df`.
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "fs/commands.h"

namespace bactrian {

namespace {

using nlohmann::json;

char type_letter(uint16_t mode) {
  switch (mode & redoxfs::mode::type) {
    case redoxfs::mode::directory:
      return 'd';
    case redoxfs::mode::symbolic_link:
      return 'l';
    case redoxfs::mode::fifo:
      return 'p';
    case redoxfs::mode::socket:
      return 's';
    default:
      return '-';
  }
}

/// "drwxr-xr-x".
std::string mode_text(uint16_t mode) {
  std::string text(1, type_letter(mode));
  for (int shift = 6; shift >= 0; shift -= 3) {
    const int bits = mode >> shift;
    text += bits & 4 ? 'r' : '-';
    text += bits & 2 ? 'w' : '-';
    text += bits & 1 ? 'x' : '-';
  }
  const auto special = [&](int bit, size_t place, char letter) {
    if (mode & bit) text[place] = text[place] == 'x' ? letter : static_cast<char>(letter - 'a' + 'A');
  };
  special(04000, 3, 's');
  special(02000, 6, 's');
  special(01000, 9, 't');
  return text;
}

std::string time_text(const redoxfs::Time& time) {
  const auto seconds = static_cast<time_t>(time.s);
  tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

const char* type_name(uint16_t mode) {
  switch (mode & redoxfs::mode::type) {
    case redoxfs::mode::directory:
      return "directory";
    case redoxfs::mode::symbolic_link:
      return "link";
    case redoxfs::mode::fifo:
      return "fifo";
    case redoxfs::mode::socket:
      return "socket";
    default:
      return "file";
  }
}

double seconds_of(const redoxfs::Time& time) {
  return static_cast<double>(time.s) + time.ns / 1e9;
}

/// Names are UTF-8; what is not, in an image of somebody else, must not keep us from printing the rest.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json json_of(NodeId id, const std::string& path, const redoxfs::Attributes& attributes) {
  return {{"path", path},
          {"id", id},
          {"type", type_name(attributes.mode)},
          {"mode", attributes.mode & 07777},
          {"uid", attributes.uid},
          {"gid", attributes.gid},
          {"links", attributes.links},
          {"size", attributes.size},
          {"allocated", attributes.blocks * redoxfs::block_size},
          {"modified", seconds_of(attributes.modified)},
          {"changed", seconds_of(attributes.changed)},
          {"accessed", seconds_of(attributes.accessed)}};
}

class Lister {
 public:
  Lister(Image& image, const ListOptions& options) : image_(image), options_(options) {}

  Result<void> start() {
    const NodeId id = TRY(image_.find(options_.path, Image::Follow::no));
    const auto attributes = TRY(attributes_of(id, options_.path));
    if (!is_directory(attributes)) return line(id, options_.path, options_.path);
    return directory(id, options_.path);
  }

 private:
  Result<redoxfs::Attributes> attributes_of(NodeId id, const std::string& path) {
    return image_.checked(image_.system().attributes(id), "cannot read", path);
  }

  Result<void> line(NodeId id, const std::string& shown, const std::string& path) {
    if (!options_.details && !options_.json) {
      std::printf("%s\n", shown.c_str());
      return {};
    }
    const auto attributes = TRY(attributes_of(id, path));
    const std::string target = is_link(attributes) ? TRY(image_.read_link(id, path)) : "";
    if (options_.json) {
      json about = json_of(id, path, attributes);
      if (is_link(attributes)) about["target"] = target;
      std::printf("%s\n", dump(about).c_str());
      return {};
    }
    std::printf("%s %3u %5u %5u %10" PRIu64 " %s %s%s%s\n", mode_text(attributes.mode).c_str(),
                attributes.links, attributes.uid, attributes.gid, attributes.size,
                time_text(attributes.modified).c_str(), shown.c_str(), is_link(attributes) ? " -> " : "",
                target.c_str());
    return {};
  }

  Result<void> directory(NodeId id, const std::string& path) {
    if (options_.recursive && !options_.json) std::printf("%s%s:\n", first_ ? "" : "\n", path.c_str());
    first_ = false;
    const auto entries = TRY(entries_of(image_, id, path));
    for (const auto& entry : entries) TRY(line(entry.id, entry.name, join_path(path, entry.name)));
    if (!options_.recursive) return {};
    for (const auto& entry : entries)
      if (is_directory(TRY(attributes_of(entry.id, path))))
        TRY(directory(entry.id, join_path(path, entry.name)));
    return {};
  }

  Image& image_;
  const ListOptions& options_;
  bool first_ = true;
};

}  // namespace

Result<void> list(const ListOptions& options) {
  const auto image = TRY(Image::open(options.image, redoxfs::Access::read_only));
  return Lister(*image, options).start();
}

Result<void> stat(const fs::path& file, const std::string& path, bool as_json) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_only));
  const NodeId id = TRY(image->find(path, Image::Follow::no));
  const auto attributes = TRY(image->checked(image->system().attributes(id), "cannot read", path));
  if (as_json) {
    std::printf("%s\n", dump(json_of(id, path, attributes)).c_str());
    return {};
  }
  std::printf("%s\n  %s, node %u, %u links\n  %" PRIu64
              " bytes, %s on the device\n  mode %04o %s, owner %u, group %u\n",
              path.c_str(), type_name(attributes.mode), id, attributes.links, attributes.size,
              format_size(attributes.blocks * redoxfs::block_size).c_str(), attributes.mode & 07777,
              mode_text(attributes.mode).c_str(), attributes.uid, attributes.gid);
  std::printf("  modified %s\n  changed  %s\n  accessed %s\n", time_text(attributes.modified).c_str(),
              time_text(attributes.changed).c_str(), time_text(attributes.accessed).c_str());
  return {};
}

Result<void> disk_free(const fs::path& file, bool as_json) {
  const auto image = TRY(Image::open(file, redoxfs::Access::read_only));
  const auto usage = image->system().usage();
  const uint64_t size = usage.blocks * redoxfs::block_size;
  const uint64_t free = usage.free_blocks * redoxfs::block_size;
  std::string uuid;
  for (size_t i = 0; i < usage.uuid.size(); i++) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(usage.uuid[i]));
    uuid += (i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "") + std::string(digits);
  }
  if (as_json) {
    const json about = {{"file", file.string()},       {"uuid", uuid},       {"bytes", size},
                        {"used_bytes", size - free},   {"free_bytes", free}, {"generation", usage.generation},
                        {"encrypted", usage.encrypted}};
    std::printf("%s\n", dump(about).c_str());
    return {};
  }
  std::printf("%s: %s, %s used, %s free (%.0f%% used), generation %" PRIu64 "%s\n  uuid %s\n", file.c_str(),
              format_size(size).c_str(), format_size(size - free).c_str(), format_size(free).c_str(),
              100.0 * static_cast<double>(size - free) / static_cast<double>(size), usage.generation,
              usage.encrypted ? ", encrypted" : "", uuid.c_str());
  return {};
}

void ByteProgress::set(uint64_t done) {
  done_ = done;
  // A line a quarter of a second is enough for anybody; where it is no terminal, one every ten seconds.
  const auto now = std::chrono::steady_clock::now();
  const auto pause = is_terminal(stderr) ? std::chrono::milliseconds(250) : std::chrono::milliseconds(10'000);
  if (!shown_) shown_ = now;
  if (now - *shown_ < pause) return;
  shown_ = now;
  progress_.update(format_size(done_) + " of " + format_size(std::max(total_, done_)));
}

}  // namespace bactrian
