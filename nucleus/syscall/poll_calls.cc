// SPDX-License-Identifier: ISC

// poll and select.  Spec: [posix "poll", "select"]

#include "calls.h"
#include "descriptors.h"
#include "poll_set.h"
#include "signal_delivery.h"
#include "time_values.h"

#include <syscall/abi/common.h>

namespace nucleus::call {
namespace {

constexpr std::uint64_t max_polled = DescriptorTable::max_descriptors;

/// The signal mask of ppoll and pselect6, for the duration of the call. Null: none.
Result<> apply_mask(VirtAddr mask_at, std::uint64_t size) {
  if (mask_at.value == 0) return {};
  if (size != sizeof(std::uint64_t)) return Error::invalid_argument;
  set_blocked_signals_for_this_call(TRY(load_from_program<std::uint64_t>(mask_at)));
  return {};
}

/// Puts the mask back unless a signal has ended the call: then its delivery does.
template <typename T>
T without_mask(T result) {
  if (result.ok() || result.error() != Error::interrupted) restore_blocked_signals();
  return result;
}

Result<long> poll_with(VirtAddr list, std::uint64_t count, Deadline deadline) {
  if (count > max_polled) return Error::invalid_argument;
  TRY(check_writable(list, count * sizeof(abi::PollDescriptor)));
  PollSet set;
  TRY(set.reserve(count));
  for (std::uint64_t i = 0; i < count; i++) {
    const auto item = TRY(load_from_program<abi::PollDescriptor>(list + i * sizeof(abi::PollDescriptor)));
    auto file = file_of(item.descriptor);
    const std::uint16_t wanted =
        static_cast<std::uint16_t>(item.wanted) | PollEvents::error | PollEvents::hang_up;
    TRY(set.add(item.descriptor, wanted, file.ok() ? file.take() : nullptr));
  }
  const std::size_t found = TRY(set.wait(deadline));
  for (std::uint64_t i = 0; i < count; i++) {
    const VirtAddr at = list + i * sizeof(abi::PollDescriptor) + offsetof(abi::PollDescriptor, found);
    TRY(store_to_program(at, static_cast<std::int16_t>(set.entries()[i].found)));
  }
  return static_cast<long>(found);
}

/// Null: for ever.
Result<Deadline> load_timeout(VirtAddr at) {
  if (at.value == 0) return Deadline::never();
  return Deadline::after(TRY(load_time(at)));
}

}  // namespace

Result<long> poll_files(const Arguments& arguments) {
  const int timeout_ms = arguments.integer(2);
  const Deadline deadline = timeout_ms < 0
                                ? Deadline::never()
                                : Deadline::after(static_cast<std::uint64_t>(timeout_ms) * ns_per_ms);
  return poll_with(arguments.address(0), arguments.size(1), deadline);
}

Result<long> poll_files_with_mask(const Arguments& arguments) {
  const Deadline deadline = TRY(load_timeout(arguments.address(2)));
  TRY(apply_mask(arguments.address(3), arguments.size(4)));
  return without_mask(poll_with(arguments.address(0), arguments.size(1), deadline));
}

namespace {

/// A set of descriptors, as select() has it: a bit for each.
class DescriptorSet {
 public:
  /// The first `count` bits of the set at `at`; null: empty. Errors: bad_address.
  Result<> load(VirtAddr at, int count) {
    at_ = at;
    words_ = (static_cast<unsigned>(count) + 63) / 64;
    if (at.value == 0) return {};
    TRY(check_writable(at, words_ * sizeof bits_[0]));
    return copy_from_program(bits_, at, words_ * sizeof bits_[0]);
  }
  bool contains(int descriptor) const { return (bits_[descriptor / 64] >> (descriptor % 64) & 1) != 0; }
  void clear() {
    for (auto& word : bits_) word = 0;
  }
  void insert(int descriptor) { bits_[descriptor / 64] |= std::uint64_t{1} << (descriptor % 64); }
  Result<> store() const {
    if (at_.value == 0) return {};
    return copy_to_program(at_, bits_, words_ * sizeof bits_[0]);
  }

 private:
  VirtAddr at_{};
  unsigned words_ = 0;
  std::uint64_t bits_[max_polled / 64] = {};
};

constexpr std::uint16_t means_readable = PollEvents::input | PollEvents::hang_up | PollEvents::error;
constexpr std::uint16_t means_writable = PollEvents::output | PollEvents::error;

struct SelectSets {
  DescriptorSet reading;
  DescriptorSet writing;
  DescriptorSet exceptional;  // nothing here has exceptional conditions
};

Result<> fill(PollSet& set, const SelectSets& sets, int count) {
  TRY(set.reserve(static_cast<std::size_t>(count)));
  for (int descriptor = 0; descriptor < count; descriptor++) {
    std::uint16_t wanted = 0;
    if (sets.reading.contains(descriptor)) wanted |= means_readable;
    if (sets.writing.contains(descriptor)) wanted |= means_writable;
    if (wanted == 0 && !sets.exceptional.contains(descriptor)) continue;
    TRY(set.add(descriptor, wanted, TRY(file_of(descriptor))));
  }
  return {};
}

Result<long> select_with(const Arguments& arguments, Deadline deadline) {
  int count = arguments.integer(0);
  if (count < 0) return Error::invalid_argument;
  if (count > static_cast<int>(max_polled)) count = max_polled;
  SelectSets sets;
  TRY(sets.reading.load(arguments.address(1), count));
  TRY(sets.writing.load(arguments.address(2), count));
  TRY(sets.exceptional.load(arguments.address(3), count));
  PollSet set;
  TRY(fill(set, sets, count));

  TRY(set.wait(deadline));
  SelectSets found = sets;
  found.reading.clear();
  found.writing.clear();
  found.exceptional.clear();
  long total = 0;
  for (const PollSet::Entry& entry : set.entries()) {
    if ((entry.found & means_readable) && sets.reading.contains(entry.descriptor)) {
      found.reading.insert(entry.descriptor);
      total++;
    }
    if ((entry.found & means_writable) && sets.writing.contains(entry.descriptor)) {
      found.writing.insert(entry.descriptor);
      total++;
    }
  }
  TRY(found.reading.store());
  TRY(found.writing.store());
  TRY(found.exceptional.store());
  return total;
}

}  // namespace

Result<long> select_files(const Arguments& arguments) {
  Deadline deadline = Deadline::never();
  if (!arguments.is_null(4)) {
    const auto time = TRY(load_from_program<abi::Timeval>(arguments.address(4)));
    // The microseconds may be a second and more here.
    const auto us_per_s = static_cast<std::int64_t>(ns_per_s / ns_per_us);
    if (time.microseconds < 0) return Error::invalid_argument;
    const std::int64_t seconds = time.seconds + time.microseconds / us_per_s;
    deadline = Deadline::after(
        TRY(nanoseconds_of(seconds, time.microseconds % us_per_s * static_cast<std::int64_t>(ns_per_us))));
  }
  return select_with(arguments, deadline);
}

Result<long> select_files_with_mask(const Arguments& arguments) {
  struct MaskArgument {
    std::uint64_t address;
    std::uint64_t size;
  };
  const Deadline deadline = TRY(load_timeout(arguments.address(4)));
  MaskArgument mask{};
  if (!arguments.is_null(5)) mask = TRY(load_from_program<MaskArgument>(arguments.address(5)));
  TRY(apply_mask({mask.address}, mask.size));
  return without_mask(select_with(arguments, deadline));
}

}  // namespace nucleus::call
