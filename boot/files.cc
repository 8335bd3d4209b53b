// SPDX-License-Identifier: ISC

#include "files.h"

#include "machine.h"

namespace loader {
namespace {

constexpr std::size_t max_path = 255;
constexpr efi::Size max_part = 4 << 20;  // some firmware has trouble with reads of any size

efi::File& root_folder() {
  static efi::File* root = nullptr;
  if (root != nullptr) return *root;
  void* own = nullptr;
  void* volume = nullptr;
  efi::BootServices& boot = *firmware().boot;
  if (boot.handle_protocol(own_image(), &efi::LoadedImage::guid, &own) != efi::success ||
      boot.handle_protocol(static_cast<efi::LoadedImage*>(own)->device, &efi::FileSystem::guid, &volume) !=
          efi::success)
    fail({"the firmware does not tell which volume it loaded this program from"});
  auto* const files = static_cast<efi::FileSystem*>(volume);
  if (files->open_volume(files, &root) != efi::success) fail({"the boot volume cannot be read"});
  return *root;
}

efi::File& open(std::string_view path) {
  efi::Char16 name[max_path + 1];
  if (path.size() > max_path) fail({path, ": the path is too long"});
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (static_cast<unsigned char>(path[i]) >= 0x80) fail({path, ": only ASCII names are supported"});
    name[i] = path[i] == '/' ? u'\\' : static_cast<efi::Char16>(path[i]);
  }
  name[path.size()] = 0;
  efi::File* file = nullptr;
  efi::File& root = root_folder();
  if (root.open(&root, &file, name, efi::File::mode_read, 0) != efi::success)
    fail({path, ": there is no such file on the boot volume"});
  return *file;
}

}  // namespace

std::span<std::byte> read_file(std::string_view path) {
  efi::File& file = open(path);
  efi::FileInfo info;
  efi::Size info_size = sizeof info;
  if (file.get_info(&file, &efi::FileInfo::guid, &info_size, &info) != efi::success)
    fail({path, ": the firmware cannot tell its size"});
  if ((info.attributes & efi::FileInfo::folder) != 0) fail({path, ": it is a folder"});
  if (info.file_size >= (std::uint64_t{1} << 40)) fail({path, ": it has an impossible size"});

  const std::size_t pages = info.file_size / nucleus::page_size + 1;
  auto* const content = reinterpret_cast<std::byte*>(allocate_pages(pages).value);
  for (std::uint64_t done = 0; done < info.file_size;) {
    efi::Size part = info.file_size - done < max_part ? info.file_size - done : max_part;
    if (file.read(&file, &part, content + done) != efi::success) fail({path, ": it cannot be read"});
    if (part == 0) fail({path, ": it is shorter than its folder says"});
    done += part;
  }
  file.close(&file);
  return {content, info.file_size};
}

}  // namespace loader
