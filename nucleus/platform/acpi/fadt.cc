// SPDX-License-Identifier: ISC

// Power management registers, the HPET's place, and the sleep type for power-off.
// Spec: [acpi "Fixed ACPI Description Table (FADT)"], [acpi "\_Sx (System States)"], [hpet "HPET
// Description Table"]

#include "bytes.h"
#include "tables.h"

namespace nucleus::acpi {
namespace {

// Opcodes of AML, as far as a constant package needs them.
constexpr std::uint8_t aml_zero = 0x00;
constexpr std::uint8_t aml_one = 0x01;
constexpr std::uint8_t aml_byte_prefix = 0x0a;
constexpr std::uint8_t aml_package = 0x12;

/// Takes a small integer from the front of `aml`.
bool take_integer(std::span<const std::byte>& aml, std::uint8_t& value) {
  const auto opcode = load<std::uint8_t>(aml, 0);
  if (aml.empty() || (opcode > aml_one && opcode != aml_byte_prefix)) return false;
  const std::size_t size = opcode == aml_byte_prefix ? 2 : 1;
  if (aml.size() < size) return false;
  value = opcode == aml_byte_prefix ? load<std::uint8_t>(aml, 1) : opcode;
  aml = aml.subspan(size);
  return true;
}
static_assert(aml_zero == 0);

}  // namespace

void decode_fadt(std::span<const std::byte> table, Machine& machine) {
  machine.fadt = read_fadt(table);
}

void decode_hpet(std::span<const std::byte> table, Machine& machine) {
  const Register registers = register_at(table, 40);
  if (registers.space == Register::Space::memory) machine.hpet = {registers.address};
}

void find_soft_off(std::span<const std::byte> dsdt, Machine& machine) {
  constexpr std::uint32_t name = 0x5f35'535f;  // "_S5_"
  for (std::size_t at = 0; at + 4 <= dsdt.size(); ++at) {
    if (dsdt[at] != std::byte{'_'} || load<std::uint32_t>(dsdt, at) != name) continue;
    auto aml = dsdt.subspan(at + 4);
    if (load<std::uint8_t>(aml, 0) != aml_package) continue;
    // The package's length takes 1 to 4 bytes (the top two bits of the first say how many follow), its
    // element count one.
    const std::size_t skip = 1 + 1 + (load<std::uint8_t>(aml, 1) >> 6) + 1;
    if (aml.size() < skip) return;
    aml = aml.subspan(skip);
    std::uint8_t type_a = 0;
    std::uint8_t type_b = 0;
    if (!take_integer(aml, type_a)) continue;
    if (!take_integer(aml, type_b)) type_b = type_a;
    machine.has_soft_off = true;
    machine.soft_off_type_a = type_a;
    machine.soft_off_type_b = type_b;
    return;
  }
}

}  // namespace nucleus::acpi
