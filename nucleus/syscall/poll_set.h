// SPDX-License-Identifier: ISC
#pragma once

// PollSet: several open files, waited for at once.

#include <files/open_file.h>

#include <nucleus/result.h>
#include <nucleus/time.h>
#include <nucleus/vector.h>
#include <nucleus/wait_queue.h>

#include <cstdint>

namespace nucleus {

class PollSet {
 public:
  struct Entry {
    int descriptor;
    std::uint16_t wanted;  // PollEvents
    std::uint16_t found = 0;
    Ref<OpenFile> file;  // null: told as invalid, or left out if the descriptor is negative
    Watch watch{current_thread()};
    bool watching = false;
  };

  PollSet() = default;
  ~PollSet();

  /// Makes room for `count` entries, so that they stay in place. Errors: out_of_memory.
  Result<> reserve(std::size_t count) { return entries_.reserve(count); }
  /// At most as many as were reserved.
  Result<> add(int descriptor, std::uint16_t wanted, Ref<OpenFile> file);

  /// Waits until something wanted is found or `deadline` has passed; returns how many entries found
  /// something. Once. Errors: interrupted.
  Result<std::size_t> wait(Deadline deadline);

  std::span<Entry> entries() { return entries_.span(); }

 private:
  std::size_t look();

  Vector<Entry> entries_;
};

}  // namespace nucleus
