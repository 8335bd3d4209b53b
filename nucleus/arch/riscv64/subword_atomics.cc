// SPDX-License-Identifier: ISC

// Atomic operations on bytes. The architecture has them for words only, and GCC before 13 calls libatomic,
// which the nucleus has not got. Each works on the aligned word around the byte.

#include <cstdint>

namespace {

/// The byte at `at` within its word.
struct Lane {
  std::uint32_t* word;
  unsigned shift;

  explicit Lane(volatile void* at)
      : word{reinterpret_cast<std::uint32_t*>(reinterpret_cast<std::uintptr_t>(at) & ~std::uintptr_t{3})},
        shift{static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(at) & 3) * 8} {}

  std::uint8_t of(std::uint32_t value) const { return static_cast<std::uint8_t>(value >> shift); }
  std::uint32_t with(std::uint32_t value, std::uint8_t byte) const {
    return (value & ~(std::uint32_t{0xff} << shift)) | std::uint32_t{byte} << shift;
  }
};

}  // namespace

extern "C" {

std::uint8_t exchange_byte(volatile void* at, std::uint8_t byte, int) asm("__atomic_exchange_1");
bool compare_exchange_byte(volatile void* at, void* expected, std::uint8_t desired, bool, int,
                           int) asm("__atomic_compare_exchange_1");

std::uint8_t exchange_byte(volatile void* at, std::uint8_t byte, int) {
  const Lane lane{at};
  std::uint32_t old = __atomic_load_n(lane.word, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(lane.word, &old, lane.with(old, byte), true, __ATOMIC_SEQ_CST,
                                      __ATOMIC_RELAXED)) {
  }
  return lane.of(old);
}

bool compare_exchange_byte(volatile void* at, void* expected, std::uint8_t desired, bool, int, int) {
  const Lane lane{at};
  auto& expected_byte = *static_cast<std::uint8_t*>(expected);
  std::uint32_t old = __atomic_load_n(lane.word, __ATOMIC_RELAXED);
  while (lane.of(old) == expected_byte) {
    if (__atomic_compare_exchange_n(lane.word, &old, lane.with(old, desired), true, __ATOMIC_SEQ_CST,
                                    __ATOMIC_RELAXED))
      return true;
  }
  expected_byte = lane.of(old);
  return false;
}

}  // extern "C"
