// SPDX-License-Identifier: ISC

// Access to program memory from system calls. Image addresses are always mapped and need only be checked.
// Those of the program window are looked up page by page and reached through the direct map under the lock,
// so that nobody can unmap them meanwhile.

#include "program_memory.h"

#include <nucleus/image.h>

#include <algorithm>
#include <cstring>

namespace nucleus {

namespace {

bool in_image_part(VirtAddr at, std::size_t size, const char* start, const char* end) {
  return at >= VirtAddr::of(start) && at < VirtAddr::of(end) && size <= VirtAddr::of(end) - at;
}

/// Whether the range is of the image, with the right that `kind` needs.
bool in_image(VirtAddr at, std::size_t size, FaultKind kind) {
  if (in_image_part(at, size, image_data_start, image_boot_stack_guard) ||
      in_image_part(at, size, image_boot_stack_guard + page_size, image_data_end))
    return true;
  return kind == FaultKind::read && (in_image_part(at, size, image_rodata_start, image_rodata_end) ||
                                     in_image_part(at, size, image_text_start, image_text_end));
}

/// The byte at `at` in the direct map, if its page is there with the right that `kind` needs. Errors:
/// bad_address.
Result<std::byte*> resident(ProgramMemory& memory, VirtAddr at, FaultKind kind) {
  Leaf leaf;
  if (!memory.table.find(at, leaf)) return Error::bad_address;
  if (kind == FaultKind::write ? !leaf.access.write : !leaf.access.read) return Error::bad_address;
  const std::uint64_t offset = at.value & (level_size(leaf.level) - 1);
  return static_cast<std::byte*>(frame_memory(leaf.frame)) + offset;
}

/// Calls function(bytes in the direct map, offset from `at`, count) for each page's part of the range, with
/// pages brought in. The function returns false to stop.
template <typename Function>
Result<> for_each_part(VirtAddr at, std::size_t size, FaultKind kind, Function&& function) {
  for (std::size_t done = 0; done < size;) {
    const VirtAddr here = at + done;
    const std::size_t part = std::min<std::size_t>(size - done, page_size - (here.value & (page_size - 1)));
    if (!layout::in_program_window(here)) return Error::bad_address;
    bool go_on = true;
    const Result<> reached = the_program_memory.with([&](ProgramMemory& memory) -> Result<> {
      std::byte* const bytes = TRY(resident(memory, here, kind));
      go_on = function(bytes, done, part);
      return {};
    });
    if (!reached) {
      if (program_memory::handle_fault(here, kind) != program_memory::FaultOutcome::resolved)
        return Error::bad_address;
      continue;
    }
    if (!go_on) return {};
    done += part;
  }
  return {};
}

Result<> check(VirtAddr at, std::size_t size, FaultKind kind) {
  if (size == 0 || in_image(at, size, kind)) return {};
  return for_each_part(at, size, kind, [](std::byte*, std::size_t, std::size_t) { return true; });
}

}  // namespace

Result<> copy_from_program(void* to, VirtAddr from, std::size_t size) {
  if (in_image(from, size, FaultKind::read)) {
    std::memcpy(to, from.as(), size);
    return {};
  }
  return for_each_part(from, size, FaultKind::read,
                       [&](std::byte* bytes, std::size_t offset, std::size_t count) {
                         std::memcpy(static_cast<std::byte*>(to) + offset, bytes, count);
                         return true;
                       });
}

Result<> copy_to_program(VirtAddr to, const void* from, std::size_t size) {
  if (in_image(to, size, FaultKind::write)) {
    std::memcpy(to.as(), from, size);
    return {};
  }
  return for_each_part(to, size, FaultKind::write,
                       [&](std::byte* bytes, std::size_t offset, std::size_t count) {
                         std::memcpy(bytes, static_cast<const std::byte*>(from) + offset, count);
                         return true;
                       });
}

Result<std::size_t> copy_string_from_program(char* to, VirtAddr from, std::size_t capacity) {
  std::size_t length = 0;
  bool ended = false;
  const auto take = [&](const char* text, std::size_t count) {
    for (std::size_t i = 0; i < count && !ended; ++i) {
      to[length] = text[i];
      ended = text[i] == '\0';
      if (!ended) ++length;
    }
    return !ended;
  };
  if (in_image(from, 1, FaultKind::read)) {
    // No part of the image is the last thing mapped before a hole that a string could run into: parts end
    // with zeros.
    while (length < capacity && in_image(from + length, 1, FaultKind::read) &&
           take((from + length).as<char>(), 1)) {
    }
  } else {
    TRY(for_each_part(from, capacity, FaultKind::read, [&](std::byte* bytes, std::size_t, std::size_t count) {
      return take(reinterpret_cast<const char*>(bytes), count);
    }));
  }
  if (!ended) return Error::too_long;
  return length;
}

Result<> check_readable(VirtAddr at, std::size_t size) {
  return check(at, size, FaultKind::read);
}
Result<> check_writable(VirtAddr at, std::size_t size) {
  return check(at, size, FaultKind::write);
}

Result<std::uint32_t> load_resident_word(VirtAddr at) {
  if (in_image(at, sizeof(std::uint32_t), FaultKind::read))
    return std::atomic_ref{*at.as<std::uint32_t>()}.load();
  if (!layout::in_program_window(at)) return Error::bad_address;
  return the_program_memory.with([&](ProgramMemory& memory) -> Result<std::uint32_t> {
    const auto bytes = resident(memory, at, FaultKind::read);
    if (!bytes) return Error::busy;
    return std::atomic_ref{*reinterpret_cast<std::uint32_t*>(bytes.value())}.load();
  });
}

Result<> store_word_to_program(VirtAddr at, std::uint32_t value) {
  if (!is_aligned(at.value, sizeof value)) return Error::bad_address;
  if (in_image(at, sizeof value, FaultKind::write)) {
    std::atomic_ref{*at.as<std::uint32_t>()}.store(value);
    return {};
  }
  return for_each_part(at, sizeof value, FaultKind::write, [&](std::byte* bytes, std::size_t, std::size_t) {
    std::atomic_ref{*reinterpret_cast<std::uint32_t*>(bytes)}.store(value);
    return true;
  });
}

}  // namespace nucleus
