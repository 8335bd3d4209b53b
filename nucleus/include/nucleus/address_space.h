// SPDX-License-Identifier: ISC
#pragma once

// The program's memory: the mmap family on the program window, demand paging, and safe access to program
// memory from system calls. Writable private memory is charged to the commit account when it is mapped (a
// mapping that cannot be backed is refused then); PROT_NONE reservations cost nothing. Pages come zeroed on
// first touch, 2 MiB at a time where a charged range covers that and such a block is free.
//
// All sizes and addresses are in bytes; those of mappings are page-aligned (else invalid_argument), and a
// size is neither 0 nor so large that it wraps (invalid_argument). Context of all, unless it says otherwise:
// a thread, no lock of rank mapping or inner held; takes Rank::mapping.

#include <nucleus/address.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/result.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {
struct BootInfo;

/// Where a new mapping goes.
enum class Placement : std::uint8_t {
  anywhere,       // at the hint if that is free, else wherever there is room
  fixed,          // exactly there; replaces what is mapped
  fixed_if_free,  // exactly there, or Error::exists
};

/// When a mapping's memory is charged.
enum class Charging : std::uint8_t {
  whole,     // on mapping, if writable
  on_touch,  // page by page (MAP_NORESERVE): a touch can fail
};

namespace program_memory {

/// Maps zeroed anonymous memory. With Placement::anywhere, sizes from 2 MiB on are 2 MiB aligned.
/// Errors: out_of_memory (no room, or over the commit limit), exists, invalid_argument (also: write and
/// execute).
Result<VirtAddr> map(VirtAddr hint, std::uint64_t size, Access access, Placement placement,
                     Charging charging = Charging::whole);

/// Maps a range whose pages belong to others as well (a file). It begins empty: install_shared fills it. What
/// it lacks cannot be touched (FaultOutcome::out_of_memory); discard() leaves it alone, remap() refuses it.
/// `may_write`: whether protect() may allow writing. Errors: as map().
Result<VirtAddr> map_shared(VirtAddr hint, std::uint64_t size, Access access, bool may_write,
                            Placement placement);

/// Puts frames at `at` and behind, in a range of map_shared; each gets one more reference, and its charge
/// goes with the last one (free_kernel_frames). Errors: not_found (no such range), exists (a page is there),
/// out_of_memory (for a table; earlier frames are mapped).
Result<> install_shared(VirtAddr at, std::span<const Frame> frames);

/// Unmaps what is mapped in the range; holes are fine.
Result<> unmap(VirtAddr at, std::uint64_t size);

/// Changes the rights of a wholly mapped range, which keeps its contents.
/// Errors: out_of_memory (a hole: nothing changed; or the commit limit), invalid_argument (write and
/// execute), access_denied (writing a shared range that may not be written).
Result<> protect(VirtAddr at, std::uint64_t size, Access access);

/// Grows, shrinks or moves one mapping, without copying. `may_move` lets it go elsewhere; `fixed_target`, if
/// not 0, says where. Errors: out_of_memory, bad_address (not one wholly mapped range of one kind),
/// invalid_argument.
Result<VirtAddr> remap(VirtAddr at, std::uint64_t old_size, std::uint64_t new_size, bool may_move,
                       VirtAddr fixed_target);

/// Gives the pages back; the next touch finds zeros (MADV_DONTNEED). Errors: out_of_memory (a hole).
Result<> discard(VirtAddr at, std::uint64_t size);

/// True if every page of the range is mapped (with whatever rights).
bool is_mapped(VirtAddr at, std::uint64_t size);

struct Mapping {
  VirtAddr start{};
  std::uint64_t size = 0;
  Access access{};
};
/// The mapping that contains `at`, or the first one after it. Errors: not_found.
Result<Mapping> query(VirtAddr at);

struct Counters {
  std::uint64_t mapped = 0;    // bytes of address range
  std::uint64_t charged = 0;   // bytes
  std::uint64_t resident = 0;  // bytes
  std::uint64_t faults = 0;
  std::size_t mappings = 0;
};
Counters counters();

/// What a page fault was.
enum class FaultOutcome : std::uint8_t {
  resolved,       // the page is there now: try again
  not_mapped,     // SIGSEGV, SEGV_MAPERR
  not_permitted,  // SIGSEGV, SEGV_ACCERR
  out_of_memory,  // Charging::on_touch, and what a shared range lacks: SIGBUS
};
/// Context: interrupts on or off.
FaultOutcome handle_fault(VirtAddr at, FaultKind kind);

}  // namespace program_memory

// Program memory as seen by system calls: the program window, and the image (whose constants and static data
// are arguments too). These never fault: they go through the direct map, page by page, bringing pages in.

/// Errors of all: bad_address (some byte is not mapped with the right that is needed; earlier bytes may be
/// copied).
Result<> copy_from_program(void* to, VirtAddr from, std::size_t size);
Result<> copy_to_program(VirtAddr to, const void* from, std::size_t size);
/// At most `capacity` bytes with the terminating zero. Returns the length without it. Errors: too_long.
Result<std::size_t> copy_string_from_program(char* to, VirtAddr from, std::size_t capacity);
Result<> check_readable(VirtAddr at, std::size_t size);
Result<> check_writable(VirtAddr at, std::size_t size);

/// A value of the program, by value.
template <typename T>
Result<T> load_from_program(VirtAddr from) {
  T value;
  TRY(copy_from_program(&value, from, sizeof value));
  return value;
}
template <typename T>
Result<> store_to_program(VirtAddr to, const T& value) {
  return copy_to_program(to, &value, sizeof value);
}
/// One aligned word, read at once (futexes). May be called with a lock of a rank below mapping held.
/// Errors: bad_address; busy (its page is not there now: let go of the lock, check_readable, try again).
Result<std::uint32_t> load_resident_word(VirtAddr at);
/// One aligned word, written at once. Errors: bad_address. Context: a thread, no lock held.
Result<> store_word_to_program(VirtAddr at, std::uint32_t value);

}  // namespace nucleus
