// SPDX-License-Identifier: ISC
// Data stacks for OCaml: what is in stack.cc, on the memory of a bigarray. Nothing allocates on OCaml's heap,
// and integers may be stored into an array of integers as they are.

#include <stdint.h>

#include <caml/bigarray.h>
#include <caml/mlvalues.h>

intptr_t picox_stack_size(intptr_t capacity);
void picox_stack_format(void* memory, intptr_t capacity);
intptr_t picox_stack_put(void* memory, intptr_t capacity, const intptr_t* from, intptr_t count);
intptr_t picox_stack_get(void* memory, intptr_t capacity, intptr_t* to, intptr_t most);
intptr_t picox_stack_can_get(void* memory, intptr_t capacity);
intptr_t picox_stack_can_put(void* memory, intptr_t capacity);
intptr_t picox_stack_depth(void* memory, intptr_t capacity);
void picox_stack_waits(void* memory, intptr_t capacity, intptr_t getter, intptr_t waits);

static void* memory_of(value memory) {
  return Caml_ba_data_val(memory);
}

value picox_data_stack_size(value capacity) {
  return Val_long(picox_stack_size(Long_val(capacity)));
}

value picox_data_stack_format(value memory, value capacity) {
  picox_stack_format(memory_of(memory), Long_val(capacity));
  return Val_unit;
}

value picox_data_stack_put(value memory, value capacity, value items, value count) {
  return Val_long(picox_stack_put(memory_of(memory), Long_val(capacity), (const intptr_t*)Op_val(items),
                                  Long_val(count)));
}

value picox_data_stack_get(value memory, value capacity, value items, value most) {
  return Val_long(
      picox_stack_get(memory_of(memory), Long_val(capacity), (intptr_t*)Op_val(items), Long_val(most)));
}

value picox_data_stack_can_get(value memory, value capacity) {
  return Val_bool(picox_stack_can_get(memory_of(memory), Long_val(capacity)));
}

value picox_data_stack_can_put(value memory, value capacity) {
  return Val_bool(picox_stack_can_put(memory_of(memory), Long_val(capacity)));
}

value picox_data_stack_depth(value memory, value capacity) {
  return Val_long(picox_stack_depth(memory_of(memory), Long_val(capacity)));
}

value picox_data_stack_waits(value memory, value capacity, value getter, value waits) {
  picox_stack_waits(memory_of(memory), Long_val(capacity), Bool_val(getter), Bool_val(waits));
  return Val_unit;
}
