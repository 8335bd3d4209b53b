// SPDX-License-Identifier: ISC
#pragma once

// A writer of "newc" cpio archives, the form of a Linux initramfs. In memory: the archives are small.
// Format: [linux/initramfs "Initramfs buffer format"].

#include <string>
#include <string_view>

namespace bactrian {

class CpioWriter {
 public:
  /// Names have no leading '/'. Folders come before what they hold.
  void add_folder(std::string_view name) { add(name, 0040755, {}); }
  void add_file(std::string_view name, std::string_view content) { add(name, 0100644, content); }
  void add_program(std::string_view name, std::string_view content) { add(name, 0100755, content); }

  /// The whole archive; nothing can be added afterwards.
  std::string finish();

 private:
  void add(std::string_view name, unsigned mode, std::string_view content);
  void pad();

  std::string bytes_;
  unsigned next_inode_ = 1;
};

}  // namespace bactrian
