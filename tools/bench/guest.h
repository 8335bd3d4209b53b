// SPDX-License-Identifier: ISC
#pragma once

// One run of an emulator for measuring: what it printed and when the first of it came. No input, no person.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/qemu.h"
#include "support/result.h"

namespace bactrian {

struct GuestRun {
  std::string out;  ///< what the program printed; on a plain line, all that came
  std::string log;  ///< the nucleus' log, alerts and firmware noise; empty on a plain line
  std::optional<std::chrono::nanoseconds> first_output;  ///< from the emulator's start
  std::optional<int> status;  ///< what the program ended with, where the guest said it
  bool timed_out = false;
};

enum class Line {
  link,   ///< the host link
  plain,  ///< text
};

/// Runs the emulator to its end. The first output is that of `awaited`, on a plain line where others print
/// too. Errors: it does not start; interrupted.
Result<GuestRun> run_guest(const std::vector<std::string>& command, Line line, std::chrono::seconds timeout,
                           std::string_view awaited = {});

/// QEMU's arguments, beyond the usual, of the machine that ours and Linux share. On aarch64, `-cpu max` signs
/// pointers by a cipher that takes an emulator hundreds of instructions; Linux' kernel signs in each
/// function, ours never. Both get the cheap way of signing, lest that be what is compared.
std::vector<std::string> fair_arguments(Arch arch);

/// An image that is booted several times with the same arguments.
class BareProgram {
 public:
  /// Prepares the image and its boot bundle in `scratch`, which must outlive this; `label` tells it from
  /// others there. Errors: no image of ours.
  static Result<BareProgram> prepare(const BuiltImage& image, const std::string& label,
                                     std::vector<std::string> args, const fs::path& scratch);

  Machine machine(unsigned cpus, uint64_t memory) const;
  Result<GuestRun> boot(unsigned cpus, uint64_t memory, std::chrono::seconds timeout) const {
    return run_guest(qemu_command(machine(cpus, memory)), Line::link, timeout);
  }
  /// The least memory that can hold the image and its bundle at all.
  uint64_t least_memory() const { return least_memory_; }

 private:
  BareProgram() = default;
  Arch arch_ = Arch::x86_64;
  fs::path kernel_, bundle_;
  uint64_t least_memory_ = 0;
};

}  // namespace bactrian
