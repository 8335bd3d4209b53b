// SPDX-License-Identifier: ISC
#pragma once

// A machine description (nucleus.h) under construction. Whatever the sources hold, it stays within its
// arrays; what has no place or makes no sense becomes a problem in words.

#include <nucleus.h>

#include "problems.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace nucleus {

class Description {
 public:
  explicit Description(nucleus_machine& machine) : machine_{machine} {}

  nucleus_machine& machine() { return machine_; }
  const nucleus_machine& machine() const { return machine_; }

  /// Notes what is wrong with a source.
  template <typename... Arguments>
  void problem(std::string_view text, const Arguments&... arguments) {
    problems().add(text, arguments...);
  }

  /// A new element of an array of the description, or null if that is full.
  template <typename T, std::size_t size>
  T* add(T (&array)[size], std::uint32_t& count, std::string_view what) {
    if (count == size) {
      problems().add_once("more than {} {}", size, what);
      return nullptr;
    }
    T* const added = &array[count++];
    std::memset(added, 0, sizeof *added);
    return added;
  }

  nucleus_cpu* add_cpu() { return add(machine_.cpus, machine_.cpu_count, "CPUs"); }
  nucleus_controller* add_controller() {
    return add(machine_.controllers, machine_.controller_count, "interrupt controllers");
  }
  nucleus_timer* add_timer() {
    auto* const timer = add(machine_.timers, machine_.timer_count, "timers");
    if (timer != nullptr) {
      for (auto& line : timer->lines) line.number = NUCLEUS_NO_LINE;
    }
    return timer;
  }
  nucleus_uart* add_uart() {
    auto* const uart = add(machine_.uarts, machine_.uart_count, "UARTs");
    if (uart != nullptr) uart->line.number = NUCLEUS_NO_LINE;
    return uart;
  }
  nucleus_clock* add_clock() {
    auto* const clock = add(machine_.clocks, machine_.clock_count, "clocks");
    if (clock != nullptr) clock->line.number = NUCLEUS_NO_LINE;
    return clock;
  }
  nucleus_pci_host* add_pci_host() {
    return add(machine_.pci_hosts, machine_.pci_host_count, "PCI host bridges");
  }

 private:
  Problems problems() { return {machine_.problems, machine_.problem_count}; }

  nucleus_machine& machine_;
};

/// nucleus_line_flags of a line.
constexpr std::uint32_t line_flags(bool level, bool active_low) {
  return std::uint32_t{level ? NUCLEUS_LINE_LEVEL + 0u : 0u} |
         std::uint32_t{active_low ? NUCLEUS_LINE_ACTIVE_LOW + 0u : 0u};
}

/// Copies printable text into a field, cut to its size, with a NUL behind it.
template <std::size_t size>
void set_text(char (&field)[size], std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) {
    if (length == size - 1 || c == '\0') break;
    field[length++] = c >= ' ' && c < 0x7f ? c : '?';
  }
  field[length] = '\0';
}

}  // namespace nucleus
