// SPDX-License-Identifier: ISC
#pragma once

// What only AML tells, into the machine description: PCI host bridges with their buses and windows, and where
// pins go; and UARTs. Pure: the interpreter is behind an interface, which tests script.

#include <platform/aml/value.h>

#include "description.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace nucleus::description {

/// An interpreter in which the tables are loaded. Paths are absolute: "\_SB_.PCI0".
class AmlSource {
 public:
  static constexpr std::size_t longest_path = 256;

  struct Answer {
    std::uint32_t status = 0;         // 0: it went well
    std::optional<aml::Value> value;  // in the room that was given; nothing: there is no value
  };

  /// The object `name` in the scope `path`; `argument` is passed if it is one that wants arguments.
  virtual Answer evaluate(const char* path, const char* name, std::span<std::byte> room,
                          std::optional<std::uint64_t> argument = {}) = 0;
  /// Calls the method `name` with a buffer.
  virtual std::uint32_t call(const char* path, const char* name, std::span<const std::byte> buffer) = 0;
  /// Calls visit(context, path) for each device, parents first.
  virtual std::uint32_t visit_devices(void (*visit)(void* context, const char* path), void* context) = 0;

  virtual const char* name_of_status(std::uint32_t status) = 0;
  static constexpr std::uint32_t absent = ~0u;  // there is no such object

 protected:
  ~AmlSource() = default;
};

/// For values: _PRT and _CRS of host bridges are the large ones.
struct AmlRooms {
  std::array<std::byte, 48 * 1024> table;
  std::array<std::byte, 8 * 1024> resources;
};

/// PCI host bridges: those of MCFG become what AML makes of them. UARTs. What is malformed becomes a problem.
void describe_aml(AmlSource& source, AmlRooms& rooms, Description& out);

/// The sleep types of soft-off: what the two PM1 control registers are to be given.
struct SoftOffTypes {
  std::uint8_t a = 0;
  std::uint8_t b = 0;
};
std::optional<SoftOffTypes> soft_off_types(AmlSource& source, AmlRooms& rooms, Description& out);

/// Notes that an evaluation failed, but for what need not be there.
void aml_problem(AmlSource& source, const char* path, std::string_view name, std::uint32_t status,
                 Description& out);

}  // namespace nucleus::description
