// SPDX-License-Identifier: ISC
#include "run/tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace bactrian {

namespace {

constexpr size_t block = 512;

/// One header block as it lies in the archive.
struct Header {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char kind;
  char link[100];
  char magic[6];
  char version[2];
  char user[32];
  char group[32];
  char device_major[8];
  char device_minor[8];
  char prefix[155];
  char unused[12];
};
static_assert(sizeof(Header) == block);

/// Octal digits, zero-padded, ended by a NUL.
template <size_t N>
void octal(char (&field)[N], uint64_t value) {
  for (size_t i = N - 1; i-- > 0; value >>= 3) field[i] = static_cast<char>('0' + (value & 7));
}

/// Puts the checksum in, which is that of the header with its own field full of spaces.
void seal(Header& header) {
  std::memset(header.checksum, ' ', sizeof header.checksum);
  unsigned sum = 0;
  for (size_t i = 0; i < sizeof header; i++) sum += reinterpret_cast<const unsigned char*>(&header)[i];
  std::snprintf(header.checksum, sizeof header.checksum, "%06o", sum);
}

size_t padded(size_t size) {
  return (size + block - 1) / block * block;
}

/// Cuts a long name at a '/' into prefix and name; false when no cut fits.
bool place_name(Header& header, std::string_view name) {
  std::string_view prefix;
  if (name.size() > sizeof header.name) {
    const size_t cut = name.find('/', name.size() - sizeof header.name - 1);
    if (cut == std::string_view::npos || cut == 0 || cut > sizeof header.prefix) return false;
    prefix = name.substr(0, cut);
    name = name.substr(cut + 1);
    if (name.empty()) return false;
  }
  std::copy(name.begin(), name.end(), header.name);
  std::copy(prefix.begin(), prefix.end(), header.prefix);
  return true;
}

}  // namespace

Result<TarWriter> TarWriter::create(const fs::path& file, TarTimes times) {
  Fd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return system_error("cannot write the boot bundle", errno, file);
  return TarWriter(std::move(fd), file, times);
}

Result<void> TarWriter::write(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot write the boot bundle", errno, path_);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<void> TarWriter::pad() {
  static constexpr char zeros[block] = {};
  const size_t rest = size_ % block;
  return rest == 0 ? Result<void>() : write({zeros, block - rest});
}

Result<void> TarWriter::header(std::string_view name, const Entry& entry) {
  Header header{};
  if (!place_name(header, name))
    return Error{.message = "the name is too long for the boot bundle",
                 .where = std::string(name),
                 .remedy = "use shorter names inside the image (--file HOST:GUEST)"};
  if (entry.size >= 1ULL << 33)
    return Error{.message = "the file is too large for the boot bundle (8 GiB)", .where = std::string(name)};
  octal(header.mode, entry.mode);
  octal(header.uid, 0);
  octal(header.gid, 0);
  octal(header.size, entry.size);
  octal(header.mtime, static_cast<uint64_t>(std::max<int64_t>(entry.mtime, 0)));
  header.kind = static_cast<char>(entry.kind);
  std::memcpy(header.magic, "ustar", 6);
  std::memcpy(header.version, "00", 2);
  seal(header);
  return write({reinterpret_cast<const char*>(&header), sizeof header});
}

Result<void> TarWriter::add_text(std::string_view name, std::string_view content) {
  TRY(header(name, {.size = content.size()}));
  TRY(write(content));
  return pad();
}

Result<void> TarWriter::add_file(std::string_view name, const fs::path& source) {
  Fd in(open(source.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!in.valid() || fstat(in.get(), &info) != 0) return system_error("cannot open the file", errno, source);
  if (!S_ISREG(info.st_mode))
    return Error{.message = "only files and folders can be put into an image", .where = source};
  auto left = static_cast<uint64_t>(info.st_size);
  TRY(header(name, {.size = left,
                    .mode = info.st_mode & 07777,
                    .mtime = times_ == TarTimes::kept ? info.st_mtim.tv_sec : 0}));
  std::vector<char> buffer(1 << 16);
  while (left > 0) {
    const ssize_t count = read(in.get(), buffer.data(), std::min<uint64_t>(left, buffer.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("cannot read the file", errno, source);
    if (count == 0) return Error{.message = "the file became shorter while it was read", .where = source};
    TRY(write({buffer.data(), static_cast<size_t>(count)}));
    left -= static_cast<uint64_t>(count);
  }
  return pad();
}

Result<void> TarWriter::add_folder(std::string_view name) {
  return header(std::string(name) + "/", {.kind = Kind::folder, .mode = 0755});
}

Result<void> TarWriter::add_tree(std::string_view name, const fs::path& source) {
  std::vector<fs::path> above;
  return add_below(name, source, above);
}

/// add_tree() inside of the folders `above` (canonical), through which no link may lead back.
Result<void> TarWriter::add_below(std::string_view name, const fs::path& source,
                                  std::vector<fs::path>& above) {
  std::error_code code;
  if (!fs::is_directory(source, code)) return add_file(name, source);
  const fs::path real = fs::canonical(source, code);
  if (std::find(above.begin(), above.end(), real) != above.end())
    return Error{.message = "a symbolic link leads back to a folder above it", .where = source};
  TRY(add_folder(name));
  std::vector<fs::path> children;
  fs::directory_iterator walk(source, code);
  for (; !code && walk != fs::directory_iterator(); walk.increment(code)) children.push_back(walk->path());
  if (code) return system_error("cannot read the folder", code.value(), source);
  std::sort(children.begin(), children.end());
  above.push_back(real);
  for (const auto& child : children)
    TRY(add_below(std::string(name) + "/" + child.filename().string(), child, above));
  above.pop_back();
  return {};
}

Result<uint64_t> TarWriter::finish() {
  TRY(write(std::string(2 * block, '\0')));
  fd_.reset();
  return size_;
}

Result<void> append_to_member(const fs::path& file, std::string_view name, std::string_view more) {
  std::string archive = TRY(read_file(file));
  for (size_t at = 0; at + block <= archive.size() && archive[at] != '\0';) {
    Header header;
    std::memcpy(&header, archive.data() + at, sizeof header);
    const size_t size = std::strtoull(std::string(header.size, sizeof header.size).c_str(), nullptr, 8);
    const size_t content = at + block;
    if (padded(size) > archive.size() - content) break;
    if (std::string_view(header.name, strnlen(header.name, sizeof header.name)) == name) {
      std::string text = archive.substr(content, size).append(more);
      octal(header.size, text.size());
      seal(header);
      text.resize(padded(text.size()));
      text.insert(0, reinterpret_cast<const char*>(&header), sizeof header);
      archive.replace(at, block + padded(size), text);
      return write_file(file, archive);
    }
    at = content + padded(size);
  }
  return Error{.message = "the archive has no " + std::string(name), .where = file};
}

}  // namespace bactrian
