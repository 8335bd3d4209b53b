// SPDX-License-Identifier: ISC

#include "plic.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/panic.h>

#include <algorithm>

namespace arch::riscv64 {
namespace {

// Spec: [riscv/plic "Memory Map"]
constexpr std::uint32_t priority_of(std::uint32_t line) {
  return line * 4;
}
constexpr std::uint32_t enables_of(std::uint32_t context, std::uint32_t line) {
  return 0x2000 + context * 0x80 + line / 32 * 4;
}
constexpr std::uint32_t threshold_of(std::uint32_t context) {
  return 0x20'0000 + context * 0x1000;
}
constexpr std::uint32_t claim_of(std::uint32_t context) {
  return threshold_of(context) + 4;
}

}  // namespace

void Plic::attach(const nucleus::devicetree::InterruptController& found) {
  const nucleus::PhysRange at = found.registers;
  auto mapped = nucleus::map_device(at.start, at.size, nucleus::MemoryType::device);
  if (!mapped.ok()) nucleus::panic("no memory to map the interrupt controller");
  registers_ = {static_cast<std::uintptr_t>(mapped.value().value)};
  line_count_ = std::min(found.line_count, highest_line);
  for (std::uint32_t line = 1; line <= line_count_; ++line) registers_.write(priority_of(line), 1);
}

void Plic::init_this_cpu(std::uint32_t context) {
  for (std::uint32_t line = 0; line <= line_count_; line += 32)
    registers_.write(enables_of(context, line), 0);
  registers_.write(threshold_of(context), 0);
}

void Plic::start(std::uint32_t context, std::uint32_t line) {
  if (line > line_count_) return;
  contexts_[line] = context;
  const std::uint32_t at = enables_of(context, line);
  registers_.write(at, registers_.read(at) | 1u << (line % 32));
}

std::uint32_t Plic::take(std::uint32_t context) {
  return registers_.read(claim_of(context));
}

void Plic::let_through(std::uint32_t line) {
  if (line <= line_count_) registers_.write(claim_of(contexts_[line]), line);
}

}  // namespace arch::riscv64
