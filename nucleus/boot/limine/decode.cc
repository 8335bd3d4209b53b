// SPDX-License-Identifier: ISC

#include "decode.h"

#include <boot/common/memory_ranges.h>

#include <algorithm>
#include <span>

namespace nucleus::limine {
namespace {

constexpr std::uint64_t oldest_base_revision = 2;
constexpr std::uint64_t max_memory_map = 4096;  // more is not a memory map
constexpr std::uint64_t max_modules = 1024;

/// One decoding. Each step returns null or a phrase, as decode() does.
class Decoder {
 public:
  Decoder(const Requests& requests, const EntryFacts& facts, const PhysicalReader& reader, BootInfo& boot)
      : requests_{requests}, facts_{facts}, reader_{reader}, boot_{boot} {}

  const char* hhdm() const {
    return facts_.hhdm_offset == 0 ? "the Limine loader did not tell where its direct map is" : nullptr;
  }

  const char* devicetree() {
    AddressResponse response;
    if (!answered(requests_.devicetree)) return nullptr;
    if (!read(requests_.devicetree.response, response)) return "the Limine devicetree answer is out of reach";
    boot_.devicetree.start = physical(response.address);
    return nullptr;
  }

  const char* base_revision() const {
    // A loader from before revision 3 leaves the second word alone and goes by the newest that it has: 2,
    // since 0 and 1 were the newest only long ago.
    const BaseRevision& tag = requests_.base_revision;
    const bool told = tag.word[1] != BaseRevision::second_word;
    if (told && tag.word[1] < oldest_base_revision)
      return "the loader speaks a Limine base revision below 2: use Limine 8 or newer";
    return nullptr;
  }

  const char* loader() {
    BootloaderInfoResponse response;
    if (!answered(requests_.bootloader_info)) return nullptr;
    if (!read(requests_.bootloader_info.response, response))
      return "the Limine loader's name is out of reach";
    // For the log only: a part of it is good enough.
    copy_string(response.name, boot_.loader);
    return nullptr;
  }

  const char* image(VirtAddr link_address, std::uint64_t size) {
    ExecutableAddressResponse response;
    if (facts_.physical_base == 0 || !read(requests_.executable_address.response, response))
      return "the Limine loader did not tell where the image is";
    if (response.virtual_base != link_address.value)
      return "the Limine loader moved the image away from its link address";
    if (!is_aligned(response.physical_base, page_size) || response.physical_base != facts_.physical_base)
      return "the Limine loader tells of an impossible place of the image";
    if (response.physical_base + size < response.physical_base) return "the image wraps around";
    boot_.image = {{response.physical_base}, size};
    return add_reserved(boot_, boot_.image).ok() ? nullptr : too_many_reserved;
  }

  const char* memory_map() {
    ListResponse list;
    if (!answered(requests_.memory_map)) return "the Limine loader gave no memory map";
    if (!read(requests_.memory_map.response, list)) return "the Limine memory map is out of reach";
    if (list.count > max_memory_map) return "the Limine memory map is too long";
    for (std::uint64_t i = 0; i < list.count; ++i) {
      MemoryEntry entry;
      if (!read_item(list, i, entry)) return "the Limine memory map is out of reach";
      if (!is_memory(entry.kind)) continue;
      const Result<> added = add_memory(boot_, {{entry.base}, entry.length});
      if (!added.ok()) {
        return added.error() == Error::too_many ? "the Limine memory map has too many usable ranges"
                                                : "a range of the Limine memory map wraps around";
      }
    }
    return finish_memory(boot_).ok() ? nullptr : "the Limine memory map has no usable memory";
  }

  const char* bundle() {
    ListResponse list;
    if (!answered(requests_.modules)) return nullptr;
    if (!read(requests_.modules.response, list)) return "the Limine module list is out of reach";
    if (list.count > max_modules) return "the Limine module list is too long";
    if (list.count == 0) return nullptr;
    File file;
    if (!read_item(list, 0, file)) return "the Limine module list is out of reach";
    const PhysAddr start = physical(file.address);
    if (start.value + file.size < start.value) return "the boot bundle wraps around";
    boot_.bundle = {start, file.size};
    return add_reserved(boot_, boot_.bundle).ok() ? nullptr : too_many_reserved;
  }

  const char* command_line() {
    ExecutableFileResponse response;
    File file;
    if (!answered(requests_.executable_file)) return nullptr;
    if (!read(requests_.executable_file.response, response) || !read(response.file, file))
      return "the Limine executable file's answer is out of reach";
    if (file.command_line == 0) return nullptr;
    switch (copy_string(file.command_line, boot_.command_line)) {
      case Copied::whole:
        return nullptr;
      case Copied::part:
        return "the command line is too long";
      case Copied::out_of_reach:
        break;
    }
    return "the command line is out of reach";
  }

  const char* root_pointer() {
    AddressResponse response;
    if (!answered(requests_.rsdp)) return nullptr;
    if (!read(requests_.rsdp.response, response)) return "the Limine ACPI answer is out of reach";
    boot_.rsdp = physical(response.address);
    return nullptr;
  }

