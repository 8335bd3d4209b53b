// SPDX-License-Identifier: ISC
#include "run/image.h"

#include <sys/sysinfo.h>

#include <algorithm>

#include "run/link.h"
#include "run/qemu.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr uint64_t mib = 1ULL << 20;
/// No image is smaller: its own load address lies at 2 MiB.
constexpr uint64_t least_memory = 3 * mib;
/// What the nucleus and the OCaml runtime need beside the image, at the very least.
constexpr uint64_t least_working_memory = 1 * mib;

bool in_upper_half(uint64_t address) {
  return (address >> 63) != 0;
}

uint64_t host_memory() {
  struct sysinfo info {};
  if (sysinfo(&info) != 0) return UINT64_MAX;
  return (uint64_t{info.totalram} + info.totalswap) * info.mem_unit;
}

}  // namespace

bool is_hosted(const ElfFile& elf) {
  const auto& segments = elf.segments();
  const bool upper = std::any_of(segments.begin(), segments.end(), [](const ElfSegment& segment) {
    return in_upper_half(segment.virtual_address);
  });
  // Firmware enters an image at an address in its memory, never as low as Linux programs lie.
  return !upper && !elf.pvh_entry() && !elf.has_symbol("nucleus_entry") &&
         (elf.arch() == Arch::x86_64 || elf.entry() < memory_base(elf.arch()));
}

Result<Bootable> prepare_image(const ElfFile& elf, const fs::path& file, const fs::path& scratch) {
  Bootable image{.arch = elf.arch(), .kernel = file};
  const uint64_t base = memory_base(elf.arch());
  for (const auto& segment : elf.segments()) {
    if (segment.memory_size == 0) continue;
    if (segment.physical_address < base)
      return Error{.message = "not a usable image: it wants to be loaded where the machine has no memory",
                   .where = file,
                   .remedy = "build it again with `bactrian build`"};
    image.memory_needed =
        std::max(image.memory_needed, segment.physical_address + segment.memory_size - base);
  }
  if (elf.arch() == Arch::x86_64 && !elf.pvh_entry())
    return Error{.message = "not a usable image: it has no PVH entry note",
                 .where = file,
                 .remedy = "build it with `bactrian build`"};
  image.speaks_link = elf.has_symbol("nucleus_entry") || elf.holds(link_mark);
  image.symbols = elf.functions();
  if (elf.arch() == Arch::aarch64) {
    // QEMU gives the devicetree's address only to a Linux Image.
    image.kernel = scratch / "kernel.img";
    TRY(write_file(image.kernel, TRY(flatten(elf))));
  }
  return image;
}

Result<void> check_memory_early(uint64_t memory) {
  if (memory < least_memory)
    return Error{.message = "--memory " + format_size(memory) + " is too small for any image",
                 .remedy = "give at least " + format_size(least_memory) + "; the default is 256 MiB"};
  if (const uint64_t most = host_memory(); memory > most)
    return Error{.message = "--memory " + format_size(memory) + " is more than this computer has (" +
                            format_size(most) + ")",
                 .remedy = "give less; the default is 256 MiB"};
  return {};
}

Result<void> check_memory(uint64_t memory, const Bootable& image, uint64_t bundle_size) {
  TRY(check_memory_early(memory));
  const uint64_t needed = image.memory_needed + bundle_size + least_working_memory;
  if (memory >= needed) return {};
  return Error{
      .message = "--memory " + format_size(memory) + " is too small for this image (" +
                 format_size(image.memory_needed) + ") and its boot bundle (" + format_size(bundle_size) +
                 ")",
      .remedy = "give at least " + format_size((needed + mib - 1) / mib * mib) + "; the default is 256 MiB"};
}

}  // namespace bactrian
