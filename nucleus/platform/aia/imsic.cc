// SPDX-License-Identifier: ISC

#include "imsic.h"

#include <algorithm>

namespace arch::riscv64 {
namespace {

// Spec: [riscv/aia "Indirectly accessed interrupt-file registers"]
constexpr std::uint64_t delivery = 0x70;
constexpr std::uint64_t threshold = 0x72;
constexpr std::uint64_t first_enables = 0xc0;  // 64 in every other one
constexpr unsigned numbers_of_register = 64;

/// siselect and sireg, which an assembler of this age knows only by number.
void write_file(std::uint64_t index, std::uint64_t value) {
  asm volatile("csrw 0x150, %0\n\tcsrw 0x151, %1" : : "r"(index), "r"(value) : "memory");
}

/// stopei: the number that is most urgent, in the upper half; writing makes it no longer pending.
std::uint32_t claim() {
  std::uint64_t value;
  asm volatile("csrrw %0, 0x15c, zero" : "=r"(value) : : "memory");
  return static_cast<std::uint32_t>(value >> 16 & 0x7ff);
}

}  // namespace

void Imsic::attach(const nucleus::devicetree::InterruptController& found) {
  domain_.attach(found, AplicDomain::Delivery::messages);
  pages_ = found.cpu_registers;
  page_shift_ = nucleus::page_shift + found.guest_index_bits;
  number_count_ = std::min(found.message_count + 1, max_numbers);
}

void Imsic::init_this_cpu(std::uint32_t) {
  write_file(threshold, 0);
  for (unsigned first = 0; first < number_count_; first += numbers_of_register)
    write_file(first_enables + first / (numbers_of_register / 2), ~std::uint64_t{0});
  write_file(delivery, 1);
}

nucleus::Result<std::uint32_t> Imsic::allocate_number(std::uint32_t line) {
  const std::uint32_t number = used_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number >= number_count_) {
    used_.store(number_count_, std::memory_order_relaxed);
    return nucleus::Error::too_many;
  }
  lines_[number].store(line != 0 ? line : first_message_line + number, std::memory_order_release);
  return number;
}

void Imsic::start(std::uint32_t hart, std::uint32_t line) {
  if (!domain_.has(line)) return;
  // A line that is started again keeps its number.
  std::uint32_t number = 1;
  while (number < number_count_ && lines_[number].load(std::memory_order_acquire) != line) ++number;
  if (number == number_count_) {
    const auto allocated = allocate_number(line);
    if (!allocated.ok()) return;
    number = allocated.value();
  }
  domain_.send_to(line, hart, number);
  domain_.unmask_and_send(line);
}

std::uint32_t Imsic::take(std::uint32_t) {
  const std::uint32_t number = claim();
  if (number == 0 || number >= number_count_) return 0;
  const std::uint32_t line = lines_[number].load(std::memory_order_acquire);
  if (domain_.has(line)) domain_.mask(line);
  return line;
}

/// A message is a moment, and never masked.
void Imsic::let_through(std::uint32_t line) {
  if (domain_.has(line)) domain_.unmask_and_send(line);
}

nucleus::Result<MessageLine> Imsic::allocate_message(std::uint32_t hart) {
  const std::uint64_t page = std::uint64_t{hart} << page_shift_;
  if (page >= pages_.size) return nucleus::Error::not_supported;
  const std::uint32_t number = TRY(allocate_number(0));
  return MessageLine{
      .line = first_message_line + number, .address = (pages_.start + page).value, .data = number};
}

}  // namespace arch::riscv64
