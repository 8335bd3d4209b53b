// SPDX-License-Identifier: ISC
#pragma once

// Message-signalled interrupts: a function writes a number to an address.
// Spec: [pci/local "Message Signaled Interrupts"], [pci/local "MSI-X Capability"]

#include "config_space.h"

#include <nucleus.h>

#include <nucleus/result.h>

#include <optional>

namespace nucleus::pci {

struct Message {
  std::uint64_t address = 0;
  std::uint32_t data = 0;
};

/// Where the table of MSI-X is, checked against its BAR.
struct MessageTable {
  std::uint32_t capability = 0;  // offset
  std::uint32_t bar = 0;
  std::uint32_t offset = 0;  // in the BAR
  std::uint32_t entries = 0;
};

/// Nothing: the function has no MSI-X, or its table is not within one of its BARs.
std::optional<MessageTable> find_message_table(ConfigSpace& space, const nucleus_pci_function& function);

/// Writes an entry of the table, of which `words` are the four registers, and unmasks it; then lets the
/// function send.
void send_messages(ConfigSpace& space, const nucleus_pci_function& function, const MessageTable& table,
                   volatile std::uint32_t* words, const Message& message);

/// The same by MSI, as its one message. Errors: not_supported (it has no MSI, or cannot send to such an
/// address).
Result<> send_message(ConfigSpace& space, const nucleus_pci_function& function, const Message& message);

/// Lets the function raise its pin, or not.
void use_pin(ConfigSpace& space, const nucleus_pci_function& function, bool on);

}  // namespace nucleus::pci
