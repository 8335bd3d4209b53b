// SPDX-License-Identifier: ISC

// The mmap family.  Spec: [linux/uapi "asm-generic/mman-common.h"]

#include "calls.h"
#include "descriptors.h"

#include <nucleus/address_space.h>
#include <nucleus/frames.h>

#include <algorithm>
#include <array>
#include <span>

namespace nucleus::call {
namespace {

constexpr std::uint32_t protect_read = 1;
constexpr std::uint32_t protect_write = 2;
constexpr std::uint32_t protect_execute = 4;

constexpr std::uint32_t map_shared = 0x01;
constexpr std::uint32_t map_private = 0x02;
constexpr std::uint32_t map_type = 0x0f;
constexpr std::uint32_t map_fixed = 0x10;
constexpr std::uint32_t map_anonymous = 0x20;
constexpr std::uint32_t map_no_reserve = 0x4000;
constexpr std::uint32_t map_huge_pages = 0x40000;
constexpr std::uint32_t map_fixed_if_free = 0x100000;

constexpr std::uint32_t remap_may_move = 1;
constexpr std::uint32_t remap_fixed = 2;

constexpr int advice_dont_need = 4;
constexpr int advice_free = 8;

Result<Access> decode_access(std::uint32_t bits) {
  if (bits & ~(protect_read | protect_write | protect_execute)) return Error::invalid_argument;
  // As on most processors, what can be written or executed can be read.
  return Access{
      .read = bits != 0, .write = (bits & protect_write) != 0, .execute = (bits & protect_execute) != 0};
}

Placement decode_placement(std::uint32_t flags) {
  if (flags & map_fixed_if_free) return Placement::fixed_if_free;
  return flags & map_fixed ? Placement::fixed : Placement::anywhere;
}

struct FileMapping {
  Ref<OpenFile> file;
  std::uint64_t offset = 0;
  bool shared = false;
};

Result<FileMapping> decode_file(const Arguments& arguments, std::uint32_t flags, Access access) {
  FileMapping mapping{TRY(file_of(arguments.integer(4))), arguments.size(5),
                      (flags & map_type) != map_private};
  if (!mapping.file->readable) return Error::access_denied;
  if (mapping.file->node()->kind != NodeKind::regular) return Error::no_device;
  if (mapping.shared && access.write && !mapping.file->writable) return Error::access_denied;
  if (!is_aligned(mapping.offset, page_size)) return Error::invalid_argument;
  return mapping;
}

/// Puts the pages that the file has now into a fresh shared mapping.
Result<> install_pages(const FileMapping& mapping, VirtAddr at, std::uint64_t size) {
  std::array<Frame, 64> frames;
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t most = std::min<std::uint64_t>(frames.size(), (size - done) >> page_shift);
    auto lent = mapping.file->lend_pages(mapping.offset + done, std::span{frames}.first(most));
    if (!lent.ok()) return lent.error() == Error::no_space ? Error::out_of_memory : lent.error();
    if (lent.value() == 0) break;
    const auto pages = std::span{frames}.first(lent.value());
    const auto installed = program_memory::install_shared(at + done, pages);
    for (const Frame frame : pages) free_kernel_frames(frame);  // the mapping has references of its own
    TRY(installed);
    done += lent.value() << page_shift;
  }
  return {};
}

/// Maps the file's own memory.
Result<VirtAddr> map_pages_of(const FileMapping& mapping, VirtAddr hint, std::uint64_t size, Access access,
                              Placement placement) {
  const VirtAddr at = TRY(program_memory::map_shared(hint, size, access, mapping.file->writable, placement));
  if (auto installed = install_pages(mapping, at, size); !installed.ok()) {
    (void)program_memory::unmap(at, size);
    return installed.error();
  }
  return at;
}

/// Fills a fresh mapping from the file; what lies beyond its end stays zero.
Result<> copy_file(const FileMapping& mapping, VirtAddr at, std::uint64_t size) {
  for (std::uint64_t done = 0; done < size;) {
    const auto to = TRY(writable_bytes(at + done, size - done));
    const std::size_t count = TRY(mapping.file->read_at(mapping.offset + done, to));
    if (count == 0) break;
    done += count;
  }
  return {};
}

}  // namespace

