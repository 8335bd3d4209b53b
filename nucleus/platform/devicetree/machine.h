// SPDX-License-Identifier: ISC
#pragma once

// What the ports want to know from a devicetree, decoded in one go into plain values, before any device is
// touched. A field of size or count 0 means that the tree names no such device. Spec: [dt "Device Bindings"]

#include <nucleus/boot_info.h>
#include <nucleus/result.h>

#include "fdt.h"

#include <array>
#include <cstdint>

namespace nucleus::devicetree {

/// A device's registers (a physical address of the CPU) and its interrupt line.
struct Device {
  PhysRange registers{};
  std::uint32_t interrupt = no_interrupt;
  static constexpr std::uint32_t no_interrupt = ~std::uint32_t{0};
  bool present() const { return registers.size != 0; }
};

enum class UartKind : std::uint8_t { none, pl011, ns16550 };

struct Uart {
  UartKind kind = UartKind::none;
  Device device;
  std::uint32_t clock_hz = 0;
  std::uint8_t register_shift = 0;  // log2 of the distance between registers
  std::uint8_t register_width = 1;  // bytes of one access
};

enum class InterruptControllerKind : std::uint8_t { none, gic_v2, gic_v3, plic };

struct InterruptController {
  InterruptControllerKind kind = InterruptControllerKind::none;
  PhysRange registers{};         // GIC: distributor; PLIC: everything
  PhysRange cpu_registers{};     // GICv2: CPU interface; GICv3: redistributors
  std::uint32_t line_count = 0;  // PLIC
};

struct MachineCpu {
  std::uint64_t hardware_id = 0;  // MPIDR affinity, hart
  std::uint32_t plic_context = no_context;
  bool supervisor_timer = false;  // riscv: Sstc
  static constexpr std::uint32_t no_context = ~std::uint32_t{0};
};

enum class PsciConduit : std::uint8_t { none, hvc, smc };
enum class RtcKind : std::uint8_t { none, pl031, goldfish };

struct Machine {
  static constexpr unsigned max_cpus = 64;

  std::array<MachineCpu, max_cpus> cpus{};
  unsigned cpu_count = 0;
  std::uint32_t timebase_hz = 0;  // riscv: frequency of the time CSR
  Uart uart;
  InterruptController interrupt_controller;
  PhysRange message_frame{};                                     // Arm: of a GICv2m
  std::uint32_t virtual_timer_interrupt = Device::no_interrupt;  // Arm: INTID of the virtual timer
  PsciConduit psci = PsciConduit::none;
  RtcKind rtc_kind = RtcKind::none;
  Device rtc;
  PhysRange test_finisher{};  // riscv: the sifive_test device
};

/// Devices of an unknown kind and broken single nodes are left out; the UART is the one that
/// /chosen/stdout-path names, else the first known one.
Machine decode_machine(const Tree& tree);

/// Adds what a tree says of memory to `boot`: RAM, reserved ranges (the blob itself at `tree_at` included),
/// initrd as boot bundle, command line, entropy. Errors: malformed (no memory), too_many (ranges).
Result<> decode_boot(const Tree& tree, PhysAddr tree_at, BootInfo& boot);

/// Only the reserved ranges of that. Errors: too_many.
Result<> decode_reserved(const Tree& tree, PhysAddr tree_at, BootInfo& boot);

}  // namespace nucleus::devicetree
