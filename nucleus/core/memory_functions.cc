// SPDX-License-Identifier: ISC

// What the compiler itself calls, by its C names, which stay inside nucleus.o. Built with
// -fno-tree-loop-distribute-patterns, or each of them would be compiled into a call of itself.

#include <cstddef>
#include <cstdint>

namespace {

// A word of memory of any type. Where a CPU may not read words at odd addresses, the compiler makes eight
// accesses of one to such a word, so these functions go to an address that is a word's first, and copy bytes
// where source and destination cannot both be at one.
using Word = std::uint64_t __attribute__((may_alias));
struct __attribute__((packed, may_alias)) OddWord {
  std::uint64_t value;
};
constexpr std::size_t word_size = sizeof(Word);
constexpr std::size_t block_words = 8;

std::size_t address(const void* at) {
  return reinterpret_cast<std::uintptr_t>(at);
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  auto* in = static_cast<const unsigned char*>(from);
  if ((address(out) ^ address(in)) % word_size == 0 && size >= word_size) {
    for (; address(out) % word_size != 0; --size) *out++ = *in++;
    for (; size >= 4 * word_size; size -= 4 * word_size, out += 4 * word_size, in += 4 * word_size) {
      auto* out_words = reinterpret_cast<Word*>(out);
      auto* in_words = reinterpret_cast<const Word*>(in);
      const Word a = in_words[0], b = in_words[1], c = in_words[2], d = in_words[3];
      out_words[0] = a;
      out_words[1] = b;
      out_words[2] = c;
      out_words[3] = d;
    }
    for (; size >= word_size; size -= word_size, out += word_size, in += word_size)
      *reinterpret_cast<Word*>(out) = *reinterpret_cast<const Word*>(in);
  }
  for (; size >= word_size; size -= word_size, out += word_size, in += word_size)
    reinterpret_cast<OddWord*>(out)->value = reinterpret_cast<const OddWord*>(in)->value;
  for (; size; --size) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  auto* in = static_cast<const unsigned char*>(from);
  const bool words = (address(out) ^ address(in)) % word_size == 0;
  if (address(out) - address(in) >= size) {
    // Upwards, what is written was read before or is not wanted any more.
    if (words) {
      for (; size && address(out) % word_size != 0; --size) *out++ = *in++;
      for (; size >= word_size; size -= word_size, out += word_size, in += word_size)
        *reinterpret_cast<Word*>(out) = *reinterpret_cast<const Word*>(in);
    }
    for (; size; --size) *out++ = *in++;
    return to;
  }
  const auto copy_last_byte = [&] {
    --size;
    out[size] = in[size];
  };
  if (words) {
    while (size && address(out + size) % word_size != 0) copy_last_byte();
    while (size >= word_size) {
      size -= word_size;
      *reinterpret_cast<Word*>(out + size) = *reinterpret_cast<const Word*>(in + size);
    }
  }
  while (size) copy_last_byte();
  return to;
}

void* memset(void* to, int byte, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  const Word word = (~std::uint64_t{0} / 255) * static_cast<unsigned char>(byte);
  for (; size && address(out) % word_size != 0; --size) *out++ = static_cast<unsigned char>(byte);
  for (; size >= block_words * word_size; size -= block_words * word_size, out += block_words * word_size) {
    auto* words = reinterpret_cast<Word*>(out);
    for (std::size_t i = 0; i < block_words; ++i) words[i] = word;
  }
  for (; size >= word_size; size -= word_size, out += word_size) *reinterpret_cast<Word*>(out) = word;
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
