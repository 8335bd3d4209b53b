// SPDX-License-Identifier: ISC

#include "requests.h"

namespace {
constexpr std::uint64_t loader_stack_size = 64 << 10;  // what the protocol gives anyhow
}

extern "C" {

[[gnu::section(".limine_requests"), gnu::used]] constinit nucleus::limine::Requests limine_requests{
    .entry_point = {{nucleus::limine::id::entry_point}, limine_entry},
    .stack_size = {{nucleus::limine::id::stack_size}, loader_stack_size}};

// Not in .bss, which some ports clear after the stub has run.
[[gnu::section(".data.limine_facts")]] constinit nucleus::limine::EntryFacts limine_facts{};
}
