// SPDX-License-Identifier: ISC
//
// volume.h for OCaml. Core has one of these a volume, and calls it from one thread only, which may block: while the file
// system is at work the runtime is released, and taken again for each transfer of the device, which a function of OCaml's does. What
// is transferred lies in a buffer of the device's own. The volume's functions are weak, so that a program that is linked
// without them finds that there are none.

#include "volume.h"

#include <stdlib.h>
#include <string.h>

#include <caml/alloc.h>
#include <caml/bigarray.h>
#include <caml/callback.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <caml/signals.h>

#pragma weak redoxfs_volume_open
#pragma weak redoxfs_volume_format
#pragma weak redoxfs_volume_close
#pragma weak redoxfs_volume_perform
#pragma weak redoxfs_volume_describe

enum { block = 4096 };
enum { transfer_read, transfer_write, transfer_barrier };

typedef struct mounted {
  redoxfs_volume* volume;  // null before it is opened
  redoxfs_device device;
  value transfer;  // a root: the function
  value buffer;    // a root: the bigarray that it fills or empties
  char* bytes;     // that bigarray's
  uint64_t most;   // blocks that fit in
} mounted;

// The fields of Core.request, in their order.
enum field {
  field_operation,
  field_flags,
  field_path,
  field_second,
  field_node,
  field_offset,
  field_length,
  field_accessed,
  field_modified,
  field_error,
  field_link,
  field_link_at,
  field_answer,
  field_mode,
  field_links,
  field_size,
  field_blocks,
  field_changed,
};

// With the runtime. Whether it was done.
static int ask(mounted* m, int operation, uint64_t first, uint64_t count) {
  const value result =
      caml_callback3_exn(m->transfer, Val_int(operation), Val_long((intnat)first), Val_long((intnat)count));
  return !Is_exception_result(result) && Bool_val(result);
}

static int transfer(mounted* m, int operation, uint64_t first, uint64_t count, char* at) {
  int done = 1;
  caml_leave_blocking_section();
  while (done && count > 0) {
    const uint64_t some = count < m->most ? count : m->most;
    if (operation == transfer_write) memcpy(m->bytes, at, some * block);
    done = ask(m, operation, first, some);
    if (done && operation == transfer_read) memcpy(at, m->bytes, some * block);
    first += some;
    count -= some;
    at += some * block;
  }
  caml_enter_blocking_section();
  return !done;
}

static int device_read(void* context, uint64_t first, uint64_t count, void* into) {
  return transfer(context, transfer_read, first, count, into);
}

static int device_write(void* context, uint64_t first, uint64_t count, const void* from) {
  return transfer(context, transfer_write, first, count, (char*)from);
}

static int device_barrier(void* context) {
  caml_leave_blocking_section();
  const int done = ask(context, transfer_barrier, 0, 0);
  caml_enter_blocking_section();
  return !done;
}

value redoxfs_is_supported(value unit) {
  (void)unit;
  return Val_bool(redoxfs_volume_open != NULL);
}

value redoxfs_describe(value error) {
  return caml_copy_string(redoxfs_volume_describe ? redoxfs_volume_describe(Int_val(error)) : "no file system is linked");
}

value redoxfs_prepare(value function, value buffer, value blocks) {
  CAMLparam3(function, buffer, blocks);
  mounted* m = calloc(1, sizeof(mounted));
  if (!m) caml_raise_out_of_memory();
  m->transfer = function;
  m->buffer = buffer;
  caml_register_generational_global_root(&m->transfer);
  caml_register_generational_global_root(&m->buffer);
  m->bytes = Caml_ba_data_val(buffer);
  m->most = (uint64_t)caml_ba_byte_size(Caml_ba_array_val(buffer)) / block;
  m->device = (redoxfs_device){m, (uint64_t)Long_val(blocks), device_read, device_write, device_barrier};
  CAMLreturn(caml_copy_nativeint((intnat)m));
}

static mounted* of_value(value handle) {
  return (mounted*)Nativeint_val(handle);
}

// A copy that stays where it is; null only where there is no memory.
static char* copied(value text) {
  const size_t size = caml_string_length(text);
  char* copy = malloc(size + 1);
  if (copy) memcpy(copy, String_val(text), size + 1);
  return copy;
}

// An error, or 0.
value redoxfs_open(value handle, value writable, value password) {
  mounted* m = of_value(handle);
  const size_t size = caml_string_length(password);
  const int changes = Bool_val(writable);
  char* key = copied(password);
  int error = 0;
  if (!key) caml_raise_out_of_memory();
  caml_enter_blocking_section();
  m->volume = redoxfs_volume_open(&m->device, changes, key, size, &error);
  caml_leave_blocking_section();
  free(key);
  return Val_int(error);
}

value redoxfs_format(value handle, value password) {
  mounted* m = of_value(handle);
  const size_t size = caml_string_length(password);
  char* key = copied(password);
  if (!key) caml_raise_out_of_memory();
  caml_enter_blocking_section();
  const int error = redoxfs_volume_format(&m->device, key, size);
  caml_leave_blocking_section();
  free(key);
  return Val_int(error);
}

// The last call with this handle.
value redoxfs_close(value handle) {
  mounted* m = of_value(handle);
  if (m->volume) {
    caml_enter_blocking_section();
    redoxfs_volume_close(m->volume);
    caml_leave_blocking_section();
  }
  caml_remove_generational_global_root(&m->transfer);
  caml_remove_generational_global_root(&m->buffer);
  free(m);
  return Val_unit;
}

static uint64_t number(value request, enum field field) {
  return (uint64_t)Long_val(Field(request, field));
}

// A number of the answer; what OCaml's integers cannot be is their greatest.
static void put(value request, enum field field, uint64_t answer) {
  Field(request, field) = Val_long(answer > (uint64_t)Max_long ? Max_long : (intnat)answer);
}

value redoxfs_perform(value handle, value request, value data) {
  CAMLparam3(handle, request, data);
  mounted* m = of_value(handle);
  char* path = copied(Field(request, field_path));
  char* second = copied(Field(request, field_second));
  if (!path || !second) {
    free(path);
    free(second);
    caml_raise_out_of_memory();
  }
  redoxfs_request r = {
      .operation = (uint32_t)number(request, field_operation),
      .flags = (uint32_t)number(request, field_flags),
      .path = path,
      .path_size = caml_string_length(Field(request, field_path)),
      .second = second,
      .second_size = caml_string_length(Field(request, field_second)),
      .node = number(request, field_node),
      .offset = number(request, field_offset),
      .length = number(request, field_length),
      .data = Caml_ba_data_val(data),
      .data_size = (uint64_t)caml_ba_byte_size(Caml_ba_array_val(data)),
      .accessed_ns = (int64_t)number(request, field_accessed),
      .modified_ns = (int64_t)number(request, field_modified),
  };
  caml_enter_blocking_section();
  redoxfs_volume_perform(m->volume, &r);
  caml_leave_blocking_section();
  free(path);
  free(second);
  put(request, field_node, r.node);
  put(request, field_offset, r.offset);
  put(request, field_accessed, (uint64_t)r.accessed_ns);
  put(request, field_modified, (uint64_t)r.modified_ns);
  put(request, field_error, (uint64_t)r.error);
  put(request, field_link, r.link);
  put(request, field_link_at, r.link_at);
  put(request, field_answer, r.answer);
  put(request, field_mode, r.mode);
  put(request, field_links, r.links);
  put(request, field_size, r.size);
  put(request, field_blocks, r.blocks);
  put(request, field_changed, (uint64_t)r.changed_ns);
  CAMLreturn(Val_unit);
}
