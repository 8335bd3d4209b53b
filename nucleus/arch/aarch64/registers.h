// SPDX-License-Identifier: ISC
#pragma once

// The system registers that this port reads and writes, and its few special instructions.

#include <cstdint>

namespace arch::aarch64 {

#define AARCH64_READ(function, name)             \
  inline std::uint64_t read_##function() {       \
    std::uint64_t value;                         \
    asm volatile("mrs %0, " name : "=r"(value)); \
    return value;                                \
  }
#define AARCH64_WRITE(function, name)                 \
  inline void write_##function(std::uint64_t value) { \
    asm volatile("msr " name ", %0" : : "r"(value));  \
  }

AARCH64_READ(esr, "esr_el1")
AARCH64_READ(far, "far_el1")
AARCH64_READ(mpidr, "mpidr_el1")
AARCH64_READ(counter_frequency, "cntfrq_el0")
AARCH64_READ(isa_features_0, "id_aa64isar0_el1")
AARCH64_READ(processor_features_0, "id_aa64pfr0_el1")
AARCH64_READ(memory_features_1, "id_aa64mmfr1_el1")
AARCH64_READ(translation_control, "tcr_el1")
AARCH64_WRITE(translation_control, "tcr_el1")
AARCH64_READ(feature_access, "cpacr_el1")
AARCH64_WRITE(feature_access, "cpacr_el1")
AARCH64_WRITE(vector_base, "vbar_el1")
AARCH64_WRITE(timer_control, "cntv_ctl_el0")
AARCH64_WRITE(timer_compare, "cntv_cval_el0")

// GICv3's CPU interface: names that an assembler of this age knows only by number.
AARCH64_READ(icc_sre, "S3_0_C12_C12_5")
AARCH64_WRITE(icc_sre, "S3_0_C12_C12_5")
AARCH64_READ(icc_iar1, "S3_0_C12_C12_0")
AARCH64_WRITE(icc_eoir1, "S3_0_C12_C12_1")
AARCH64_WRITE(icc_pmr, "S3_0_C4_C6_0")
AARCH64_WRITE(icc_igrpen1, "S3_0_C12_C12_7")
AARCH64_WRITE(icc_sgi1r, "S3_0_C12_C11_5")

#undef AARCH64_READ
#undef AARCH64_WRITE

/// The virtual counter, not read ahead of earlier instructions.
inline std::uint64_t read_counter() {
  std::uint64_t value;
  asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value) : : "memory");
  return value;
}

/// A random number; false if the CPU had none ready.  Spec: [arm/arm "RNDR"]
inline bool read_random(std::uint64_t& value) {
  std::uint64_t ready;
  asm volatile("mrs %0, S3_3_C2_C4_0\n\tcset %1, ne" : "=r"(value), "=r"(ready) : : "cc");
  return ready != 0;
}

inline void instruction_barrier() {
  asm volatile("isb" : : : "memory");
}
inline void data_barrier() {
  asm volatile("dsb sy" : : : "memory");
}

/// Privileged access never: the CPU can keep the kernel out of users' memory.
inline bool has_pan() {
  return (read_memory_features_1() >> 20 & 0xf) != 0;
}

/// The affinity fields of an MPIDR, as devicetrees and PSCI give them.
constexpr std::uint64_t affinity(std::uint64_t mpidr) {
  return mpidr & 0xff'00ff'ffff;
}

}  // namespace arch::aarch64
