// SPDX-License-Identifier: ISC
#pragma once

// The image's own requests, and what the entry stubs (assembly) need of them.

#include "decode.h"
#include "protocol.h"

#include <cstddef>

extern "C" {
/// In a section of its own, which the linker script keeps. The loader writes into it before the image runs; a
/// direct boot leaves it as it is.
extern nucleus::limine::Requests limine_requests;
/// Written by the entry stub, on the loader's page tables.
extern nucleus::limine::EntryFacts limine_facts;
/// The entry point that the requests name: each port's stub.
void limine_entry();
}

namespace nucleus::limine {

/// Whether it was a Limine loader that started the image.
inline bool started_us() {
  return limine_facts.hhdm_offset != 0 || limine_facts.physical_base != 0;
}

// Offsets in assembly.
static_assert(offsetof(Requests, hhdm) + offsetof(Request, response) == 144);
static_assert(offsetof(Requests, executable_address) + offsetof(Request, response) == 192);
static_assert(offsetof(HhdmResponse, offset) == 8);
static_assert(offsetof(ExecutableAddressResponse, physical_base) == 8);

}  // namespace nucleus::limine
