// SPDX-License-Identifier: ISC

// A tar archive, which the boot bundle is: as it is, and with its headers' checksums mended.

#include <files/tar.h>

#include <cstdio>

#include "target.h"

namespace {

constexpr std::size_t block_size = 512;

/// The sum in a header is that of its bytes, the sum's own eight taken as spaces.  Spec: [ustar]
void mend(std::vector<std::uint8_t>& archive) {
  for (std::size_t at = 0; at + block_size <= archive.size(); at += block_size) {
    std::uint8_t* const header = &archive[at];
    if (std::memcmp(header + 257, "ustar", 5) != 0) continue;
    std::memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (std::size_t i = 0; i < block_size; i++) sum += header[i];
    std::snprintf(reinterpret_cast<char*>(header) + 148, 8, "%06o", sum);
  }
}

void read(std::span<const std::uint8_t> archive) {
  const fuzz::ExactCopy copy(archive);
  nucleus::TarReader reader(copy.bytes());
  nucleus::TarEntry entry;
  std::size_t steps = 0;
  for (;;) {
    const auto more = reader.next(entry);
    if (!more.ok() || !more.value()) return;
    // Each member takes a block at least.
    if (++steps > archive.size() / block_size + 1) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read({data, size});
  std::vector<std::uint8_t> mended(data, data + size);
  mend(mended);
  read(mended);
  return 0;
}
