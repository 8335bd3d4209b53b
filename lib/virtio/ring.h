// SPDX-License-Identifier: ISC
#pragma once

// The split virtqueue: a plain C interface, so that OCaml's stubs, tests and fuzzers use the same mechanism.
// It needs nothing but memory that the device sees too.
//
// The device is not trusted: what it writes (the used ring) is read once and decoded wholly before anything
// is done with it, and nothing that lies in shared memory is ever read back. After the first thing that
// cannot be the ring is broken: it gives nothing more until its device has been reset and
// virtio_ring_abandon() has told what was in flight.
//
// A ring is used by one thread at a time.  Spec: [virtio "Split Virtqueues"]

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum virtio_ring_features { VIRTIO_RING_INDIRECT = 1, VIRTIO_RING_EVENT_INDEX = 2 };

/// Most segments of a request.
#define VIRTIO_RING_MAX_SEGMENTS 128

/// Below 0: why there is no answer.
enum virtio_ring_answer {
  VIRTIO_RING_NOTHING = -1,        // none has come
  VIRTIO_RING_FULL = -2,           // not enough descriptors are free
  VIRTIO_RING_INVALID = -3,        // the caller's mistake
  VIRTIO_RING_BAD_INDEX = -4,      // the device has used more than it was given
  VIRTIO_RING_BAD_IDENTITY = -5,   // it names a descriptor that is not there
  VIRTIO_RING_NOT_IN_FLIGHT = -6,  // it gives back what it does not have
  VIRTIO_RING_BAD_LENGTH = -7      // it has written more than it may
};

typedef struct virtio_ring virtio_ring;

/// Where the parts are, in bytes from the start of the memory.
typedef struct virtio_ring_layout {
  uint64_t available;
  uint64_t used;
  uint64_t indirect;
  uint64_t size;  // of all; 0: there is no such ring
} virtio_ring_layout;

/// `entries`: a power of two up to 32768. `segments`: the most that an indirect request has; 0: none is
/// indirect.
virtio_ring_layout virtio_ring_place(uint32_t entries, uint32_t segments);

/// `memory` is zeroed, as large as the layout says, and at `bus_address` (a multiple of 16) for the device.
/// Null: no such ring, or out of memory.
virtio_ring* virtio_ring_create(void* memory, uint64_t bus_address, uint32_t entries, uint32_t segments,
                                uint32_t features);
void virtio_ring_destroy(virtio_ring* ring);

/// Adds a segment to the request that is being made; those that the device writes come behind those that it
/// reads. 0, or VIRTIO_RING_INVALID, which also drops the request.
int virtio_ring_segment(virtio_ring* ring, uint64_t bus_address, uint64_t length, int device_writes);

/// Gives the request to the device, which sees it after the next publish. Returns its identity, below
/// `entries`, or VIRTIO_RING_FULL, VIRTIO_RING_INVALID or what broke the ring; then the request is dropped.
int virtio_ring_submit(virtio_ring* ring);

/// How many requests of so many segments can be submitted for sure.
uint32_t virtio_ring_room(const virtio_ring* ring, uint32_t segments);

/// Shows the device what has been submitted. 1: it wants to be notified.
int virtio_ring_publish(virtio_ring* ring);

/// A request that the device is done with: identity | bytes that it has written << 16. Else
/// VIRTIO_RING_NOTHING, or what broke the ring.
int64_t virtio_ring_take(virtio_ring* ring);

/// Asks for an interrupt for the next one that is used. 1: there is one to take already.
int virtio_ring_want_interrupt(virtio_ring* ring);
/// Tells the device that none is needed; it may send some.
void virtio_ring_no_interrupt(virtio_ring* ring);

/// After a reset of the device: the identity of a request that was in flight and is not any more, or
/// VIRTIO_RING_NOTHING: then the ring is as new.
int virtio_ring_abandon(virtio_ring* ring);

uint32_t virtio_ring_in_flight(const virtio_ring* ring);

#ifdef __cplusplus
}
#endif
