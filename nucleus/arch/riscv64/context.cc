// SPDX-License-Identifier: ISC

#include <arch/context.h>

#include <cstring>

namespace arch {

extern "C" void arch_begin_context();

namespace {

/// What arch_switch_context pops, lowest address first.
struct SavedRegisters {
  std::uint64_t ra;
  std::uint64_t s[12];
  std::uint64_t padding;
};
static_assert(sizeof(SavedRegisters) == 112);

}  // namespace

void make_context(Context& context, std::byte* stack_top, void (*entry)(void*), void* argument) {
  auto* saved = reinterpret_cast<SavedRegisters*>(stack_top) - 1;
  *saved = {};
  saved->ra = reinterpret_cast<std::uintptr_t>(&arch_begin_context);
  saved->s[1] = reinterpret_cast<std::uintptr_t>(entry);
  saved->s[2] = reinterpret_cast<std::uintptr_t>(argument);
  context.stack_pointer = reinterpret_cast<std::uintptr_t>(saved);
}

/// All zero: round to nearest, no flag raised.
void make_fp_sane(void* state) {
  constexpr std::uint64_t rounding_and_flags = 0xff;
  *reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(state) + 256) &= rounding_and_flags;
}

void fp_init(void* state) {
  std::memset(state, 0, fp_state_size());
}

}  // namespace arch
