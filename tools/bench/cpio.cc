// SPDX-License-Identifier: ISC
#include "bench/cpio.h"

#include <array>
#include <cstdio>

namespace bactrian {

void CpioWriter::pad() {
  while (bytes_.size() % 4 != 0) bytes_ += '\0';
}

void CpioWriter::add(std::string_view name, unsigned mode, std::string_view content) {
  // After the magic: inode, mode, uid, gid, links, mtime, size, four device numbers, the name's size with its
  // NUL, check; each as eight hexadecimal digits.
  const std::array<unsigned, 13> fields = {next_inode_++,
                                           mode,
                                           0,
                                           0,
                                           1,
                                           0,
                                           static_cast<unsigned>(content.size()),
                                           0,
                                           0,
                                           0,
                                           0,
                                           static_cast<unsigned>(name.size() + 1),
                                           0};
  bytes_ += "070701";
  for (unsigned field : fields) {
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08x", field);
    bytes_ += digits;
  }
  bytes_ += name;
  bytes_ += '\0';
  pad();
  bytes_ += content;
  pad();
}

std::string CpioWriter::finish() {
  add("TRAILER!!!", 0, {});
  return std::move(bytes_);
}

}  // namespace bactrian
