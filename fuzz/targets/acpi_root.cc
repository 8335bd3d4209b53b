// SPDX-License-Identifier: ISC

// From the root pointer to the tables. The input is memory from fuzz::Memory::start on, with the root pointer
// there. Checksums of what lies at multiples of 64 bytes and has a plausible length are mended first:
// otherwise nothing but the checksums would be tried.

#include <platform/acpi/root.h>
#include <platform/acpi/tables.h>
#include <platform/acpi_arm/machine.h>
#include <platform/description/acpi.h>

#include "target.h"

using namespace nucleus;

namespace {

void mend(std::span<std::uint8_t> bytes, std::size_t checksum_at) {
  bytes[checksum_at] = 0;
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
  bytes[checksum_at] = static_cast<std::uint8_t>(-sum);
}

void mend_all(std::span<std::uint8_t> memory) {
  if (memory.size() >= 20) mend(memory.first(20), 8);
  if (memory.size() >= 36) mend(memory.first(36), 32);
  for (std::size_t at = 64; at + acpi::header_size <= memory.size(); at += 64) {
    std::uint32_t length = 0;
    std::memcpy(&length, &memory[at + 4], sizeof length);
    if (length >= acpi::header_size && length <= memory.size() - at) mend(memory.subspan(at, length), 9);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> input(data, data + size);
  mend_all(input);
  fuzz::Memory memory(input);
  acpi::Machine own{};
  acpi::read_machine({fuzz::Memory::start}, memory.reader(), own);
  devicetree::Machine arm;
  (void)acpi::decode_arm_machine({fuzz::Memory::start}, memory.reader(), arm);
  const auto machine = std::make_unique<nucleus_machine>();
  Description out{*machine};
  description::describe_acpi({fuzz::Memory::start}, memory.reader(), out);
  return 0;
}
