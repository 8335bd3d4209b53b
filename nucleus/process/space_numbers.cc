// SPDX-License-Identifier: ISC

#include "space_numbers.h"

#include <nucleus/cpu.h>
#include <nucleus/locked.h>

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/user.h>

#include <array>

namespace nucleus {
namespace {

constexpr unsigned generation_shift = 16;

struct Numbers {
  unsigned next = 1;  // 0 is nobody's
};

constinit Locked<Numbers, Rank::space_numbers> the_numbers;
constinit std::atomic<std::uint64_t> generation{1};
// Of each CPU: the generation whose tags it may remember translations for.
constinit std::array<std::uint64_t, max_cpus> seen{};

std::uint64_t take_number() {
  return the_numbers.with([](Numbers& numbers) {
    if (numbers.next >= arch::address_space_tags()) {
      numbers.next = 1;
      generation.fetch_add(1);
    }
    return generation.load() << generation_shift | numbers.next++;
  });
}

}  // namespace

unsigned space_tag(std::atomic<std::uint64_t>& number) {
  if (arch::address_space_tags() <= 1) return 0;
  std::uint64_t now = number.load();
  // Two CPUs may draw one each: either will do.
  if (now >> generation_shift != generation.load()) number.store(now = take_number());
  std::uint64_t& mine = seen[arch::this_cpu()->index];
  if (mine != now >> generation_shift) {
    mine = now >> generation_shift;
    arch::unload_user_space();  // else the CPU might remember what its number of before meant
    arch::flush_tlb_all();
  }
  return now & ((1u << generation_shift) - 1);
}

}  // namespace nucleus