Result<long> map_memory(const Arguments& arguments) {
  const VirtAddr hint = arguments.address(0);
  const std::uint32_t flags = arguments.flags(3);
  const Access access = TRY(decode_access(arguments.flags(2)));
  if (arguments.size(1) == 0 || arguments.size(1) > ~std::uint64_t{0} - page_size)
    return Error::invalid_argument;
  const std::uint64_t size = align_up(arguments.size(1), page_size);
  const std::uint32_t type = flags & map_type;
  if (type == 0 || type > (map_shared | map_private) || (flags & map_huge_pages))
    return Error::invalid_argument;
  const Placement placement = decode_placement(flags);
  if (placement != Placement::anywhere && !is_aligned(hint.value, page_size)) return Error::invalid_argument;
  const VirtAddr page_hint{align_down(hint.value, page_size)};
  const Charging charging = flags & map_no_reserve ? Charging::on_touch : Charging::whole;
  if (flags & map_anonymous) {
    return static_cast<long>(TRY(program_memory::map(page_hint, size, access, placement, charging)).value);
  }

  const FileMapping file = TRY(decode_file(arguments, flags, access));
  if (file.shared)
    return static_cast<long>(TRY(map_pages_of(file, page_hint, size, access, placement)).value);
  const VirtAddr at = TRY(program_memory::map(page_hint, size, access_read_write, placement, charging));
  auto copied = copy_file(file, at, size);
  if (copied.ok() && access != access_read_write) copied = program_memory::protect(at, size, access);
  if (!copied.ok()) {
    (void)program_memory::unmap(at, size);
    return copied.error();
  }
  return static_cast<long>(at.value);
}

Result<long> unmap_memory(const Arguments& arguments) {
  const std::uint64_t size = align_up(arguments.size(1), page_size);
  TRY(program_memory::unmap(arguments.address(0), size));
  return 0L;
}

Result<long> protect_memory(const Arguments& arguments) {
  const Access access = TRY(decode_access(arguments.flags(2)));
  const std::uint64_t size = align_up(arguments.size(1), page_size);
  if (!is_aligned(arguments.size(0), page_size)) return Error::invalid_argument;
  if (size == 0) return 0L;
  TRY(program_memory::protect(arguments.address(0), size, access));
  return 0L;
}

Result<long> remap_memory(const Arguments& arguments) {
  const std::uint32_t flags = arguments.flags(3);
  if (flags & ~(remap_may_move | remap_fixed)) return Error::invalid_argument;
  if ((flags & remap_fixed) && !(flags & remap_may_move)) return Error::invalid_argument;
  const VirtAddr target = flags & remap_fixed ? arguments.address(4) : VirtAddr{};
  const VirtAddr moved = TRY(
      program_memory::remap(arguments.address(0), align_up(arguments.size(1), page_size),
                            align_up(arguments.size(2), page_size), (flags & remap_may_move) != 0, target));
  return static_cast<long>(moved.value);
}

Result<long> advise_memory(const Arguments& arguments) {
  const std::uint64_t size = align_up(arguments.size(1), page_size);
  if (!is_aligned(arguments.size(0), page_size)) return Error::invalid_argument;
  if (size == 0) return 0L;
  const int advice = arguments.integer(2);
  if (advice == advice_dont_need || advice == advice_free) {
    TRY(program_memory::discard(arguments.address(0), size));
  } else if (!program_memory::is_mapped(arguments.address(0), size)) {
    return Error::out_of_memory;
  }
  return 0L;
}

Result<long> sync_memory(const Arguments&) {
  return 0L;  // file mappings are copies: there is nothing to write back
}

Result<long> break_memory(const Arguments&) {
  return 0L;  // no break: the libc then maps memory instead
}

}  // namespace nucleus::call
