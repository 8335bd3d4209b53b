// SPDX-License-Identifier: ISC

#include <nucleus/entropy.h>
#include <nucleus/panic.h>
#include <nucleus/stack_guard.h>

#include <cstdint>
#include <cstring>
#include <span>

extern "C" {

/// Read by compiled code at the start and at the end of a function.
std::uintptr_t __stack_chk_guard = 0x5afe'57ac'c0de'0a00;

[[noreturn]] void __stack_chk_fail() {
  nucleus::panic("a function wrote beyond an array on its stack");
}

}  // extern "C"

namespace nucleus {

[[gnu::no_stack_protector]] void init_stack_guard() {
  std::uint8_t bytes[sizeof(std::uintptr_t)];
  random_bytes(bytes);
  std::uintptr_t guard;
  std::memcpy(&guard, bytes, sizeof guard);
  // A zero byte in front: no text that runs over an array can bring it along.
  __stack_chk_guard = guard & ~std::uintptr_t{0xff};
}

}  // namespace nucleus
