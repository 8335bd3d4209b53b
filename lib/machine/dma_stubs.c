// SPDX-License-Identifier: ISC
//
// Memory that devices use, as bigarrays. The second dimension, which bigarrays of one do not look at, keeps the bus
// address. Giving up a buffer makes its first dimension 0, so that each access is out of bounds; the memory itself goes
// back when the collector has found that nobody has the bigarray any more, since another domain may be in the middle of
// an access, and a device has its buffers until its driver drops them.

#include "nucleus.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <caml/alloc.h>
#include <caml/bigarray.h>
#include <caml/custom.h>
#include <caml/fail.h>
#include <caml/mlvalues.h>

#pragma weak nucleus_dma_allocate
#pragma weak nucleus_dma_free

enum { size_index, bus_index, dimensions };
enum { page = 4096 };

// Where there is no machine a bus is the process: fake devices use pointers.
static void* allocate(uint64_t size, uint64_t* bus_address) {
  if (nucleus_dma_allocate) return nucleus_dma_allocate(size, bus_address);
  void* memory = size <= NUCLEUS_MAX_DMA_SIZE ? aligned_alloc(page, (size + page - 1) / page * page) : NULL;
  if (memory) memset(memory, 0, size);
  *bus_address = (uint64_t)(uintptr_t)memory;
  return memory;
}

static void give_back(value array) {
  void* memory = Caml_ba_array_val(array)->data;
  if (nucleus_dma_free) {
    nucleus_dma_free(memory);
  } else {
    free(memory);
  }
}

static struct custom_operations operations = {
    "machine.dma",          give_back, custom_compare_default, custom_hash_default, custom_serialize_default,
    custom_deserialize_default, custom_compare_ext_default, custom_fixed_length_default};

// Of memory that somebody else owns.
static struct custom_operations view_operations = {
    "machine.dma.view",     custom_finalize_default, custom_compare_default, custom_hash_default,
    custom_serialize_default, custom_deserialize_default, custom_compare_ext_default, custom_fixed_length_default};

static value array_of(struct custom_operations* of, void* memory, intnat size, uint64_t bus_address, mlsize_t owned) {
  const size_t block = sizeof(struct caml_ba_array) + dimensions * sizeof(intnat);
  value made = caml_alloc_custom_mem(of, block, owned);
  struct caml_ba_array* array = Caml_ba_array_val(made);
  array->data = memory;
  array->num_dims = 1;
  array->flags = CAML_BA_CHAR | CAML_BA_C_LAYOUT | CAML_BA_EXTERNAL;
  array->proxy = NULL;
  array->dim[size_index] = size;
  array->dim[bus_index] = (intnat)bus_address;
  return made;
}

/// `size` (positive) zeroed bytes. Raises Out_of_memory.
value machine_dma_create(value size) {
  uint64_t bus_address = 0;
  void* memory = allocate((uint64_t)Long_val(size), &bus_address);
  if (!memory) caml_raise_out_of_memory();
  return array_of(&operations, memory, Long_val(size), bus_address, (mlsize_t)Long_val(size));
}

/// What a fake device finds at a bus address. Fails where there is a machine.
value machine_dma_view(value bus_address, value size) {
  if (nucleus_dma_allocate) caml_failwith("Machine.Dma: devices are real here");
  return array_of(&view_operations, (void*)(intnat)Long_val(bus_address), Long_val(size), (uint64_t)Long_val(bus_address), 0);
}

intnat machine_dma_bus(value array) {
  return Caml_ba_array_val(array)->dim[bus_index];
}
value machine_dma_bus_boxed(value array) {
  return Val_long(machine_dma_bus(array));
}

value machine_dma_give_up(value array) {
  Caml_ba_array_val(array)->dim[size_index] = 0;
  return Val_unit;
}

// Ranges have been checked against what both have. Nothing here allocates.

static char* place(value array, intnat offset) {
  return (char*)Caml_ba_array_val(array)->data + offset;
}

value machine_dma_from_bytes(value from, intnat from_offset, value to, intnat to_offset, intnat length) {
  memcpy(place(to, to_offset), Bytes_val(from) + from_offset, (size_t)length);
  return Val_unit;
}
value machine_dma_from_bytes_boxed(value from, value from_offset, value to, value to_offset, value length) {
  return machine_dma_from_bytes(from, Long_val(from_offset), to, Long_val(to_offset), Long_val(length));
}

value machine_dma_to_bytes(value from, intnat from_offset, value to, intnat to_offset, intnat length) {
  memcpy(Bytes_val(to) + to_offset, place(from, from_offset), (size_t)length);
  return Val_unit;
}
value machine_dma_to_bytes_boxed(value from, value from_offset, value to, value to_offset, value length) {
  return machine_dma_to_bytes(from, Long_val(from_offset), to, Long_val(to_offset), Long_val(length));
}

value machine_dma_copy(value from, intnat from_offset, value to, intnat to_offset, intnat length) {
  memmove(place(to, to_offset), place(from, from_offset), (size_t)length);
  return Val_unit;
}
value machine_dma_copy_boxed(value from, value from_offset, value to, value to_offset, value length) {
  return machine_dma_copy(from, Long_val(from_offset), to, Long_val(to_offset), Long_val(length));
}

value machine_dma_fill(value array, intnat offset, intnat length, intnat byte) {
  memset(place(array, offset), (int)byte, (size_t)length);
  return Val_unit;
}
value machine_dma_fill_boxed(value array, value offset, value length, value byte) {
  return machine_dma_fill(array, Long_val(offset), Long_val(length), Long_val(byte));
}
