// SPDX-License-Identifier: ISC

#include "gic_its.h"

#include <nucleus/arch_upcalls.h>
#include <nucleus/memory_layout.h>

#include <platform/mmio.h>

#include <arch/aarch64/port_cpu.h>
#include <arch/aarch64/registers.h>
#include <arch/clock.h>
#include <arch/interrupts.h>

#include <algorithm>

namespace arch::aarch64 {
namespace {

using nucleus::Error;
using nucleus::PhysAddr;
using nucleus::Result;
using nucleus::VirtAddr;
using nucleus::platform::Mmio32;
using nucleus::platform::Mmio64;

// Spec: [arm/gic "The ITS register map"]
constexpr std::uint32_t control = 0x0000;
constexpr std::uint32_t type = 0x0008;
constexpr std::uint32_t queue_base = 0x0080;
constexpr std::uint32_t queue_written = 0x0088;
constexpr std::uint32_t queue_read = 0x0090;
constexpr std::uint32_t table_bases = 0x0100;
constexpr std::uint32_t table_count = 8;
constexpr std::uint32_t translater = 0x1'0040;

constexpr std::uint32_t control_enabled = 1u << 0;
constexpr std::uint32_t control_quiescent = 1u << 31;

constexpr unsigned queue_pages = 1;
constexpr std::uint32_t queue_size = queue_pages * nucleus::page_size;
constexpr unsigned table_pages = 16;  // 64 KiB, the largest page that a table may be made of
constexpr std::uint64_t patience_ns = 1'000'000'000;

PhysAddr physical(VirtAddr in_direct_map) {
  return {in_direct_map - nucleus::layout::direct_map};
}

/// Zeroed memory that the controller can read, at a multiple of its size.
Result<VirtAddr> allocate_for_controller(unsigned pages) {
  const VirtAddr at = TRY(nucleus::allocate_port_pages(pages));
  clean_cache(at.as<void>(), pages * nucleus::page_size);
  return at;
}

}  // namespace

void GicIts::attach(nucleus::PhysRange registers, LpiTables& lpis) {
  if (registers.size <= translater || !lpis.present()) return;
  auto mapped = nucleus::map_device(registers.start, registers.size, nucleus::MemoryType::device);
  if (!mapped.ok()) return;
  registers_ = registers;
  base_ = static_cast<std::uintptr_t>(mapped.value().value);
  lpis_ = &lpis;
  type_ = its::decode_type(Mmio64{base_}.read(type));
  if (!type_.physical || type_.event_bits < events_of_device_bits) return;

  const Mmio32 narrow{base_};
  narrow.write(control, narrow.read(control) & ~control_enabled);
  const std::uint64_t deadline = monotonic_ns() + patience_ns;
  while ((narrow.read(control) & control_quiescent) == 0) {
    if (monotonic_ns() > deadline) return;
  }
  auto queue = allocate_for_controller(queue_pages);
  if (!queue.ok() || !give_tables().ok()) return;
  const Mmio64 wide{base_};
  wide.write(queue_base, its::queue_base(physical(queue.value()), queue_size));
  wide.write(queue_written, 0);
  narrow.write(control, narrow.read(control) | control_enabled);
  queue_ = queue.value().as<its::Command>();
}

/// One flat block for each table that the controller wants.
Result<> GicIts::give_tables() {
  const Mmio64 wide{base_};
  for (std::uint32_t i = 0; i < table_count; ++i) {
    const std::uint32_t at = table_bases + i * 8;
    const std::uint64_t old = wide.read(at);
    const its::TableKind kind = its::kind_of_table(old);
    if (kind != its::TableKind::devices && kind != its::TableKind::collections) continue;
    constexpr std::uint64_t size = table_pages * nucleus::page_size;
    const VirtAddr table = TRY(allocate_for_controller(table_pages));
    wide.write(at, its::table_base(old, physical(table), size, size));
    // The size of its pages may be given: then there are more of them.
    const std::uint64_t page = its::page_size_of_table(wide.read(at));
    if (page != size) wide.write(at, its::table_base(old, physical(table), size, page));
    if (kind == its::TableKind::devices)
      device_limit_ = std::min(size / its::entry_size_of_table(old), std::uint64_t{1} << type_.device_bits);
  }
  return {};
}

Result<> GicIts::run(std::initializer_list<its::Command> commands) {
  const Mmio64 wide{base_};
  for (const its::Command& command : commands) {
    its::Command* const slot = queue_ + written_ / sizeof command;
    *slot = command;
    clean_cache(slot, sizeof command);
    written_ = (written_ + sizeof command) % queue_size;
  }
  wide.write(queue_written, written_);
  const std::uint64_t deadline = monotonic_ns() + patience_ns;
  while (wide.read(queue_read) != written_) {
    if (monotonic_ns() > deadline) return Error::timed_out;
  }
  return {};
}

std::uint64_t GicIts::target_of(unsigned cpu_index) const {
  const PortCpu& cpu = *port_cpu(cpu_index);
  return its::target_of(type_.targets_by_address, {cpu.redistributor_at}, cpu.redistributor_number);
}

Result<> GicIts::map_collection_of(unsigned cpu_index) {
  const std::uint64_t bit = std::uint64_t{1} << cpu_index;
  if ((mapped_cpus_ & bit) != 0) return {};
  const std::uint64_t target = target_of(cpu_index);
  TRY(run({its::map_collection(static_cast<std::uint16_t>(cpu_index), target), its::synchronize(target)}));
  mapped_cpus_ |= bit;
  return {};
}

Result<GicIts::Device*> GicIts::device_of(std::uint32_t number) {
  for (unsigned i = 0; i < device_count_; ++i) {
    if (devices_[i].number == number) return &devices_[i];
  }
  if (number >= device_limit_) return Error::not_supported;
  if (device_count_ == max_devices) return Error::too_many;
  static_assert((16u << events_of_device_bits) <= nucleus::page_size);
  const VirtAddr table = TRY(allocate_for_controller(1));
  TRY(run({its::map_device(number, physical(table), events_of_device_bits)}));
  devices_[device_count_] = {.number = number};
  return &devices_[device_count_++];
}

Result<MessageLine> GicIts::allocate(std::uint32_t number) {
  nucleus::MutexGuard guard{lock_};
  // The boot CPU's, until start() says where.
  constexpr unsigned first_cpu = 0;
  TRY(map_collection_of(first_cpu));
  Device* const device = TRY(device_of(number));
  if (event_count_ == max_events || device->events == 1u << events_of_device_bits) return Error::too_many;
  const std::uint32_t event = device->events;
  const std::uint32_t line = first_lpi + event_count_;
  TRY(run({its::map_event(number, event, line, first_cpu), its::synchronize(target_of(first_cpu))}));
  ++device->events;
  events_[event_count_++] = {number, event};
  return MessageLine{.line = line, .address = (registers_.start + translater).value, .data = event};
}

bool GicIts::start(std::uint32_t line) {
  nucleus::MutexGuard guard{lock_};
  if (line - first_lpi >= event_count_) return false;
  const Event event = events_[line - first_lpi];
  const InterruptState state = save_and_disable_interrupts();
  const unsigned here = port_cpu().takes_lpis ? port_cpu().index : 0;
  restore_interrupts(state);
  lpis_->let_through(line);
  // Without the move it still comes, to the CPU where it was.
  if (!map_collection_of(here).ok())
    return run({its::invalidate(event.device, event.event), its::synchronize(target_of(0))}).ok();
  return run({its::move_event(event.device, event.event, static_cast<std::uint16_t>(here)),
              its::invalidate(event.device, event.event), its::synchronize(target_of(here))})
      .ok();
}

}  // namespace arch::aarch64
