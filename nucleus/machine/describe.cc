// SPDX-License-Identifier: ISC

// nucleus_machine_description: what firmware left in memory, read once, when a program asks for it first.

#include "describe.h"

#include "on_kernel_stack.h"

#include <acpica/interpreter.h>

#include <nucleus/arch_upcalls.h>
#include <nucleus/boot_info.h>
#include <nucleus/heap.h>
#include <nucleus/mutex.h>

#include <arch/clock.h>

#include <platform/description/acpi.h>
#include <platform/description/devicetree.h>

namespace nucleus {
namespace {

constinit Mutex making;
constinit nucleus_machine* made = nullptr;

/// Firmware's tables are no memory that the direct map holds.
const std::byte* map_table(void*, PhysAddr at, std::size_t size) {
  if (at.value == 0 || size > ~at.value) return nullptr;
  auto mapped = map_device(at, size, MemoryType::normal);
  return mapped.ok() ? mapped.value().as<const std::byte>() : nullptr;
}

void describe_memory(const BootInfo& boot, nucleus_machine& machine) {
  static_assert(BootInfo::max_memory_ranges <= NUCLEUS_MAX_MEMORY_RANGES);
  for (unsigned i = 0; i < boot.memory_count; ++i)
    machine.memory[machine.memory_count++] = {boot.memory[i].start.value, boot.memory[i].size};
}

void describe_tree(PhysRange at, Description& out) {
  out.machine().devicetree = {at.start.value, at.size};
  const std::byte* const bytes = map_table(nullptr, at.start, at.size);
  if (bytes == nullptr) return out.problem("the devicetree at {:x} is out of reach", at.start);
  const auto tree = devicetree::Tree::create({reinterpret_cast<const std::uint8_t*>(bytes), at.size});
  if (!tree.ok()) return out.problem("the devicetree at {:x} is malformed", at.start);
  description::describe_devicetree(tree.value(), out);
}

nucleus_machine* make() {
  constexpr std::uint64_t ns_per_us = 1000;
  const std::uint64_t start_ns = arch::monotonic_ns();
  auto machine = make_owned<nucleus_machine>();
  if (!machine.ok()) return nullptr;
  Description out{*machine.value()};
  const BootInfo& boot = boot_info();
  describe_memory(boot, out.machine());
  if (boot.devicetree.size != 0) describe_tree(boot.devicetree, out);
  if (boot.rsdp.value != 0) description::describe_acpi(boot.rsdp, {map_table, nullptr}, out);
  const std::uint64_t read_ns = arch::monotonic_ns();
  out.machine().discovery_us = static_cast<std::uint32_t>((read_ns - start_ns) / ns_per_us);
  if (acpica::interpret(out))
    out.machine().interpretation_us =
        static_cast<std::uint32_t>((arch::monotonic_ns() - read_ns) / ns_per_us);
  return machine.value().release();
}

}  // namespace

const nucleus_machine* machine_description() {
  MutexGuard guard{making};
  if (made == nullptr) made = make();
  return made;
}

}  // namespace nucleus

const nucleus_machine* nucleus_machine_description() {
  const nucleus_machine* machine = nullptr;
  nucleus::on_kernel_stack([&] { machine = nucleus::machine_description(); });
  return machine;
}
