// SPDX-License-Identifier: ISC
//
// What the libraries want of an operating system, and what stands in its place (build.sh renames the calls).
#include <cstddef>
#include <cstdint>

extern "C" {

/// Argon2's own allocation, which nobody asks for: services.cc gives it its memory.
void* redoxfs_no_malloc(std::size_t);
void* redoxfs_no_malloc(std::size_t) {
  return nullptr;
}
void redoxfs_no_free(void*);
void redoxfs_no_free(void*) {}

#if defined(__aarch64__)

/// mbedtls asks a Linux program's start-up data for the bit HWCAP_AES; the processor itself tells:
/// ID_AA64ISAR0_EL1.AES. At EL1.
unsigned long redoxfs_getauxval(unsigned long);
unsigned long redoxfs_getauxval(unsigned long) {
  std::uint64_t features;
  asm("mrs %0, ID_AA64ISAR0_EL1" : "=r"(features));
  return (features >> 4 & 0xF) != 0 ? 1UL << 3 : 0;
}

#endif
}
