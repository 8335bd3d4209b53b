// SPDX-License-Identifier: ISC

#include "rtc.h"

#include <arch/x86_64/instructions.h>

namespace arch::x86_64 {
namespace {

std::uint8_t read_register(std::uint8_t index) {
  constexpr std::uint16_t select = 0x70;
  constexpr std::uint16_t data = 0x71;
  constexpr std::uint8_t nmi_off = 0x80;  // stays off while the register is selected
  out8(select, nmi_off | index);
  const std::uint8_t value = in8(data);
  out8(select, 0);
  return value;
}

bool update_in_progress() {
  constexpr std::uint8_t status_a = 10;
  return (read_register(status_a) & 0x80) != 0;
}

RtcRegisters read_registers(std::uint8_t century_register) {
  RtcRegisters registers;
  registers.second = read_register(0);
  registers.minute = read_register(2);
  registers.hour = read_register(4);
  registers.day = read_register(7);
  registers.month = read_register(8);
  registers.year = read_register(9);
  registers.status_b = read_register(11);
  if (century_register != 0 && century_register < 128) registers.century = read_register(century_register);
  return registers;
}

}  // namespace

std::uint64_t read_rtc_seconds(std::uint8_t century_register) {
  constexpr unsigned patience = 20'000;  // an update takes 2 ms, a look at least 100 ns
  for (unsigned i = 0; i < patience; ++i) {
    if (update_in_progress()) continue;
    const RtcRegisters first = read_registers(century_register);
    if (!update_in_progress() && read_registers(century_register) == first) return decode_rtc(first);
  }
  return 0;
}

}  // namespace arch::x86_64
