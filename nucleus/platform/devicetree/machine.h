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

enum class InterruptControllerKind : std::uint8_t { none, gic_v2, gic_v3, plic, aplic, imsic };

struct InterruptController {
  InterruptControllerKind kind = InterruptControllerKind::none;
  PhysRange registers{};               // GIC: distributor; PLIC: everything; IMSIC: its APLIC
  PhysRange cpu_registers{};           // GICv2: CPU interface; GICv3: redistributors; IMSIC: the harts' pages
  std::uint32_t line_count = 0;        // PLIC, APLIC: from 1 on
  std::uint32_t message_count = 0;     // IMSIC: from 1 on
  std::uint32_t guest_index_bits = 0;  // IMSIC: a hart has 2^n pages, the first of them for the supervisor
};

struct MachineCpu {
  std::uint64_t hardware_id = 0;  // MPIDR affinity, hart
  /// As the interrupt controller knows it. PLIC: its context; APLIC and IMSIC: its place in their list.
  std::uint32_t interrupt_target = no_target;
  bool supervisor_timer = false;  // riscv: Sstc
  static constexpr std::uint32_t no_target = ~std::uint32_t{0};
};

/// How a PCI function's requester id becomes the number by which an ITS knows it.
struct MessageDevices {
  std::uint32_t mask = ~std::uint32_t{0};
  std::uint32_t first_requester = 0;
  std::uint32_t first_device = 0;
  std::uint32_t count = 0x1'0000;
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
  PhysRange message_frame{};       // Arm: of a GICv2m
  PhysRange message_translator{};  // Arm: of a GICv3's ITS
  MessageDevices message_devices;
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
