// SPDX-License-Identifier: ISC

// What the standard library's headers call where they would throw: a broken invariant of the nucleus.

#include <nucleus/panic.h>

namespace std {

[[noreturn]] void __throw_out_of_range_fmt(const char* format, ...) { nucleus::panic(format); }

}  // namespace std
