// SPDX-License-Identifier: ISC

// What the C++ library wants of its run-time library: new (std::nothrow) and delete on the nucleus' heap, and
// the ends of failed checks. Plain `new` is not defined, so that a use of it does not link.

#include <nucleus/heap.h>
#include <nucleus/panic.h>

#include <cstddef>
#include <new>

namespace std {
const nothrow_t nothrow{};

/// string_view::substr and its kind, with a position beyond the end.
[[noreturn]] void __throw_out_of_range_fmt(const char* format, ...) {
  nucleus::panic(format);
}
}  // namespace std

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return nucleus::heap_allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return nucleus::heap_allocate(size);
}
void operator delete(void* block) noexcept {
  nucleus::heap_free(block);
}
void operator delete[](void* block) noexcept {
  nucleus::heap_free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  nucleus::heap_free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  nucleus::heap_free(block);
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
  nucleus::heap_free(block);
}
void operator delete[](void* block, const std::nothrow_t&) noexcept {
  nucleus::heap_free(block);
}
