// SPDX-License-Identifier: ISC

#include "start_stack.h"

#include <nucleus/address.h>

#include <algorithm>
#include <cstring>

namespace nucleus {
namespace {

/// Strings that each end with a NUL; a last one without it counts, too.
std::size_t count_strings(std::string_view strings) {
  const auto ended = static_cast<std::size_t>(std::count(strings.begin(), strings.end(), '\0'));
  return ended + (!strings.empty() && strings.back() != '\0' ? 1 : 0);
}

/// Writes downwards from the end of `memory`.
class Writer {
 public:
  Writer(std::span<std::byte> memory, std::uintptr_t top)
      : memory_{memory}, base_{top - memory.size()}, at_{memory.size()} {}

  std::uintptr_t address() const { return base_ + at_; }
  bool has_room(std::size_t size) const { return size <= at_; }

  std::uintptr_t push(const void* bytes, std::size_t size) {
    at_ -= size;
    if (size > 0) std::memcpy(memory_.data() + at_, bytes, size);
    return address();
  }
  void push_word(std::uint64_t word) { push(&word, sizeof word); }
  /// Strings end with a NUL on the stack even if the last one did not.
  std::uintptr_t push_strings(std::string_view strings) {
    if (!strings.empty() && strings.back() != '\0') push("", 1);
    return push(strings.data(), strings.size());
  }
  /// Pushes the addresses of the strings that lie at `at`, the last one first.
  void push_pointers(std::string_view strings, std::uintptr_t at) {
    while (!strings.empty()) {
      // The start of the last string, whose own NUL is left out of the search.
      const std::string_view body = strings.substr(0, strings.size() - 1);
      const std::size_t before = body.rfind('\0');
      const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
      push_word(at + start);
      strings = strings.substr(0, start);
    }
  }
  void align(std::size_t alignment) { at_ -= (base_ + at_) % alignment; }

 private:
  std::span<std::byte> memory_;
  std::uintptr_t base_;
  std::size_t at_;
};

}  // namespace

Result<std::uintptr_t> build_start_stack(std::span<std::byte> memory, std::uintptr_t top,
                                         const StartStack& contents) {
  const std::size_t argument_count = count_strings(contents.arguments);
  const std::size_t words = 1 + argument_count + 1 + count_strings(contents.environment) +
                            count_strings(contents.more_environment) + 1 +
                            2 * (contents.auxiliary.size() + 3);
  const std::size_t strings = contents.arguments.size() + contents.environment.size() +
                              contents.more_environment.size() + contents.random.size() + 3;
  Writer writer{memory, top};
  constexpr std::size_t alignment_losses = 64;
  if (!writer.has_room(words * sizeof(std::uint64_t) + strings + alignment_losses)) return Error::too_long;

  const std::uintptr_t more_environment = writer.push_strings(contents.more_environment);
  const std::uintptr_t environment = writer.push_strings(contents.environment);
  const std::uintptr_t arguments = writer.push_strings(contents.arguments);
  writer.align(16);
  const std::uintptr_t random = writer.push(contents.random.data(), contents.random.size());

  // The words go down to a stack pointer that is 16-byte aligned.
  writer.align(16);
  if (words % 2 != 0) writer.push_word(0);
  const auto push_entry = [&](const AuxiliaryEntry& entry) {
    writer.push_word(entry.value);
    writer.push_word(entry.type);
  };
  push_entry({auxiliary::null, 0});
  push_entry({auxiliary::executable_name, argument_count > 0 ? arguments : random});
  push_entry({auxiliary::random, random});
  for (std::size_t i = contents.auxiliary.size(); i-- > 0;) push_entry(contents.auxiliary[i]);
  writer.push_word(0);
  writer.push_pointers(contents.more_environment, more_environment);
  writer.push_pointers(contents.environment, environment);
  writer.push_word(0);
  writer.push_pointers(contents.arguments, arguments);
  writer.push_word(argument_count);
  return writer.address();
}

}  // namespace nucleus
