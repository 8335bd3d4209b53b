// SPDX-License-Identifier: ISC
#pragma once

// The port's console: any UART that a devicetree names.

#include <platform/uart/devicetree_uart.h>

namespace arch::aarch64 {

nucleus::platform::DevicetreeUart& console();

}  // namespace arch::aarch64
