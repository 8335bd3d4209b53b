// SPDX-License-Identifier: ISC
#pragma once

// DescriptorTable: small numbers for open files. Not locked: its owner does that.

#include "open_file.h"

#include <nucleus/ref.h>
#include <nucleus/result.h>
#include <nucleus/vector.h>

namespace nucleus {

class DescriptorTable {
 public:
  static constexpr int max_descriptors = 1024;

  /// Errors of all that take a descriptor: bad_descriptor (none is open under that number).

  Result<Ref<OpenFile>> get(int descriptor) const;
  /// Gives `file` the lowest free number from `lowest` on. Errors: too_many, out_of_memory, invalid_argument
  /// (`lowest` out of range).
  Result<int> add(Ref<OpenFile> file, bool close_on_exec, int lowest = 0);
  /// Gives `file` this number; returns what had it (or null). Errors: bad_descriptor (out of range),
  /// out_of_memory.
  Result<Ref<OpenFile>> set(int descriptor, Ref<OpenFile> file, bool close_on_exec);
  /// Frees the number; the caller drops the file, without the table's lock.
  Result<Ref<OpenFile>> remove(int descriptor);

  Result<bool> close_on_exec(int descriptor) const;
  Result<> set_close_on_exec(int descriptor, bool value);

 private:
  struct Slot {
    Ref<OpenFile> file;
    bool close_on_exec = false;
  };
  Result<> check(int descriptor) const;

  Vector<Slot> slots_;
};

}  // namespace nucleus
