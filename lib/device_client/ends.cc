// SPDX-License-Identifier: ISC
// The process' ends of data stacks, for stubs.c: OCaml's headers want <atomic> in C++, which cross compilers
// for the bare machine do not have. An item is four OCaml integers: token, buffer, length, kind.

#include "data_stack.h"

#include <stdint.h>

using nucleus::DataItem;
using nucleus::DataStack;

namespace {

uint64_t plain(intptr_t value) {
  return static_cast<uint64_t>(value >> 1);
}

intptr_t tagged(uint64_t word) {
  return static_cast<intptr_t>(word << 1 | 1);
}

}  // namespace

extern "C" {

int device_client_open_stack(void* memory, uint64_t size) {
  return DataStack::open(memory, size).valid();
}

int device_client_put_item(void* memory, uint64_t size, const intptr_t* words) {
  const DataStack stack = DataStack::open(memory, size);
  const DataItem item{plain(words[0]), plain(words[1]), static_cast<uint32_t>(plain(words[2])),
                      static_cast<uint32_t>(plain(words[3]))};
  return stack.valid() && stack.put(&item, 1) == 1;
}

int device_client_get_item(void* memory, uint64_t size, intptr_t* words) {
  const DataStack stack = DataStack::open(memory, size);
  DataItem item;
  if (!stack.valid() || stack.get(&item, 1) != 1) return 0;
  words[0] = tagged(item.token);
  words[1] = tagged(item.buffer);
  words[2] = tagged(item.length);
  words[3] = tagged(item.kind);
  return 1;
}
}
