// SPDX-License-Identifier: ISC

// Floating-point state: XSAVE with all components that this port turns on, or FXSAVE on CPUs without it.
// Spec: [x86/sdm "Managing State Using the XSAVE Feature Set"]

#include <arch/context.h>

#include "cpu_features.h"
#include "instructions.h"
#include "parts.h"

#include <cstring>

namespace arch {
namespace {

using namespace x86_64;

/// The start of the area, the same in both formats.
struct LegacyArea {
  std::uint16_t control_word;
  std::uint8_t unused[22];
  std::uint32_t mxcsr;
  std::uint32_t mxcsr_mask;
};
static_assert(offsetof(LegacyArea, mxcsr) == 24);

constexpr std::size_t fxsave_size = 512;
constexpr std::uint16_t initial_control_word = 0x37f;  // as the psABI has it: all masked, extended precision
constexpr std::uint32_t initial_mxcsr = 0x1f80;

/// Behind the legacy area, where there is XSAVE.
struct XsaveHeader {
  std::uint64_t components;
  std::uint64_t compaction;
  std::uint64_t reserved[6];
};

std::size_t state_size = fxsave_size;
std::uint64_t enabled_components = 0;
std::uint32_t mxcsr_mask = 0;

// x87, SSE, AVX, AVX-512: state that C code may use. Not MPX (gone), PKRU, AMX (large, and asked for by
// programs explicitly).
constexpr std::uint64_t wanted_components = 0b1110'0111;

}  // namespace

void x86_64::enable_fp() {
  if (cpu_features().xsave) {
    const CpuidResult supported = cpuid(0xd, 0);
    std::uint64_t components = supported.eax & wanted_components;
    constexpr std::uint64_t avx512 = 0b1110'0000;
    if ((components & avx512) != avx512) components &= ~avx512;
    write_xcr0(components);
    enabled_components = components;
    state_size = cpuid(0xd, 0).ebx;  // for what is in XCR0 now
  }
  asm volatile("fninit\n\tldmxcsr %0" : : "m"(initial_mxcsr));
  alignas(16) std::uint8_t saved[fxsave_size];
  asm volatile("fxsave64 %0" : "=m"(saved));
  std::memcpy(&mxcsr_mask, saved + offsetof(LegacyArea, mxcsr_mask), sizeof mxcsr_mask);
  constexpr std::uint32_t mask_of_old_cpus = 0xffbf;
  if (mxcsr_mask == 0) mxcsr_mask = mask_of_old_cpus;
}

void make_fp_sane(void* state) {
  static_cast<LegacyArea*>(state)->mxcsr &= mxcsr_mask;
  if (!cpu_features().xsave) return;
  auto* const header = reinterpret_cast<XsaveHeader*>(static_cast<std::byte*>(state) + fxsave_size);
  *header = {.components = header->components & enabled_components, .compaction = 0, .reserved = {}};
}

std::size_t fp_state_size() {
  return state_size;
}

void fp_init(void* state) {
  std::memset(state, 0, state_size);  // XSTATE_BV zero: every component in its initial state
  auto* const legacy = static_cast<LegacyArea*>(state);
  legacy->control_word = initial_control_word;
  legacy->mxcsr = initial_mxcsr;
}

void fp_save(void* state) {
  if (cpu_features().xsave) {
    asm volatile("xsave64 (%0)" : : "r"(state), "a"(~0u), "d"(~0u) : "memory");
  } else {
    asm volatile("fxsave64 (%0)" : : "r"(state) : "memory");
  }
}

void fp_restore(void* state) {
  if (cpu_features().xsave) {
    asm volatile("xrstor64 (%0)" : : "r"(state), "a"(~0u), "d"(~0u) : "memory");
  } else {
    asm volatile("fxrstor64 (%0)" : : "r"(state) : "memory");
  }
}

void fp_save_callee(void* state) {
  auto* const legacy = static_cast<LegacyArea*>(state);
  asm volatile("fnstcw %0\n\tstmxcsr %1" : "=m"(legacy->control_word), "=m"(legacy->mxcsr));
}

/// Loading control words is slow, and they nearly always are what they were: look first.
void fp_restore_callee(void* state) {
  const auto* const legacy = static_cast<LegacyArea*>(state);
  std::uint16_t control_word;
  std::uint32_t mxcsr;
  asm volatile("fnstcw %0\n\tstmxcsr %1" : "=m"(control_word), "=m"(mxcsr));
  if (control_word != legacy->control_word) asm volatile("fldcw %0" : : "m"(legacy->control_word));
  constexpr std::uint32_t mxcsr_control = 0xffc0;  // the rest are sticky status flags
  if (((mxcsr ^ legacy->mxcsr) & mxcsr_control) != 0) asm volatile("ldmxcsr %0" : : "m"(legacy->mxcsr));
}

}  // namespace arch
