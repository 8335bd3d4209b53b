// SPDX-License-Identifier: ISC

// The PCI part of nucleus.h: functions are found and placed once, when a program asks for them first.

#include "pci.h"

#include "describe.h"
#include "ecam.h"
#include "on_kernel_stack.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/heap.h>
#include <nucleus/mutex.h>
#include <nucleus/vector.h>

#include <arch/clock.h>
#include <arch/ports.h>

#include <platform/pci/assign.h>
#include <platform/pci/enumerate.h>
#include <platform/pci/function.h>

#include <array>
#include <atomic>

namespace nucleus {
namespace {

struct Scan {
  nucleus_pci result{};
  Vector<nucleus_pci_function> functions;
  std::array<Owned<Ecam>, NUCLEUS_MAX_PCI_HOSTS> spaces;
};

constinit Mutex scanning;
/// Set once, when all is filled in; nothing changes afterwards.
constinit std::atomic<Scan*> made{nullptr};

Result<> scan_host(Scan& scan, const nucleus_machine& machine, std::uint32_t index) {
  const nucleus_pci_host& host = machine.pci_hosts[index];
  scan.spaces[index] = TRY(make_owned<Ecam>(host));
  pci::ConfigSpace& space = *scan.spaces[index];
  const Problems problems{scan.result.problems, scan.result.problem_count};
  const std::size_t first = scan.functions.size();
  TRY(pci::enumerate(space, host, index, scan.functions, problems));
  const auto found = scan.functions.span().subspan(first);
  pci::assign_addresses(space, host, found, problems);
  pci::find_cpu_addresses(host, found);
  pci::route_pins(host, found);
  return {};
}

Result<Owned<Scan>> make(const nucleus_machine& machine) {
  constexpr std::uint64_t ns_per_us = 1000;
  const std::uint64_t start_ns = arch::monotonic_ns();
  auto scan = TRY(make_owned<Scan>());
  for (std::uint32_t i = 0; i < machine.pci_host_count; ++i) TRY(scan_host(*scan, machine, i));
  scan->result.functions = scan->functions.begin();
  scan->result.function_count = static_cast<std::uint32_t>(scan->functions.size());
  scan->result.scan_us = static_cast<std::uint32_t>((arch::monotonic_ns() - start_ns) / ns_per_us);
  return scan;
}

void scan_once() {
  const nucleus_machine* const machine = machine_description();
  MutexGuard guard{scanning};
  if (machine == nullptr || made.load(std::memory_order_relaxed) != nullptr) return;
  auto scan = make(*machine);
  if (scan.ok()) made.store(scan.value().release(), std::memory_order_release);
}

/// Functions behind one bridge may be enabled at the same time.
void enable(const PciFunction& found, std::uint32_t commands) {
  MutexGuard guard{scanning};
  const Scan& scan = *made.load(std::memory_order_acquire);
  pci::enable(*found.space, {scan.functions.begin(), scan.functions.size()}, *found.function, commands);
}

bool is_access(std::uint32_t offset, std::uint32_t width, const nucleus_pci_function& function) {
  const bool whole = width == 1 || width == 2 || width == 4;
  return whole && offset % width == 0 && offset < function.configuration_size;
}

}  // namespace

PciFunction find_pci_function(std::uint32_t index) {
  Scan* const scan = made.load(std::memory_order_acquire);
  if (scan == nullptr || index >= scan->functions.size()) return {};
  nucleus_pci_function& function = scan->functions[index];
  return {&function, scan->spaces[function.host].get()};
}

const nucleus_pci* found_pci_functions() {
  Scan* const scan = made.load(std::memory_order_acquire);
  return scan == nullptr ? nullptr : &scan->result;
}

}  // namespace nucleus

using nucleus::find_pci_function;

const nucleus_pci* nucleus_pci_scan() {
  nucleus::on_kernel_stack([] { nucleus::scan_once(); });
  return nucleus::found_pci_functions();
}

int64_t nucleus_pci_read(uint32_t index, uint32_t offset, uint32_t width) {
  const auto [function, space] = find_pci_function(index);
  if (function == nullptr || !nucleus::is_access(offset, width, *function)) return -1;
  return space->read_part(nucleus::pci::address_of(*function), offset, width);
}

int nucleus_pci_write(uint32_t index, uint32_t offset, uint32_t width, uint32_t value) {
  const auto [function, space] = find_pci_function(index);
  if (function == nullptr || !nucleus::is_access(offset, width, *function)) return -1;
  if (!nucleus::pci::may_write(*function, offset, width)) return -1;
  space->write_part(nucleus::pci::address_of(*function), offset, width, value);
  return 0;
}

int nucleus_pci_enable(uint32_t index, uint32_t commands) {
  constexpr std::uint32_t known =
      NUCLEUS_PCI_PORTS | NUCLEUS_PCI_MEMORY | NUCLEUS_PCI_BUS_MASTER;  // as in the register
  const nucleus::PciFunction found = find_pci_function(index);
  if (found.function == nullptr || (commands & ~known) != 0) return -1;
  nucleus::on_kernel_stack([&] { nucleus::enable(found, commands); });
  return 0;
}

volatile void* nucleus_pci_map(uint32_t index, uint32_t bar_index) {
  const auto [function, space] = find_pci_function(index);
  if (function == nullptr || bar_index >= std::size(function->bars)) return nullptr;
  const nucleus_bar& bar = function->bars[bar_index];
  // Where the CPU has no ports, the bus' are a window in memory.
  const bool in_memory = bar.kind != NUCLEUS_BAR_PORTS || !arch::has_ports;
  if (bar.kind == 0 || !in_memory || bar.cpu_address == 0) return nullptr;
  volatile void* mapped = nullptr;
  nucleus::on_kernel_stack([&] {
    auto at = nucleus::map_device({bar.cpu_address}, bar.size, nucleus::MemoryType::device);
    if (at.ok()) mapped = at.value().as<void>();
  });
  return mapped;
}