  const char* framebuffer() {
    ListResponse list;
    limine::Framebuffer screen;
    if (!answered(requests_.framebuffer)) return nullptr;
    if (!read(requests_.framebuffer.response, list)) return "the Limine framebuffer list is out of reach";
    if (list.count == 0) return nullptr;
    if (!read_item(list, 0, screen)) return "the Limine framebuffer list is out of reach";
    // One of another shape, or of none, is as if there were no screen.
    constexpr std::uint64_t max_side = 1 << 16;
    const bool plain = screen.model == limine::Framebuffer::rgb_model && screen.bits_per_pixel == 32 &&
                       screen.width <= max_side && screen.height <= max_side &&
                       screen.pitch <= 4 * max_side && screen.pitch >= 4 * screen.width;
    const PhysAddr start = physical(screen.address);
    const std::uint64_t size = plain ? screen.pitch * screen.height : 0;
    if (size == 0 || start.value + size < start.value) return nullptr;
    boot_.screen = {.memory = {start, size},
                    .width = static_cast<std::uint32_t>(screen.width),
                    .height = static_cast<std::uint32_t>(screen.height),
                    .pitch = static_cast<std::uint32_t>(screen.pitch),
                    .red_shift = screen.red_shift,
                    .green_shift = screen.green_shift,
                    .blue_shift = screen.blue_shift};
    return nullptr;
  }

  const char* date() {
    DateAtBootResponse response;
    if (!answered(requests_.date_at_boot)) return nullptr;
    if (!read(requests_.date_at_boot.response, response)) return "the loader's date is out of reach";
    // One that cannot be is as if there were none.
    constexpr std::int64_t year_10000 = 253'402'300'800;
    if (response.seconds > 0 && response.seconds < year_10000)
      boot_.date_seconds = static_cast<std::uint64_t>(response.seconds);
    return nullptr;
  }

  const char* entropy() {
    RandomSeedResponse response;
    if (!answered(requests_.random_seed)) return nullptr;
    if (!read(requests_.random_seed.response, response)) return "the loader's random seed is out of reach";
    const std::uint64_t size =
        std::min({response.size, std::uint64_t{sizeof response.bytes}, std::uint64_t{boot_.entropy.size()}});
    std::copy_n(response.bytes, size, boot_.entropy.begin());
    boot_.entropy_size = static_cast<unsigned>(size);
    return nullptr;
  }

 private:
  static constexpr const char* too_many_reserved = "too many reserved ranges";

  static bool answered(const Request& request) { return request.response != 0; }

  static bool is_memory(MemoryKind kind) {
    return kind == MemoryKind::usable || kind == MemoryKind::bootloader_reclaimable ||
           kind == MemoryKind::executable_and_modules;
  }

  PhysAddr physical(std::uint64_t address) const {
    return {address < facts_.hhdm_offset ? address : address - facts_.hhdm_offset};
  }

  template <typename T>
  bool read(std::uint64_t address, T& into) const {
    return address != 0 && reader_.read(physical(address), into);
  }

  /// The index-th item of a list of addresses of items.
  template <typename T>
  bool read_item(const ListResponse& list, std::uint64_t index, T& into) const {
    std::uint64_t item = 0;
    return list.items != 0 && read(list.items + index * sizeof item, item) && read(item, into);
  }

  enum class Copied : std::uint8_t { whole, part, out_of_reach };

  /// Copies a zero-terminated string; the copy always ends in a zero.
  Copied copy_string(std::uint64_t from, std::span<char> into) const {
    for (std::size_t i = 0; i < into.size(); ++i) {
      if (!read(from + i, into[i])) {
        into[i] = '\0';
        return Copied::out_of_reach;
      }
      if (into[i] == '\0') return Copied::whole;
    }
    into.back() = '\0';
    return Copied::part;
  }

  const Requests& requests_;
  const EntryFacts& facts_;
  const PhysicalReader& reader_;
  BootInfo& boot_;
};

}  // namespace

const char* decode(const Requests& requests, const EntryFacts& facts, const PhysicalReader& reader,
                   VirtAddr link_address, std::uint64_t image_size, BootInfo& boot) {
  boot.protocol = "limine";
  Decoder decoder{requests, facts, reader, boot};
  if (const char* problem = decoder.hhdm()) return problem;
  if (const char* problem = decoder.devicetree()) return problem;
  if (const char* problem = decoder.base_revision()) return problem;
  if (const char* problem = decoder.loader()) return problem;
  if (const char* problem = decoder.image(link_address, image_size)) return problem;
  if (const char* problem = decoder.memory_map()) return problem;
  if (const char* problem = decoder.bundle()) return problem;
  if (const char* problem = decoder.command_line()) return problem;
  if (const char* problem = decoder.root_pointer()) return problem;
  if (const char* problem = decoder.framebuffer()) return problem;
  if (const char* problem = decoder.date()) return problem;
  return decoder.entropy();
}

}  // namespace nucleus::limine
