// SPDX-License-Identifier: ISC
#include "core/seahash.h"

#include <cstring>

namespace redoxfs {

namespace {

std::uint64_t diffuse(std::uint64_t x) {
  x *= 0x6eed'0e9d'a4d9'4a4f;
  x ^= (x >> 32) >> (x >> 60);
  return x * 0x6eed'0e9d'a4d9'4a4f;
}

/// Up to eight bytes, little-endian, zero-extended. Every target of ours is little-endian.
std::uint64_t word(const std::byte* from, std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, from, size);
  return value;
}

}  // namespace

std::uint64_t seahash(ConstBytes data) {
  std::uint64_t a = 0x16f1'1fe8'9b0d'677c;
  std::uint64_t b = 0xb480'a793'd8e6'c86c;
  std::uint64_t c = 0x6fe2'e5aa'f078'ebc9;
  std::uint64_t d = 0x14f9'94a4'c525'9381;
  const std::byte* at = data.data();
  std::size_t left = data.size();
  for (; left >= 32; left -= 32, at += 32) {
    a = diffuse(a ^ word(at, 8));
    b = diffuse(b ^ word(at + 8, 8));
    c = diffuse(c ^ word(at + 16, 8));
    d = diffuse(d ^ word(at + 24, 8));
  }
  std::uint64_t* const lanes[] = {&a, &b, &c, &d};
  for (int lane = 0; left > 0; lane++) {
    const std::size_t size = left < 8 ? left : 8;
    *lanes[lane] = diffuse(*lanes[lane] ^ word(at, size));
    at += size;
    left -= size;
  }
  return diffuse(a ^ b ^ c ^ d ^ data.size());
}

}  // namespace redoxfs
