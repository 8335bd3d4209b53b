// SPDX-License-Identifier: ISC
#pragma once

// What this CPU has, as far as the port chooses by it, and what an image may require of it.

#include <cstdint>

namespace arch::x86_64 {

struct CpuFeatures {
  bool xsave = false;
  bool fsgsbase = false;
  bool x2apic = false;
  bool tsc_deadline = false;
  bool reliable_tsc = false;  // runs at one rate in every state: CPUID says so, or it is QEMU's emulation
  bool rdrand = false;
  bool rdseed = false;
  std::uint32_t hardware_capabilities = 0;  // CPUID 1 edx: AT_HWCAP
};

/// Filled in by check_cpu_features().
const CpuFeatures& cpu_features();

/// Bits of `image_cpu_requirements`, an absolute symbol that the final link may define from what it finds in
/// the objects: instructions of these sets are used unconditionally. Documented in docs/boot.md.
enum class Requirement : std::uint64_t {
  sse3 = 1 << 0,
  ssse3 = 1 << 1,
  sse4_1 = 1 << 2,
  sse4_2 = 1 << 3,
  popcnt = 1 << 4,
  avx = 1 << 5,
  avx2 = 1 << 6,
  bmi1 = 1 << 7,
  bmi2 = 1 << 8,
  fma = 1 << 9,
  lzcnt = 1 << 10,
  movbe = 1 << 11,
  f16c = 1 << 12,
  avx512f = 1 << 13,
};

}  // namespace arch::x86_64
