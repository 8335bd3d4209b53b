// SPDX-License-Identifier: ISC

// One ACPI table, which its checksum does not protect from us: the first byte says whose decoders get it.

#include <platform/acpi/root.h>
#include <platform/acpi/tables.h>
#include <platform/description/acpi.h>

#include "target.h"

using namespace nucleus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 + acpi::header_size) return 0;  // table_at() lets none through that is shorter
  const fuzz::ExactCopy copy({data + 1, size - 1});
  const std::span<const std::byte> table = copy.bytes();
  acpi::Machine own{};
  const auto machine = std::make_unique<nucleus_machine>();
  Description out{*machine};
  switch (data[0] % 8) {
    case 0:
      acpi::decode_madt(table, own);
      description::describe_madt(table, out);
      break;
    case 1:
      description::describe_mcfg(table, out);
      break;
    case 2:
      acpi::decode_fadt(table, own);
      description::describe_fadt(table, out);
      break;
    case 3:
      acpi::decode_hpet(table, own);
      description::describe_hpet(table, out);
      break;
    case 4:
      description::describe_gtdt(table, out);
      break;
    case 5:
      description::describe_spcr(table, out);
      break;
    case 6:
      description::describe_rhct(table, out);
      break;
    default:
      acpi::find_soft_off(table, own);
  }
  return 0;
}
