// SPDX-License-Identifier: ISC
// The data stacks of the nucleus for stubs.c: OCaml's headers want <atomic> in C++, which cross compilers for
// the bare machine do not have. Items come and go as four OCaml integers each: token, buffer, length, kind.

#include "data_stack.h"

#include <stdint.h>

using nucleus::DataItem;
using nucleus::DataStack;

namespace {

constexpr uint32_t most_at_once = 16;
constexpr intptr_t words = 4;

uint64_t plain(intptr_t value) {
  return static_cast<uint64_t>(value >> 1);
}

intptr_t tagged(uint64_t word) {
  return static_cast<intptr_t>(word << 1 | 1);
}

DataStack stack_in(void* memory, intptr_t capacity) {
  return DataStack(static_cast<nucleus_data_stack*>(memory), static_cast<uint32_t>(capacity));
}

}  // namespace

extern "C" {

intptr_t picox_stack_size(intptr_t capacity) {
  if (capacity <= 0 || capacity > DataStack::most_items) return 0;
  return static_cast<intptr_t>(DataStack::size_for(static_cast<uint32_t>(capacity)));
}

void picox_stack_format(void* memory, intptr_t capacity) {
  DataStack::format(memory, static_cast<uint32_t>(capacity));
}

intptr_t picox_stack_put(void* memory, intptr_t capacity, const intptr_t* from, intptr_t count) {
  const DataStack stack = stack_in(memory, capacity);
  intptr_t done = 0;
  while (done < count) {
    DataItem items[most_at_once];
    const auto some = static_cast<uint32_t>(count - done < most_at_once ? count - done : most_at_once);
    for (uint32_t i = 0; i < some; ++i, from += words)
      items[i] = {plain(from[0]), plain(from[1]), static_cast<uint32_t>(plain(from[2])),
                  static_cast<uint32_t>(plain(from[3]))};
    const uint32_t taken = stack.put(items, some);
    done += taken;
    if (taken < some) break;
  }
  return done;
}

intptr_t picox_stack_get(void* memory, intptr_t capacity, intptr_t* to, intptr_t most) {
  const DataStack stack = stack_in(memory, capacity);
  intptr_t done = 0;
  while (done < most) {
    DataItem items[most_at_once];
    const auto some = static_cast<uint32_t>(most - done < most_at_once ? most - done : most_at_once);
    const uint32_t taken = stack.get(items, some);
    for (uint32_t i = 0; i < taken; ++i, to += words) {
      to[0] = tagged(items[i].token);
      to[1] = tagged(items[i].buffer);
      to[2] = tagged(items[i].length);
      to[3] = tagged(items[i].kind);
    }
    done += taken;
    if (taken < some) break;
  }
  return done;
}

intptr_t picox_stack_can_get(void* memory, intptr_t capacity) {
  return stack_in(memory, capacity).can_get();
}

intptr_t picox_stack_can_put(void* memory, intptr_t capacity) {
  return stack_in(memory, capacity).can_put();
}

intptr_t picox_stack_depth(void* memory, intptr_t capacity) {
  return stack_in(memory, capacity).depth();
}

void picox_stack_waits(void* memory, intptr_t capacity, intptr_t getter, intptr_t waits) {
  const DataStack stack = stack_in(memory, capacity);
  if (getter)
    stack.getter_waits(waits);
  else
    stack.putter_waits(waits);
}
}
