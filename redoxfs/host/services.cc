// SPDX-License-Identifier: ISC
#include "host/services.h"

#include <lz4.h>

#include <cstdlib>
#include <ctime>

namespace redoxfs::host {

void* HeapMemory::allocate(std::size_t size) {
  return std::malloc(size);
}

void HeapMemory::release(void* memory, std::size_t) {
  std::free(memory);
}

Time SystemClock::now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return {static_cast<std::uint64_t>(time.tv_sec), static_cast<std::uint32_t>(time.tv_nsec)};
}

std::size_t Lz4::compress(ConstBytes from, Bytes into) {
  const int size =
      LZ4_compress_default(reinterpret_cast<const char*>(from.data()), reinterpret_cast<char*>(into.data()),
                           static_cast<int>(from.size()), static_cast<int>(into.size()));
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

Result<std::size_t> Lz4::decompress(ConstBytes from, Bytes into) {
  const int size =
      LZ4_decompress_safe(reinterpret_cast<const char*>(from.data()), reinterpret_cast<char*>(into.data()),
                          static_cast<int>(from.size()), static_cast<int>(into.size()));
  if (size < 0) return Error::damaged;
  return static_cast<std::size_t>(size);
}

}  // namespace redoxfs::host
