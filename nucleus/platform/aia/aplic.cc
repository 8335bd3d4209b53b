// SPDX-License-Identifier: ISC

#include "aplic.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/panic.h>

#include <algorithm>

namespace arch::riscv64 {
namespace {

// Spec: [riscv/aia "Memory-mapped control region for an interrupt domain"]
constexpr std::uint32_t domain_configuration = 0x0000;
constexpr std::uint32_t inputs = 0x1d00;  // 32 lines each
constexpr std::uint32_t set_pending_by_number = 0x1cdc;
constexpr std::uint32_t clear_pending_by_number = 0x1ddc;
constexpr std::uint32_t clear_all_enables = 0x1f00;
constexpr std::uint32_t set_enable_by_number = 0x1edc;
constexpr std::uint32_t clear_enable_by_number = 0x1fdc;
constexpr std::uint32_t source_of(std::uint32_t line) {
  return line * 4;
}
constexpr std::uint32_t target_of(std::uint32_t line) {
  return 0x3000 + line * 4;
}

constexpr std::uint32_t delivers = 1u << 8;
constexpr std::uint32_t delivers_messages = 1u << 2;
constexpr std::uint32_t source_active_high = 6;
constexpr unsigned target_hart_shift = 18;
constexpr std::uint32_t highest_line = 1023;

// Direct delivery: what each hart has.
constexpr std::uint32_t delivery_of(std::uint32_t hart) {
  return 0x4000 + hart * 32;
}
constexpr std::uint32_t threshold_of(std::uint32_t hart) {
  return delivery_of(hart) + 0x08;
}
constexpr std::uint32_t claim_of(std::uint32_t hart) {
  return delivery_of(hart) + 0x1c;
}
constexpr unsigned claim_line_shift = 16;
constexpr std::uint32_t claim_line_mask = 0x3ff;
constexpr std::uint32_t only_priority = 1;

}  // namespace

void AplicDomain::attach(const nucleus::devicetree::InterruptController& found, Delivery delivery) {
  const nucleus::PhysRange at = found.registers;
  auto mapped = nucleus::map_device(at.start, at.size, nucleus::MemoryType::device);
  if (!mapped.ok()) nucleus::panic("no memory to map the interrupt controller");
  registers_ = {static_cast<std::uintptr_t>(mapped.value().value)};
  line_count_ = std::min(found.line_count, highest_line);
  for (std::uint32_t line = 0; line <= line_count_; line += 32)
    registers_.write(clear_all_enables + line / 8, ~0u);
  for (std::uint32_t line = 1; line <= line_count_; ++line)
    registers_.write(source_of(line), source_active_high);
  registers_.write(domain_configuration, delivers | (delivery == Delivery::messages ? delivers_messages : 0));
}

void AplicDomain::send_to(std::uint32_t line, std::uint32_t hart, std::uint32_t as) const {
  registers_.write(target_of(line), hart << target_hart_shift | as);
}

void AplicDomain::mask(std::uint32_t line) const {
  registers_.write(clear_enable_by_number, line);
}

void AplicDomain::unmask(std::uint32_t line) const {
  registers_.write(set_enable_by_number, line);
}

bool AplicDomain::is_up(std::uint32_t line) const {
  return (registers_.read(inputs + line / 32 * 4) >> line % 32 & 1) != 0;
}

void AplicDomain::unmask_and_send(std::uint32_t line) const {
  // What was pending may be over; and a controller may take a number for pending without looking at the line.
  registers_.write(is_up(line) ? set_pending_by_number : clear_pending_by_number, line);
  unmask(line);
}

void Aplic::attach(const nucleus::devicetree::InterruptController& found) {
  domain_.attach(found, AplicDomain::Delivery::direct);
}

void Aplic::init_this_cpu(std::uint32_t hart) {
  domain_.registers().write(threshold_of(hart), 0);
  domain_.registers().write(delivery_of(hart), 1);
}

void Aplic::start(std::uint32_t hart, std::uint32_t line) {
  if (!domain_.has(line)) return;
  domain_.send_to(line, hart, only_priority);
  domain_.unmask(line);
}

std::uint32_t Aplic::take(std::uint32_t hart) {
  const std::uint32_t line = domain_.registers().read(claim_of(hart)) >> claim_line_shift & claim_line_mask;
  // QEMU keeps one pending that went down while it was masked.
  if (line == 0 || !domain_.is_up(line)) return 0;
  domain_.mask(line);
  return line;
}

void Aplic::let_through(std::uint32_t line) {
  if (domain_.has(line)) domain_.unmask(line);
}

}  // namespace arch::riscv64
