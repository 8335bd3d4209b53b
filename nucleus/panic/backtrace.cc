// SPDX-License-Identifier: ISC

#include "backtrace.h"

#include <initializer_list>

namespace nucleus {
namespace {

constexpr std::uint64_t word_size = 8;

}  // namespace

/// False when enough has been told.
bool Backtrace::tell(std::uint64_t address, bool is_return, bool guessed) {
  if (holds_ && held_.address == address) {
    held_.repeated++;
    return true;
  }
  if (lines_ >= max_lines) return false;
  lines_++;
  finish();
  held_ = {address, is_return, guessed};
  holds_ = true;
  return true;
}

void Backtrace::finish() {
  if (holds_) visit_(context_, held_);
  holds_ = false;
}

Backtrace::Kind Backtrace::kind_of(std::uint64_t address) {
  if (!memory_.is_code(address)) return Kind::nothing;
  Cached& cached = cache_[(address >> 1) % cache_size];
  if (cached.address != address || cached.kind == Kind::unknown) {
    if (++addresses_ > max_addresses) return Kind::unknown;
    const Kind kind = ocaml_.find(address).found         ? Kind::ocaml
                      : is_after_call_(memory_, address) ? Kind::call
                                                         : Kind::nothing;
    cached = {address, kind};
  }
  return cached.kind;
}

void Backtrace::follow_frame_pointers(const BacktraceStart& start, std::uint64_t stack_low,
                                      std::uint64_t stack_high, std::int64_t record_offset) {
  follow_records(start, stack_low, stack_high, record_offset);
  finish();
}

void Backtrace::follow_records(const BacktraceStart& start, std::uint64_t stack_low, std::uint64_t stack_high,
                               std::int64_t record_offset) {
  if (start.program_counter != 0 && !tell(start.program_counter, false, false)) return;
  std::uint64_t frame = start.frame_pointer;
  std::uint64_t low = stack_low;
  for (;;) {
    std::uint64_t caller_frame = 0;
    std::uint64_t return_address = 0;
    const std::uint64_t record = frame + static_cast<std::uint64_t>(record_offset);
    if (!memory_.word(record, caller_frame) || !memory_.word(record + word_size, return_address)) return;
    if (!memory_.is_code(return_address)) return;
    if (!tell(return_address, true, false)) return;
    if (frame < low || frame > stack_high) {
      // That was the record of the program's code that called the nucleus.
      return scan_words(record + 2 * word_size);
    }
    // On one stack the chain only goes up.
    low = frame + word_size;
    frame = caller_frame;
    if (frame == 0) return;
  }
}

void Backtrace::scan(const BacktraceStart& start) {
  tell(start.program_counter, false, false);
  // In a leaf function the caller is in the link register only; elsewhere that holds an older call, or
  // anything.
  if (start.return_address != 0 && is_after_call_(memory_, start.return_address)) {
    tell(start.return_address, true, true);
  }
  scan_words(start.stack_pointer & ~(word_size - 1));
  finish();
}

/// Looks at each word above `stack_pointer`. An OCaml return address is certain, and leads exactly to the
/// next one; any other word that points behind a call is a guess.
void Backtrace::scan_words(std::uint64_t stack_pointer) {
  std::uint64_t word = 0;
  // After an overflow it points below the stack.
  constexpr std::uint64_t page = 4096;
  constexpr unsigned max_pages_below = 16;
  for (unsigned i = 0; i < max_pages_below && !memory_.word(stack_pointer, word); i++) {
    stack_pointer = (stack_pointer & ~(page - 1)) + page;
  }
  for (std::uint64_t scanned = 0; scanned < max_scanned_words && memory_.word(stack_pointer, word);
       scanned++) {
    stack_pointer += word_size;
    switch (kind_of(word)) {
      case Kind::ocaml:
        if (!follow_ocaml(word, stack_pointer)) return;
        break;
      case Kind::call:
        if (!tell(word, true, true)) return;
        break;
      case Kind::nothing:
        if (follow_suspended_ocaml(stack_pointer - word_size)) return;
        break;
      case Kind::unknown:
        return;
    }
  }
}

/// Walks OCaml frames from `return_address`, whose frame begins at `stack_pointer`, to the end of their
/// chunk. False when enough has been told.
bool Backtrace::follow_ocaml(std::uint64_t return_address, std::uint64_t& stack_pointer) {
  for (;;) {
    const OcamlFrame frame = ocaml_.find(return_address);
    if (!frame.found) return true;
    if (!tell(return_address, true, false)) return false;
    if (frame.ends_chunk || frame.size < word_size) return true;
    stack_pointer += frame.size;
    if (!memory_.word(stack_pointer - word_size, return_address)) return true;
  }
}

/// When OCaml 5 calls C it changes stacks, and leaves at the start of the C stack a link: {fiber, its stack
/// pointer, older link}. `slot` holds one if that stack pointer leads to an OCaml return address: then the
/// fiber's frames follow, and those of its parents. True if that was so.
bool Backtrace::follow_suspended_ocaml(std::uint64_t slot) {
  std::uint64_t fiber = 0;
  std::uint64_t stack_pointer = 0;
  if (!memory_.word(slot, fiber) || !memory_.word(slot + word_size, stack_pointer)) return false;
  constexpr unsigned max_fibers = 16;
  for (unsigned depth = 0; depth < max_fibers; depth++) {
    // The return address is the first word, or the second behind a saved frame pointer.
    std::uint64_t return_address = 0;
    std::uint64_t frame = 0;
    for (const std::uint64_t skip : {word_size, 2 * word_size}) {
      if (memory_.word(stack_pointer + skip - word_size, return_address) &&
          ocaml_.find(return_address).found) {
        frame = stack_pointer + skip;
        break;
      }
    }
    if (frame == 0) return depth > 0;
    // A fiber's own record begins with the same stack pointer.
    std::uint64_t recorded = 0;
    if (!memory_.word(fiber, recorded) || recorded != stack_pointer) return depth > 0;
    if (!follow_ocaml(return_address, frame)) return true;
    // fiber->handler->parent
    std::uint64_t handler = 0;
    if (!memory_.word(fiber + 2 * word_size, handler) || !memory_.word(handler + 3 * word_size, fiber) ||
        fiber == 0) {
      return true;
    }
    if (!memory_.word(fiber, stack_pointer)) return true;
  }
  return true;
}

}  // namespace nucleus
