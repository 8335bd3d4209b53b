// SPDX-License-Identifier: ISC

// What the compiler itself calls, by its C names, which stay inside nucleus.o. Built with
// -fno-tree-loop-distribute-patterns, or each of them would be compiled into a call of itself.

#include <cstddef>
#include <cstdint>

namespace {

// A word at any address: accesses through it make no assumption on alignment or type.
struct __attribute__((packed, may_alias)) Word {
  std::uint64_t value;
};

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  auto* in = static_cast<const unsigned char*>(from);
  for (; size >= 32; size -= 32, out += 32, in += 32) {
    auto* out_words = reinterpret_cast<Word*>(out);
    auto* in_words = reinterpret_cast<const Word*>(in);
    const std::uint64_t a = in_words[0].value;
    const std::uint64_t b = in_words[1].value;
    const std::uint64_t c = in_words[2].value;
    const std::uint64_t d = in_words[3].value;
    out_words[0].value = a;
    out_words[1].value = b;
    out_words[2].value = c;
    out_words[3].value = d;
  }
  for (; size >= 8; size -= 8, out += 8, in += 8)
    reinterpret_cast<Word*>(out)->value = reinterpret_cast<const Word*>(in)->value;
  for (; size; --size) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  auto* in = static_cast<const unsigned char*>(from);
  if (reinterpret_cast<std::uintptr_t>(out) - reinterpret_cast<std::uintptr_t>(in) >= size) {
    // Upwards, what is written was read before or is not wanted any more.
    for (; size >= 8; size -= 8, out += 8, in += 8)
      reinterpret_cast<Word*>(out)->value = reinterpret_cast<const Word*>(in)->value;
    for (; size; --size) *out++ = *in++;
    return to;
  }
  while (size >= 8) {
    size -= 8;
    reinterpret_cast<Word*>(out + size)->value = reinterpret_cast<const Word*>(in + size)->value;
  }
  while (size) {
    --size;
    out[size] = in[size];
  }
  return to;
}

void* memset(void* to, int byte, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  const std::uint64_t word = (~std::uint64_t{0} / 255) * static_cast<unsigned char>(byte);
  for (; size >= 64; size -= 64, out += 64) {
    auto* words = reinterpret_cast<Word*>(out);
    for (unsigned i = 0; i < 8; ++i) words[i].value = word;
  }
  for (; size >= 8; size -= 8, out += 8) reinterpret_cast<Word*>(out)->value = word;
  for (; size; --size) *out++ = static_cast<unsigned char>(byte);
  return to;
}

int memcmp(const void* left, const void* right, std::size_t size) {
  auto* a = static_cast<const unsigned char*>(left);
  auto* b = static_cast<const unsigned char*>(right);
  for (; size; --size, ++a, ++b)
    if (*a != *b) return *a < *b ? -1 : 1;
  return 0;
}

void* memchr(const void* block, int byte, std::size_t size) {
  auto* at = static_cast<const unsigned char*>(block);
  for (; size; --size, ++at)
    if (*at == static_cast<unsigned char>(byte)) return const_cast<unsigned char*>(at);
  return nullptr;
}

std::size_t strlen(const char* text) {
  const char* end = text;
  while (*end) ++end;
  return static_cast<std::size_t>(end - text);
}
}
