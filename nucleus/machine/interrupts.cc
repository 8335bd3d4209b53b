// SPDX-License-Identifier: ISC

// The interrupts of PCI functions, for programs.

#include "on_kernel_stack.h"
#include "pci.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/device_interrupts.h>
#include <nucleus/mutex.h>

#include <arch/devices.h>

#include <platform/pci/messages.h>
#include <platform/pci/requester.h>

#include <array>

namespace nucleus {
namespace {

/// What has been claimed. A function interrupts in one way only.
struct Taken {
  std::uint32_t function = 0;
  std::uint32_t kind = 0;
  std::uint32_t entry = 0;
};

constexpr unsigned max_taken = 64;

struct TakenTable {
  std::array<Taken, max_taken> all{};
  unsigned count = 0;

  bool leaves(const Taken& wanted) const {
    for (unsigned i = 0; i < count; ++i) {
      if (all[i].function == wanted.function && (all[i].kind != wanted.kind || all[i].entry == wanted.entry))
        return false;
    }
    return count < max_taken;
  }

  bool has_pin(std::uint32_t function) const {
    for (unsigned i = 0; i < count; ++i) {
      if (all[i].function == function && all[i].kind == NUCLEUS_INTERRUPT_PIN) return true;
    }
    return false;
  }
};

constinit Mutex setting_up;
constinit TakenTable taken;  // under `setting_up`

constexpr arch::LineForm message_form{.level = false};

Result<arch::MessageLine> allocate_message(const PciFunction& at) {
  return arch::allocate_message(pci::requester_id(*at.space, *found_pci_functions(), *at.function));
}

Result<unsigned> claim_msi_x(const PciFunction& at, std::uint32_t entry) {
  constexpr std::uint32_t entry_size = 16;
  const auto table = pci::find_message_table(*at.space, *at.function);
  if (!table || entry >= table->entries) return Error::not_supported;
  const nucleus_bar& bar = at.function->bars[table->bar];
  if (bar.cpu_address == 0) return Error::not_supported;
  const PhysAddr place{bar.cpu_address + table->offset + entry * entry_size};
  const VirtAddr words = TRY(map_device(place, entry_size, MemoryType::device));
  const arch::MessageLine message = TRY(allocate_message(at));
  const unsigned event = TRY(claim_line(message.line, message_form, Sharing::none));
  pci::send_messages(*at.space, *at.function, *table, words.as<volatile std::uint32_t>(),
                     {message.address, message.data});
  return event;
}

Result<unsigned> claim_msi(const PciFunction& at) {
  const arch::MessageLine message = TRY(allocate_message(at));
  const unsigned event = TRY(claim_line(message.line, message_form, Sharing::none));
  TRY(pci::send_message(*at.space, *at.function, {message.address, message.data}));
  return event;
}

/// A device that nobody looks after would keep the line raised for ever.
void silence_others(std::uint32_t line) {
  for (std::uint32_t i = 0;; ++i) {
    const PciFunction other = find_pci_function(i);
    if (other.function == nullptr) return;
    if (other.function->line.number == line && !taken.has_pin(i))
      pci::use_pin(*other.space, *other.function, false);
  }
}

Result<unsigned> claim_pin(const PciFunction& at) {
  const nucleus_line line = at.function->line;
  if (line.number == NUCLEUS_NO_LINE) return Error::not_supported;
  silence_others(line.number);
  const arch::LineForm form{.level = (line.flags & NUCLEUS_LINE_LEVEL) != 0,
                            .active_low = (line.flags & NUCLEUS_LINE_ACTIVE_LOW) != 0};
  const unsigned event = TRY(claim_line(line.number, form, form.level ? Sharing::allowed : Sharing::none));
  pci::use_pin(*at.space, *at.function, true);
  return event;
}

Result<unsigned> claim_in_its_way(const PciFunction& at, const Taken& wanted) {
  switch (wanted.kind) {
    case NUCLEUS_INTERRUPT_MSI_X:
      return claim_msi_x(at, wanted.entry);
    case NUCLEUS_INTERRUPT_MSI:
      return claim_msi(at);
    case NUCLEUS_INTERRUPT_PIN:
      return claim_pin(at);
    default:
      return Error::invalid_argument;
  }
}

Result<unsigned> claim(std::uint32_t index, std::uint32_t kind, std::uint32_t entry) {
  const PciFunction at = find_pci_function(index);
  if (at.function == nullptr) return Error::not_found;
  const Taken wanted{index, kind, kind == NUCLEUS_INTERRUPT_MSI_X ? entry : 0};
  MutexGuard guard{setting_up};
  if (!taken.leaves(wanted)) return Error::busy;
  const unsigned event = TRY(claim_in_its_way(at, wanted));
  taken.all[taken.count++] = wanted;
  return event;
}

}  // namespace
}  // namespace nucleus

int nucleus_pci_interrupt(uint32_t function, uint32_t kind, uint32_t entry) {
  int event = -1;
  nucleus::on_kernel_stack([&] {
    const auto claimed = nucleus::claim(function, kind, entry);
    if (claimed.ok()) event = static_cast<int>(claimed.value());
  });
  return event;
}

int64_t nucleus_interrupt_wait(uint32_t interrupt, uint64_t seen, uint64_t timeout_ns) {
  int64_t count = -1;
  nucleus::on_kernel_stack([&] {
    const auto deadline =
        timeout_ns == UINT64_MAX ? nucleus::Deadline::never() : nucleus::Deadline::after(timeout_ns);
    const auto waited = nucleus::wait_for_line(interrupt, seen, deadline);
    if (waited.ok()) {
      count = static_cast<int64_t>(waited.value());
    } else if (waited.error() == nucleus::Error::interrupted) {
      count = static_cast<int64_t>(seen);
    }
  });
  return count;
}

int64_t nucleus_interrupt_arm(uint32_t interrupt, uint64_t seen) {
  int64_t count = -1;
  nucleus::on_kernel_stack([&] {
    const auto armed = nucleus::arm_line(interrupt, seen);
    if (armed.ok()) count = static_cast<int64_t>(armed.value());
  });
  return count;
}

int nucleus_interrupt_next() {
  const auto event = nucleus::take_arrived();
  return event ? static_cast<int>(*event) : -1;
}

void nucleus_interrupt_wait_any(uint64_t timeout_ns) {
  nucleus::on_kernel_stack([&] {
    const auto deadline =
        timeout_ns == UINT64_MAX ? nucleus::Deadline::never() : nucleus::Deadline::after(timeout_ns);
    (void)nucleus::wait_for_arrived(deadline);
  });
}

void nucleus_interrupt_rouse() {
  nucleus::on_kernel_stack([] { nucleus::rouse_who_waits_for_arrived(); });
}
