// SPDX-License-Identifier: ISC

#include "frame_poison.h"

#include <nucleus/frames.h>
#include <nucleus/panic.h>

#include <cstdint>

namespace nucleus {

#ifdef NUCLEUS_DEBUG
namespace {

// No address of ours, no text, and as a pointer it faults on every architecture.
constexpr std::uint64_t poison = 0x6bad'f4ee'6bad'f4ee;

struct Words {
  std::uint64_t* first;
  std::uint64_t* end;
};

Words poisoned_words(Frame frame, std::size_t kept) {
  auto* const memory = static_cast<std::uint64_t*>(frame_memory(frame));
  return {memory + kept / sizeof poison, memory + page_size / sizeof poison};
}

}  // namespace

void poison_frame(Frame frame, std::size_t kept) {
  const Words words = poisoned_words(frame, kept);
  for (std::uint64_t* word = words.first; word != words.end; ++word) *word = poison;
}

void check_poison(Frame frame, std::size_t kept) {
  const Words words = poisoned_words(frame, kept);
  std::uint64_t differing = 0;
  for (const std::uint64_t* word = words.first; word != words.end; ++word) differing |= *word ^ poison;
  if (differing != 0) panic("a free frame of memory was written to");
}
#endif

}  // namespace nucleus
