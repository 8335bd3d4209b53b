// SPDX-License-Identifier: ISC
#pragma once

// A Limine start on a machine that describes itself by a devicetree, or else by ACPI's tables, once the entry
// stub has left the loader's page tables. Everything is reached through our own direct map, which grows as it
// is needed.

#include <boot/common/physical_reader.h>
#include <boot/limine/requests.h>
#include <boot/linux_image/linux_image.h>
#include <nucleus/memory_layout.h>
#include <platform/devicetree/machine.h>

namespace nucleus::limine {

/// Decodes ACPI's tables into `machine`. Returns null, or what is wrong, as a phrase.
using DecodeAcpi = const char* (*)(PhysAddr rsdp, const PhysicalReader& memory, devicetree::Machine& machine);

/// Decodes the loader's answers and the devicetree into `boot` and `machine`; where the loader gave none, the
/// tables, if the port can (`decode_acpi`, or null). Returns null, or what is wrong,
/// as a phrase; then too `machine` and `boot.console` are filled as far as the devicetree could be read.
/// `map_direct(PhysRange)` makes a range readable through the direct map.
template <typename MapDirect>
const char* take(PhysRange image, MapDirect map_direct, DecodeAcpi decode_acpi, BootInfo& boot,
                 devicetree::Machine& machine);

/// The devicetree's part of it: devices, and what is to be kept. The reserved ranges too: some firmware
/// (U-Boot, of OpenSBI's memory) tells its loaders nothing of them.
const char* take_devicetree(std::span<const std::uint8_t> bytes, BootInfo& boot,
                            devicetree::Machine& machine);

template <typename MapDirect>
const char* take(PhysRange image, MapDirect map_direct, DecodeAcpi decode_acpi, BootInfo& boot,
                 devicetree::Machine& machine) {
  const auto map = [](void* context, PhysAddr at, std::size_t size) -> const std::byte* {
    const PhysRange range{at, size};
    if (at.value >= layout::direct_map_size || size > layout::direct_map_size - at.value) return nullptr;
    (*static_cast<MapDirect*>(context))(range);
    return layout::direct(at).as<const std::byte>();
  };
  const PhysicalReader reader{map, &map_direct};
  const char* const problem =
      decode(limine_requests, limine_facts, reader, layout::image_start, image.size, boot);
  const auto map_memory = [&] {
    for (unsigned i = 0; i < boot.memory_count; ++i) map_direct(boot.memory[i]);
    if (boot.bundle.size != 0) map_direct(boot.bundle);
  };
  PhysRange& tree = boot.devicetree;
  if (tree.start.value == 0) {
    if (problem != nullptr) return problem;
    if (boot.rsdp.value == 0 || decode_acpi == nullptr) return "the loader gave no devicetree";
    map_memory();
    const char* const acpi_problem = decode_acpi(boot.rsdp, reader, machine);
    if (machine.uart.device.present()) boot.console = machine.uart.device.registers;
    return acpi_problem;
  }
  tree.size = devicetree::Tree::header_size;
  if (map(&map_direct, tree.start, tree.size) == nullptr) return "the devicetree is out of reach";
  tree.size = devicetree::Tree::total_size(boot::direct_bytes(tree));
  if (tree.size == 0) return "what the loader gave as devicetree is none";
  if (map(&map_direct, tree.start, tree.size) == nullptr) return "the devicetree is out of reach";
  const char* const tree_problem = take_devicetree(boot::direct_bytes(tree), boot, machine);
  if (problem != nullptr) return problem;
  map_memory();
  return tree_problem;
}

}  // namespace nucleus::limine
