// SPDX-License-Identifier: ISC
// Stacks in mapped memory, by their offset. Nothing allocates on OCaml's heap.

#include <stdint.h>

#include <caml/bigarray.h>
#include <caml/mlvalues.h>

int device_client_open_stack(void* memory, uint64_t size);
int device_client_put_item(void* memory, uint64_t size, const intptr_t* words);
int device_client_get_item(void* memory, uint64_t size, intptr_t* words);

/// Null: the offset is not in the memory.
static char* stack_in(value data, value at, uint64_t* size) {
  const intnat offset = Long_val(at), all = Caml_ba_array_val(data)->dim[0];
  if (offset < 0 || offset >= all || offset % 8 != 0) return 0;
  *size = (uint64_t)(all - offset);
  return (char*)Caml_ba_data_val(data) + offset;
}

value device_client_open(value data, value at) {
  uint64_t size = 0;
  char* const stack = stack_in(data, at, &size);
  return Val_bool(stack != 0 && device_client_open_stack(stack, size));
}

value device_client_put(value data, value at, value words) {
  uint64_t size = 0;
  char* const stack = stack_in(data, at, &size);
  return Val_bool(stack != 0 && device_client_put_item(stack, size, (const intptr_t*)Op_val(words)));
}

value device_client_get(value data, value at, value words) {
  uint64_t size = 0;
  char* const stack = stack_in(data, at, &size);
  return Val_bool(stack != 0 && device_client_get_item(stack, size, (intptr_t*)Op_val(words)));
}
