// SPDX-License-Identifier: ISC

// How a test breaks the nucleus, to see that a debug build notices: nucleus_break, which only images of debug
// builds have. tests/system/nucleus_checks calls it.

#include <nucleus/cpu.h>
#include <nucleus/frames.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/locked.h>
#include <nucleus/panic.h>
#include <nucleus/thread.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/interrupts.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace nucleus {
namespace {

/// A value that the compiler knows nothing about.
template <typename T>
T unknown(T value) {
  asm volatile("" : "+r"(value));
  return value;
}

void write_to_free_frame() {
  const Result<Frame> frame = allocate_frames(0, FrameUse::kernel, Zeroed::yes);
  NUCLEUS_CHECK(frame.ok());
  auto* const memory = static_cast<volatile std::uint8_t*>(frame_memory(frame.value()));
  release_frames(frame.value());
  memory[page_size - 1] = 0;
  while (allocate_frames(0, FrameUse::kernel, Zeroed::no).ok()) continue;
}

[[gnu::noinline]] void write_beyond_array() {
  char text[16];
  auto* const start = unknown(static_cast<char*>(text));
  for (unsigned i = 0; i < unknown(40u); ++i) unknown(start + i)[0] = 'x';
  asm volatile("" : : "r"(start) : "memory");
}

void write_beyond_stack() {
  kernel_stack_of(unknown(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)))).owner = nullptr;
  for (;;) yield();
}

void take_locks_in_wrong_order() {
  static constinit Locked<int, Rank::log> inner;
  static constinit Locked<int, Rank::futex> outer;
  inner.with([](int&) { outer.with([](int&) {}); });
}

int overflow() {
  return unknown(std::numeric_limits<int>::max()) + unknown(1);
}

int shift_too_far() {
  return unknown(1) << unknown(32);
}

int index_too_far() {
  const int numbers[4] = {};
  return numbers[unknown(4)];
}

int load_misaligned() {
  alignas(8) static const char bytes[8] = {};
  return *reinterpret_cast<const int*>(unknown(static_cast<const char*>(bytes)) + 1);
}

int load_null() {
  return *unknown(static_cast<const int*>(nullptr));
}

bool load_bad_bool() {
  const std::uint8_t two = 2;
  return *reinterpret_cast<const bool*>(unknown(&two));
}

struct Break {
  std::string_view name;
  void (*function)();
};

constexpr Break breaks[] = {
    {"poison", write_to_free_frame},
    {"canary", write_beyond_array},
    {"stack-end", write_beyond_stack},
    {"rank", take_locks_in_wrong_order},
    {"assertion", [] { NUCLEUS_ASSERT(unknown(1) == 2); }},
    {"overflow", [] { unknown(overflow()); }},
    {"shift", [] { unknown(shift_too_far()); }},
    {"index", [] { unknown(index_too_far()); }},
    {"misaligned", [] { unknown(load_misaligned()); }},
    {"null", [] { unknown(load_null()); }},
    {"bool", [] { unknown(load_bad_bool()); }},
};

void break_it(void* name) {
  for (const Break& one : breaks) {
    if (one.name == static_cast<const char*>(name)) one.function();
  }
}

}  // namespace
}  // namespace nucleus

/// Breaks the nucleus in the way of that name, on the thread's kernel stack, as a call of the program would.
/// Returns if nobody notices.
extern "C" void nucleus_break(const char* name) {
  // On the program's stack: the thread is not to be found by the stack pointer.
  const arch::InterruptState before = arch::save_and_disable_interrupts();
  const std::uintptr_t stack_top = arch::this_cpu()->current->kernel_stack_top();
  arch::restore_interrupts(before);
  arch::call_on_stack(reinterpret_cast<std::byte*>(stack_top), nucleus::break_it, const_cast<char*>(name));
}
