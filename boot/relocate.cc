// SPDX-License-Identifier: ISC

#include "relocate.h"

#include "port.h"

namespace loader {
namespace {

/// An ELF relocation with addend.
struct Relocation {
  std::uint64_t offset;
  std::uint64_t type;
  std::uint64_t addend;
};

// Of link.ld. The header is the image's first byte. Hidden, so that their addresses are not relocated
// themselves.
extern "C" {
[[gnu::visibility("hidden")]] extern char image_header[];
[[gnu::visibility("hidden")]] extern const Relocation relocations_start[];
[[gnu::visibility("hidden")]] extern const Relocation relocations_end[];
}

}  // namespace

void relocate_self() {
  for (const Relocation* at = relocations_start; at != relocations_end; ++at) {
    if (at->type == relative_relocation)
      *reinterpret_cast<std::uint64_t*>(image_header + at->offset) =
          reinterpret_cast<std::uint64_t>(image_header) + at->addend;
  }
}

}  // namespace loader
