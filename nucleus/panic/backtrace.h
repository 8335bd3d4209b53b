// SPDX-License-Identifier: ISC
#pragma once

// Backtrace: who called whom, as far as it can be told. Three ways are used, the surest first: OCaml's frame
// tables, the nucleus' chain of frame pointers, and a scan of the stack for words that look like return
// addresses, whose results are only guesses.

#include "memory_view.h"
#include "ocaml_frames.h"

#include <cstdint>

namespace nucleus {

struct BacktraceLine {
  std::uint64_t address;  // in the function: a return address, or where it was interrupted
  bool is_return;
  bool guessed;
  unsigned repeated = 0;  // how often the same line would follow
};

/// Where a backtrace begins. Zeros where not known.
struct BacktraceStart {
  std::uint64_t program_counter = 0;
  std::uint64_t stack_pointer = 0;
  std::uint64_t frame_pointer = 0;
  std::uint64_t return_address = 0;  // the link register, where there is one
};

class Backtrace {
 public:
  static constexpr unsigned max_lines = 48;
  using Visit = void (*)(void* context, const BacktraceLine& line);
  /// Tells by the bytes before it whether an address is that behind a call instruction.
  using IsAfterCall = bool (*)(const MemoryView& memory, std::uint64_t address);

  Backtrace(const MemoryView& memory, const OcamlFrameTables& ocaml, IsAfterCall is_after_call, Visit visit,
            void* context)
      : memory_{memory}, ocaml_{ocaml}, is_after_call_{is_after_call}, visit_{visit}, context_{context} {}

  /// For code of the nucleus on the kernel stack [stack_low, stack_high]: by frame pointers, and by scanning
  /// where those leave that stack. `record_offset` is where from the frame pointer {frame pointer, return
  /// address} lie.
  void follow_frame_pointers(const BacktraceStart& start, std::uint64_t stack_low, std::uint64_t stack_high,
                             std::int64_t record_offset);
  /// For code of the program.
  void scan(const BacktraceStart& start);

 private:
  // A runaway recursion fills a whole stack with few different addresses; few others are worth a look.
  static constexpr std::uint64_t max_scanned_words = 2 << 20;
  static constexpr unsigned max_addresses = 4096;
  static constexpr unsigned cache_size = 64;

  enum class Kind : std::uint8_t { unknown, nothing, call, ocaml };
  struct Cached {
    std::uint64_t address = 0;
    Kind kind = Kind::unknown;
  };

  bool tell(std::uint64_t address, bool is_return, bool guessed);
  void finish();
  void follow_records(const BacktraceStart& start, std::uint64_t stack_low, std::uint64_t stack_high,
                      std::int64_t record_offset);
  Kind kind_of(std::uint64_t address);
  void scan_words(std::uint64_t stack_pointer);
  bool follow_ocaml(std::uint64_t return_address, std::uint64_t& stack_pointer);
  bool follow_suspended_ocaml(std::uint64_t slot);

  const MemoryView& memory_;
  const OcamlFrameTables& ocaml_;
  IsAfterCall is_after_call_;
  Visit visit_;
  void* context_;
  unsigned lines_ = 0;
  BacktraceLine held_{};  // told when another follows
  bool holds_ = false;
  unsigned addresses_ = 0;
  Cached cache_[cache_size];
};

}  // namespace nucleus
