// SPDX-License-Identifier: ISC

#include "panic_trace.h"

#include "backtrace.h"
#include "memory_view.h"
#include "ocaml_frames.h"
#include "panic_text.h"

#include <nucleus/cpu.h>
#include <nucleus/kernel_stack.h>
#include <nucleus/memory_layout.h>
#include <nucleus/thread.h>

#include <arch/backtrace.h>
#include <arch/cpu.h>
#include <arch/trap.h>

// Made by ocamlopt for the whole program; missing in an image without OCaml.
extern "C" [[gnu::weak]] const std::uint64_t caml_frametable[];

namespace nucleus {
namespace {

bool is_after_call(const MemoryView& memory, std::uint64_t address) {
  std::uint8_t before[arch::longest_call];
  if (!memory.is_code(address)) return false;
  if (!memory.code(address - sizeof before, before, sizeof before)) return false;
  return arch::is_after_call(before);
}

struct Tracer {
  const MemoryView& memory = machine_memory();
  OcamlFrameTables ocaml{memory, reinterpret_cast<std::uint64_t>(caml_frametable)};
  Backtrace backtrace{memory, ocaml, is_after_call, panic_backtrace_line, nullptr};

  void follow(const BacktraceStart& start) {
    panic_line("backtrace (? marks a guess):");
    // The stack that the frame pointers begin on: a kernel stack, or the boot stack of unknown extent.
    std::uint64_t low = 0;
    std::uint64_t high = ~std::uint64_t{0};
    if (layout::stack_window.contains({start.frame_pointer})) {
      low = align_down(start.frame_pointer, kernel_stack_slot_size);
      high = low + kernel_stack_slot_size;
    }
    backtrace.follow_frame_pointers(start, low, high, arch::frame_record_offset);
  }
};

BacktraceStart start_of(const arch::TrapFrame& frame) {
  return {.program_counter = frame.instruction_pointer(),
          .stack_pointer = frame.stack_pointer(),
          .frame_pointer = frame.frame_pointer(),
          .return_address = arch::return_register(frame)};
}

}  // namespace

void print_registers(const arch::TrapFrame& frame) {
  panic_line("registers:");
  char line[160];
  std::size_t used = 0;
  unsigned column = 0;
  frame.for_each_register([&](const char* name, std::uint64_t value) {
    used += format(std::span{line}.subspan(used), "  {}={:x}", name, value).size();
    if (++column % 4 == 0) {
      panic_line(std::string_view{line, used});
      used = 0;
    }
  });
  if (used > 0) panic_line(std::string_view{line, used});
}

void print_program_backtrace(const arch::TrapFrame& frame) {
  Tracer tracer;
  panic_line("backtrace (? marks a guess):");
  tracer.backtrace.scan(start_of(frame));
}

void print_nucleus_backtrace(const arch::TrapFrame& frame) {
  Tracer tracer;
  tracer.follow(start_of(frame));
}

void print_own_backtrace(std::uint64_t frame_pointer) {
  Tracer tracer;
  tracer.follow({.frame_pointer = frame_pointer});
}

void print_thread() {
  const Cpu* cpu = arch::this_cpu();
  if (!cpu || !cpu->current) {
    panic_line("on the boot stack");
    return;
  }
  const Thread& thread = *cpu->current;
  panic_line("thread {} {} on CPU {}", thread.id(), std::string_view{thread.name}, cpu->index);
}

}  // namespace nucleus
