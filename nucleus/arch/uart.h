// SPDX-License-Identifier: ISC
#pragma once

// The polled console: what each port supplies (contract.h).

#include <cstddef>
#include <span>

namespace arch {

void uart_write(std::span<const char> text);
std::size_t uart_read(std::span<char> buffer);
void uart_receive_interrupt(bool on);

}  // namespace arch
