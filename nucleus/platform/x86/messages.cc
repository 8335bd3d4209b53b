// SPDX-License-Identifier: ISC

// Messages of devices: a write to the local APICs' address is an interrupt of one of them.
// Spec: [x86/sdm "Message Signalled Interrupts"]

#include <arch/devices.h>

#include <arch/x86_64/vectors.h>

#include <atomic>

#include "interrupt_controllers.h"

namespace arch {
namespace {

constexpr unsigned first_message = x86_64::line_of_first_message;
constexpr unsigned last_message = x86_64::vector::last_line - x86_64::vector::first_line;

std::atomic<unsigned> next_message{first_message};
constexpr std::uint64_t message_address = 0xfee0'0000;
constexpr unsigned destination_shift = 12;
constexpr std::uint32_t largest_destination = 0xff;

}  // namespace

/// To the CPU that asks: any does, since the others are woken from there.
nucleus::Result<MessageLine> allocate_message(std::uint32_t) {
  const std::uint32_t apic_id = x86_64::local_apic().id();
  if (apic_id > largest_destination) return nucleus::Error::not_supported;
  const unsigned line = next_message.fetch_add(1, std::memory_order_relaxed);
  if (line > last_message) {
    next_message.store(last_message + 1, std::memory_order_relaxed);
    return nucleus::Error::too_many;
  }
  return MessageLine{.line = line,
                     .address = message_address | std::uint64_t{apic_id} << destination_shift,
                     .data = x86_64::vector::first_line + line};
}

}  // namespace arch
