// SPDX-License-Identifier: ISC
#pragma once

// Space: the address space of a process. Its page table has the kernel's half in common with all others; the
// user's half holds single pages of memory, each of which other spaces may hold too (its frame counts them).
// No frame ever leaves: pages are made, shared, copied and taken away here, so whoever commands spaces cannot
// name memory that is not theirs.
//
// Ranges are whole pages within [user_start, user_end) (else invalid_argument); rights never allow writing
// and executing (invalid_argument). Context of all but load(): a thread, no lock held, interrupts on.

#include <core/page_table.h>

#include <nucleus/arch_upcalls.h>
#include <nucleus/cpu.h>
#include <nucleus/mutex.h>
#include <nucleus/ref.h>

#include <arch/page_format.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace nucleus {

inline constexpr std::uint64_t user_start = 0x1'0000;              // null pointers, with an offset too, fault
inline constexpr std::uint64_t user_end = std::uint64_t{1} << 38;  // the lower half of the smallest format

class Space : public RefCounted {
 public:
  /// Errors: out_of_memory.
  static Result<Ref<Space>> create();
  /// Takes all pages away. From then on there never are any (not_found where one is asked for).
  void clear();

  /// Maps fresh pages of zeros. Errors: exists (a page is there; nothing is mapped), out_of_memory (what was
  /// mapped until then stays).
  Result<> map(VirtAddr at, std::size_t pages, Access rights);
  /// Maps the pages that `from` has in a range in `to` as well, at `to_at` and behind; returns how many there
  /// were. On error none are. `from` may be `to`. Errors: exists, out_of_memory.
  static Result<std::size_t> share(Space& from, VirtAddr at, Space& to, VirtAddr to_at, std::size_t pages,
                                   Access rights);
  /// Gives the pages that are in the range other rights; none at all keeps their content.
  Result<> protect(VirtAddr at, std::size_t pages, Access rights);
  /// Takes the pages in the range away.
  Result<> unmap(VirtAddr at, std::size_t pages);
  /// Makes one page this space's own, by a copy if others have it too, and gives it `rights`.
  /// Errors: not_found, out_of_memory.
  Result<> unshare(VirtAddr at, Access rights);

  /// Copies to or from memory of the nucleus or the program; returns how many bytes went before one that is
  /// not mapped with the right to read (write) it. Never touches the user's addresses themselves.
  std::size_t copy_in(VirtAddr at, void* to, std::size_t size);
  std::size_t copy_out(VirtAddr at, const void* from, std::size_t size);

  struct Page {
    Access rights{};
    bool shared = false;  // its frame has more than one holder
  };
  /// Errors: not_found.
  Result<Page> query(VirtAddr at);
  /// The first page that is there, of the range. Errors: not_found.
  Result<VirtAddr> next(VirtAddr at, std::size_t pages);
  /// True if an access of this kind is allowed now: it faulted for what this CPU remembered.
  bool allows(VirtAddr at, FaultKind kind);

  /// Pages, and tables for them.
  std::size_t page_count() const { return pages_.load(std::memory_order_relaxed); }
  std::size_t table_count() const { return tables_.load(std::memory_order_relaxed); }

  /// Counts how often a page has become executable: a CPU that saw an earlier one may have old instructions.
  std::uint64_t code_generation() const { return code_generation_.load(std::memory_order_acquire); }

  /// Makes the space the one that this CPU runs users in. It stays so (and is kept alive) until another is
  /// loaded, or until unload() where the hardware would let the kernel touch a user's memory.
  /// Context: interrupts off, on CPU `index`.
  void load(unsigned index) {
    if (loaded_[index] != this) [[unlikely]]
      replace_loaded(index);
  }
  static void unload();

  ~Space();

 private:
  using Table = PageTable<arch::NativePageFormat>;
  struct Removal;

  Space() = default;
  void replace_loaded(unsigned index);
  Result<> add(VirtAddr at, Frame frame, Access rights);
  void take_away(VirtAddr at, std::uint64_t size);
  void flush(VirtAddr at, std::size_t pages);
  void made_executable(VirtAddr at, std::size_t pages);
  Result<std::size_t> share_locked(Space& to, VirtAddr at, VirtAddr to_at, std::size_t pages, Access rights);
  template <typename Copy>
  std::size_t for_each_part(VirtAddr at, std::size_t size, FaultKind kind, Copy copy);

  /// What each CPU runs users in. Interrupts off, its own only.
  static std::array<Space*, max_cpus> loaded_;

  Mutex mutex_;
  // Under mutex_.
  Table table_;
  bool cleared_ = false;

  std::atomic<std::size_t> pages_{0};
  std::atomic<std::size_t> tables_{0};
  std::atomic<std::uint64_t> code_generation_{0};
  std::atomic<std::uint64_t> holders_{0};  // CPUs that may remember translations, as bits
  std::atomic<std::uint64_t> number_{0};   // what CPUs tag its translations with (space_numbers.h)
};

/// True if `pages` pages from `at` on, one at least, may be the user's.
constexpr bool is_user_range(VirtAddr at, std::uint64_t pages) {
  return is_aligned(at.value, page_size) && at.value >= user_start && at.value < user_end && pages > 0 &&
         pages <= (user_end - at.value) >> page_shift;
}

}  // namespace nucleus
