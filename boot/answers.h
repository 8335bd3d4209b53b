// SPDX-License-Identifier: ISC
#pragma once

// The answers to the kernel's requests.  Spec: [limine "Feature List"]

#include "config.h"
#include "kernel.h"
#include "memory_map.h"

#include <span>

namespace loader {

struct LoadedFile {
  std::span<const std::byte> content;
  std::string_view path;
  std::string_view command_line;
};

/// Answers everything but the memory map, which is not final before boot services end. `files[0]` is the
/// kernel's. What the kernel does not ask for, or the machine has not got, stays unanswered. Returns the
/// kernel's entry address.
std::uint64_t answer_requests(const Kernel& kernel, std::span<const LoadedFile> files);

/// The frame buffer's memory, if there is one; else empty.
Range framebuffer_memory();

/// Room for the memory map, made before boot services end.
struct MemoryMapAnswer {
  nucleus::limine::ListResponse* response = nullptr;  // null: not asked for
  std::span<nucleus::limine::MemoryEntry> entries;
  std::span<std::uint64_t> addresses;
};
MemoryMapAnswer prepare_memory_map(const Kernel& kernel, std::size_t max_entries);
void finish_memory_map(const MemoryMapAnswer& answer, std::size_t count);

}  // namespace loader
