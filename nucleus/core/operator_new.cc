// SPDX-License-Identifier: ISC

// new (std::nothrow) and delete on the nucleus' heap. Plain `new` is not defined, so that a use of it does
// not link.

#include <nucleus/heap.h>

#include <cstddef>
#include <new>

namespace std {
const nothrow_t nothrow{};
}

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
