// SPDX-License-Identifier: ISC

#include <arch/context.h>

#include "instructions.h"

extern "C" void x86_context_start();

namespace arch {

void make_context(Context& context, std::byte* stack_top, void (*entry)(void*), void* argument) {
  // What arch_switch_context pops, in its order; x86_context_start finds the entry in rbx, the argument in
  // r12. One more word keeps the stack 16-byte aligned at the call of the entry.
  struct Initial {
    std::uintptr_t r15, r14, r13, r12, rbx, rbp, return_address, padding;
  };
  auto* const initial = reinterpret_cast<Initial*>(stack_top - sizeof(Initial));
  *initial = {.r12 = reinterpret_cast<std::uintptr_t>(argument),
              .rbx = reinterpret_cast<std::uintptr_t>(entry),
              .return_address = reinterpret_cast<std::uintptr_t>(&x86_context_start)};
  context.stack_pointer = reinterpret_cast<std::uintptr_t>(initial);
}

std::uintptr_t read_fs_base_register() {
  return x86_64::read_msr(x86_64::msr::fs_base);
}

void write_fs_base_register(std::uintptr_t value) {
  x86_64::write_msr(x86_64::msr::fs_base, value);
}

}  // namespace arch
