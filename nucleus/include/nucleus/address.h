// SPDX-License-Identifier: ISC
#pragma once

// Address types. A physical address, a virtual address and a frame number are different types, so that
// none is ever used for another; arithmetic is in bytes (frames: in pages) and explicit.

#include <compare>
#include <cstddef>
#include <cstdint>

namespace nucleus {

inline constexpr unsigned page_shift = 12;
inline constexpr std::size_t page_size = std::size_t{1} << page_shift;
inline constexpr std::size_t large_page_size = std::size_t{2} << 20;

constexpr std::uint64_t align_down(std::uint64_t value, std::uint64_t alignment) {
  return value & ~(alignment - 1);
}
constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return align_down(value + alignment - 1, alignment);
}
constexpr bool is_aligned(std::uint64_t value, std::uint64_t alignment) {
  return (value & (alignment - 1)) == 0;
}

/// A byte address as the memory bus sees it.
struct PhysAddr {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const PhysAddr&) const = default;
  constexpr PhysAddr operator+(std::uint64_t bytes) const { return {value + bytes}; }
  constexpr PhysAddr operator-(std::uint64_t bytes) const { return {value - bytes}; }
  constexpr std::uint64_t operator-(PhysAddr other) const { return value - other.value; }
};

/// A byte address as a CPU with paging on sees it.
struct VirtAddr {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const VirtAddr&) const = default;
  constexpr VirtAddr operator+(std::uint64_t bytes) const { return {value + bytes}; }
  constexpr VirtAddr operator-(std::uint64_t bytes) const { return {value - bytes}; }
  constexpr std::uint64_t operator-(VirtAddr other) const { return value - other.value; }
  template <typename T = void>
  T* as() const {
    return reinterpret_cast<T*>(static_cast<std::uintptr_t>(value));
  }
  static VirtAddr of(const volatile void* pointer) { return {reinterpret_cast<std::uintptr_t>(pointer)}; }
};

/// A physical page, by number (physical address >> page_shift).
struct Frame {
  std::uint64_t number = 0;
  constexpr auto operator<=>(const Frame&) const = default;
  constexpr PhysAddr address() const { return {number << page_shift}; }
  static constexpr Frame containing(PhysAddr at) { return {at.value >> page_shift}; }
};

/// Access rights of a mapping. Writable and executable together is refused everywhere (W^X).
struct Access {
  bool read = false;
  bool write = false;
  bool execute = false;
  bool user = false;
  constexpr bool operator==(const Access&) const = default;
  constexpr bool none() const { return !read && !write && !execute; }
};
inline constexpr Access access_none{};
inline constexpr Access access_read{.read = true};
inline constexpr Access access_read_write{.read = true, .write = true};
inline constexpr Access access_read_execute{.read = true, .execute = true};

/// How the memory behind a mapping behaves.
enum class MemoryType : std::uint8_t { normal, device, write_combining };

}  // namespace nucleus
