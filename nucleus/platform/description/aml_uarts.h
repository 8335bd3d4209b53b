// SPDX-License-Identifier: ISC
#pragma once

// UARTs that only AML tells of: a PC's COM ports, Arm's PL011.

#include "aml.h"

#include <cstdint>

namespace nucleus::description {

/// What kind of UART the device's _HID says that it is (NUCLEUS_UART_...). 0: none.
std::uint32_t aml_uart_kind(AmlSource& source, AmlRooms& rooms, const char* path);

/// Adds a UART of such a kind, which is there, to the description, if it is set up and not in it yet: SPCR
/// may have told of the console. One whose resources are none becomes a problem.
void describe_aml_uart(AmlSource& source, AmlRooms& rooms, const char* path, std::uint32_t kind,
                       Description& out);

}  // namespace nucleus::description
