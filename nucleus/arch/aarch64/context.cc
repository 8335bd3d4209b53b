// SPDX-License-Identifier: ISC

#include <arch/context.h>

#include <cstring>

namespace arch {

extern "C" void arch_begin_context();

namespace {

/// What arch_switch_context pops, lowest address first.
struct SavedRegisters {
  std::uint64_t x29 = 0;
  std::uint64_t x30;
  std::uint64_t x27_to_x21[8] = {};
  std::uint64_t x19;
  std::uint64_t x20;
};
static_assert(sizeof(SavedRegisters) == 96);

}  // namespace

void make_context(Context& context, std::byte* stack_top, void (*entry)(void*), void* argument) {
  auto* saved = reinterpret_cast<SavedRegisters*>(stack_top) - 1;
  *saved = {};
  saved->x30 = reinterpret_cast<std::uintptr_t>(&arch_begin_context);
  saved->x19 = reinterpret_cast<std::uintptr_t>(entry);
  saved->x20 = reinterpret_cast<std::uintptr_t>(argument);
  context.stack_pointer = reinterpret_cast<std::uintptr_t>(saved);
}

/// All zero: round to nearest, no trap enabled.
/// Bits that are not there are read as zero anyway; here none reaches the registers.
/// Spec: [arm/arm "C5.2.7 FPCR", "C5.2.8 FPSR"]
void make_fp_sane(void* state) {
  constexpr std::uint64_t control = 0x07ff'9f00;
  constexpr std::uint64_t status = 0xf800'009f;
  auto* const words = reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(state) + 512);
  words[0] &= control;
  words[1] &= status;
}

void fp_init(void* state) {
  std::memset(state, 0, fp_state_size());
}

}  // namespace arch
