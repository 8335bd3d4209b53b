// SPDX-License-Identifier: ISC
#pragma once

// A host bridge's configuration space in memory.  Spec: [pci/express "PCI Express Enhanced Configuration
// Access Mechanism (ECAM)"]

#include <nucleus.h>

#include <platform/pci/config_space.h>

#include <array>

namespace nucleus {

class Ecam final : public pci::ConfigSpace {
 public:
  explicit Ecam(const nucleus_pci_host& host) : host_{host} {}

  /// The first access to a bus maps its part: context as for map_device(). Later ones may come from anywhere.
  std::uint32_t read(pci::Address at, std::uint32_t offset) override { return read_part(at, offset, 4); }
  void write(pci::Address at, std::uint32_t offset, std::uint32_t value) override {
    write_part(at, offset, 4, value);
  }

  /// The same for 1, 2 or 4 bytes; `offset` is a multiple of `width`.
  std::uint32_t read_part(pci::Address at, std::uint32_t offset, std::uint32_t width);
  void write_part(pci::Address at, std::uint32_t offset, std::uint32_t width, std::uint32_t value);

 private:
  /// Null: out of reach.
  std::byte* place_of(pci::Address at, std::uint32_t offset);

  const nucleus_pci_host& host_;
  std::array<std::byte*, 256> buses_{};
};

}  // namespace nucleus
