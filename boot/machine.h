// SPDX-License-Identifier: ISC
#pragma once

// What every file of the loader needs of the firmware: the tables, the words to the person in front of the
// screen, and memory. `start()` comes first.

#include "efi.h"

#include <nucleus/address.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace loader {

void start(efi::Handle image, efi::SystemTable* system);
efi::SystemTable& firmware();
efi::Handle own_image();

/// Writes on all of firmware's consoles (screen, serial line). Not after boot services have ended.
void say(std::initializer_list<std::string_view> words);

/// Says why it cannot boot, and returns to the firmware when a key is pressed; without one the machine is
/// switched off after ten seconds. Never a reset: a machine that cannot boot does not try for ever.
[[noreturn]] void fail(std::initializer_list<std::string_view> words);

/// A number in decimal, for say(); valid until the next call.
std::string_view decimal(std::uint64_t number);

/// The protocol's interface that firmware finds first; null if there is none.
template <typename Protocol>
Protocol* locate() {
  void* interface = nullptr;
  if (firmware().boot->locate_protocol(&Protocol::guid, nullptr, &interface) != efi::success) return nullptr;
  return static_cast<Protocol*>(interface);
}

/// Pages of memory that are the loader's own until the kernel takes them, aligned to `alignment` (a power of
/// two); zeroed. Fails for good where there are none.
nucleus::PhysAddr allocate_pages(std::size_t count, std::uint64_t alignment = nucleus::page_size,
                                 efi::MemoryType type = efi::MemoryType::loader_data);

/// Room for the answers to the kernel, in pages of the loader's. Zeroed.
void* allocate_bytes(std::size_t size);
template <typename T>
T* allocate(std::size_t count = 1) {
  return static_cast<T*>(allocate_bytes(count * sizeof(T)));
}

}  // namespace loader
