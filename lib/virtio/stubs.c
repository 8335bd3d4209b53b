// SPDX-License-Identifier: ISC
//
// ring.h for OCaml. A ring is in a custom block, which destroys it; the memory that it shares with the device is a buffer
// that the OCaml record beside it keeps alive.

#include "ring.h"

#include <caml/alloc.h>
#include <caml/bigarray.h>
#include <caml/custom.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>

static virtio_ring** place(value ring) {
  return (virtio_ring**)Data_custom_val(ring);
}

static virtio_ring* of_value(value ring) {
  return *place(ring);
}

static void destroy(value ring) {
  virtio_ring_destroy(of_value(ring));
}

static struct custom_operations operations = {
    "virtio.ring",          destroy, custom_compare_default, custom_hash_default, custom_serialize_default,
    custom_deserialize_default, custom_compare_ext_default, custom_fixed_length_default};

/// Offsets of the available ring and the used ring, and the size of all; the latter 0: there is no such ring.
value virtio_place(value entries, value segments) {
  const virtio_ring_layout layout = virtio_ring_place((uint32_t)Long_val(entries), (uint32_t)Long_val(segments));
  value made = caml_alloc(3, 0);
  Store_field(made, 0, Val_long(layout.available));
  Store_field(made, 1, Val_long(layout.used));
  Store_field(made, 2, Val_long(layout.size));
  return made;
}

/// In a buffer that is large enough, zeroed, and at that bus address. Raises Out_of_memory.
value virtio_create(value memory, value bus_address, value entries, value segments, value features) {
  CAMLparam1(memory);
  CAMLlocal1(made);
  made = caml_alloc_custom(&operations, sizeof(virtio_ring*), 0, 1);
  *place(made) = virtio_ring_create(Caml_ba_data_val(memory), (uint64_t)Long_val(bus_address), (uint32_t)Long_val(entries),
                                    (uint32_t)Long_val(segments), (uint32_t)Long_val(features));
  if (!of_value(made)) caml_raise_out_of_memory();
  CAMLreturn(made);
}

intnat virtio_segment(value ring, intnat bus_address, intnat length, intnat device_writes) {
  return virtio_ring_segment(of_value(ring), (uint64_t)bus_address, (uint64_t)length, (int)device_writes);
}
value virtio_segment_boxed(value ring, value bus_address, value length, value device_writes) {
  return Val_long(virtio_segment(ring, Long_val(bus_address), Long_val(length), Long_val(device_writes)));
}

intnat virtio_submit(value ring) {
  return virtio_ring_submit(of_value(ring));
}
value virtio_submit_boxed(value ring) {
  return Val_long(virtio_submit(ring));
}

intnat virtio_room(value ring, intnat segments) {
  return virtio_ring_room(of_value(ring), (uint32_t)segments);
}
value virtio_room_boxed(value ring, value segments) {
  return Val_long(virtio_room(ring, Long_val(segments)));
}

intnat virtio_publish(value ring) {
  return virtio_ring_publish(of_value(ring));
}
value virtio_publish_boxed(value ring) {
  return Val_long(virtio_publish(ring));
}

intnat virtio_take(value ring) {
  return virtio_ring_take(of_value(ring));
}
value virtio_take_boxed(value ring) {
  return Val_long(virtio_take(ring));
}

intnat virtio_want_interrupt(value ring) {
  return virtio_ring_want_interrupt(of_value(ring));
}
value virtio_want_interrupt_boxed(value ring) {
  return Val_long(virtio_want_interrupt(ring));
}

value virtio_no_interrupt(value ring) {
  virtio_ring_no_interrupt(of_value(ring));
  return Val_unit;
}

intnat virtio_abandon(value ring) {
  return virtio_ring_abandon(of_value(ring));
}
value virtio_abandon_boxed(value ring) {
  return Val_long(virtio_abandon(ring));
}

intnat virtio_in_flight(value ring) {
  return virtio_ring_in_flight(of_value(ring));
}
value virtio_in_flight_boxed(value ring) {
  return Val_long(virtio_in_flight(ring));
}
