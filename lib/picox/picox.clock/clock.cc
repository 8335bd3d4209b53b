// SPDX-License-Identifier: ISC
// The monotonic clock, which OCaml's library lacks.
//
// OCaml's headers want <atomic> in C++, which cross compilers for the bare machine do not have. Integers need
// none of them.

#include <stdint.h>
#include <time.h>

/// Nanoseconds since some fixed moment; unaffected by changes of the date. Allocates nothing on OCaml's heap.
extern "C" intptr_t picox_clock_now(intptr_t) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<intptr_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

/// The same as OCaml's bytecode has it: an integer with the tag bit.
extern "C" intptr_t picox_clock_now_boxed(intptr_t unit) {
  return picox_clock_now(unit) * 2 + 1;
}
