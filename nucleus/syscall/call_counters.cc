// SPDX-License-Identifier: ISC

#include "call_counters.h"

#include <nucleus/locked.h>

namespace nucleus {
namespace {

constexpr std::size_t max_kinds =
    32;  // a 33rd kind is not told apart: nobody needs that many to see what is wrong

struct Counters {
  UnknownCall seen[max_kinds] = {};
  std::size_t kinds = 0;
};

constinit Locked<Counters, Rank::process> counters;

}  // namespace

void count_unknown_call(long number) {
  counters.with([&](Counters& all) {
    for (std::size_t i = 0; i < all.kinds; i++) {
      if (all.seen[i].number == number) {
        all.seen[i].count++;
        return;
      }
    }
    if (all.kinds < max_kinds) all.seen[all.kinds++] = {number, 1};
  });
}

std::size_t unknown_calls(std::span<UnknownCall> into) {
  return counters.with([&](Counters& all) {
    const std::size_t count = all.kinds < into.size() ? all.kinds : into.size();
    for (std::size_t i = 0; i < count; i++) into[i] = all.seen[i];
    return count;
  });
}

}  // namespace nucleus
