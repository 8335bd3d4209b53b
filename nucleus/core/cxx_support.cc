// SPDX-License-Identifier: ISC

// What the compiler refers to for a thing that never happens here.

#include <nucleus/panic.h>

extern "C" void __cxa_pure_virtual() {
  nucleus::panic("a virtual function was called on an object that is not whole");
}
