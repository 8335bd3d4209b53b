// SPDX-License-Identifier: ISC

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <caml/alloc.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <caml/signals.h>
#include <caml/unixsupport.h>

enum { most_text = 65536, most_descriptors = 16 };

/// What the ioctl points to; lib/process/scheme_call.mli has the layout.
typedef struct scheme_call {
  uint64_t text;
  uint32_t text_size;
  uint32_t sent_count;
  uint64_t sent;
  uint64_t answer;
  uint32_t answer_room;
  uint32_t received_room;
  uint64_t received;
  uint32_t received_count;
  uint32_t close_on_exec;
} scheme_call;

_Static_assert(sizeof(scheme_call) == 56, "the layout");

#define SCHEME_CALL _IOWR('B', 1, scheme_call)

value scheme_call_call(value file, value text, value descriptors) {
  CAMLparam3(file, text, descriptors);
  CAMLlocal3(result, answer_text, received_array);
  const mlsize_t size = caml_string_length(text), count = Wosize_val(descriptors);
  int32_t sent[most_descriptors], received[most_descriptors];
  if (size > most_text || count > most_descriptors) caml_unix_error(E2BIG, "scheme_call", Nothing);
  for (mlsize_t i = 0; i < count; i++) sent[i] = Int_val(Field(descriptors, i));
  char* const buffer = malloc(2 * (size_t)most_text);
  if (buffer == NULL) caml_raise_out_of_memory();
  char* const answer = buffer + most_text;
  memcpy(buffer, String_val(text), size);
  scheme_call call = {
      .text = (uintptr_t)buffer,
      .text_size = (uint32_t)size,
      .sent_count = (uint32_t)count,
      .sent = (uintptr_t)sent,
      .answer = (uintptr_t)answer,
      .answer_room = most_text,
      .received_room = most_descriptors,
      .received = (uintptr_t)received,
      .close_on_exec = 1,
  };
  caml_enter_blocking_section();
  const int length = ioctl(Int_val(file), SCHEME_CALL, &call);
  caml_leave_blocking_section();
  if (length < 0) {
    const int error = errno;
    free(buffer);
    caml_unix_error(error, "scheme_call", Nothing);
  }
  answer_text = caml_alloc_initialized_string((mlsize_t)length, answer);
  free(buffer);
  received_array = caml_alloc(call.received_count, 0);
  for (uint32_t i = 0; i < call.received_count; i++) Store_field(received_array, i, Val_int(received[i]));
  result = caml_alloc_tuple(2);
  Store_field(result, 0, answer_text);
  Store_field(result, 1, received_array);
  CAMLreturn(result);
}
