// SPDX-License-Identifier: ISC

#include "ring.h"

#include <stdlib.h>
#include <string.h>

namespace {

// Spec: [virtio "The Virtqueue Descriptor Table", "The Virtqueue Available Ring", "The Virtqueue Used Ring"]

struct Descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
static_assert(sizeof(Descriptor) == 16);

constexpr uint16_t has_next = 1;
constexpr uint16_t device_writes_it = 2;
constexpr uint16_t is_indirect = 4;

struct UsedEntry {
  uint32_t identity;
  uint32_t length;
};

constexpr uint16_t no_interrupt = 1;  // the available ring's flag
constexpr uint16_t no_notify = 1;     // the used ring's

constexpr uint32_t most_entries = 32768;
constexpr uint16_t nobody = 0xffff;
constexpr uint64_t ring_header = 4;  // flags and index

constexpr uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

/// Everything before it is visible to the device, and done, before everything after it.
///
/// With one CPU QEMU before 8.0 leaves barriers and atomic instructions out of what it translates, though the
/// thread that is the device runs in parallel: what is stored here and what is loaded then changed places
/// about once in 100,000 requests, and both sides waited for each other. So each barrier comes with an
/// instruction that ends a block of translated code (on aarch64 only where there is one CPU), after which
/// QEMU itself has a barrier; processors hardly notice it.
inline void full_barrier() {
#if defined(__aarch64__)
  __asm__ volatile("dmb osh\n\tyield" ::: "memory");
#elif defined(__riscv)
  __asm__ volatile("fence iorw, iorw\n\t.insn 4, 0x0100000f" ::: "memory");  // pause, which is a hint
#else
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  __asm__ volatile(  // below the red zone
      "leaq -128(%%rsp), %%rsp\n\t"
      "pushfq\n\t"
      "popfq\n\t"
      "leaq 128(%%rsp), %%rsp" ::
          : "memory", "cc");
#endif
}

inline void write_barrier() {
#if defined(__aarch64__)
  __asm__ volatile("dmb oshst" ::: "memory");
#elif defined(__riscv)
  __asm__ volatile("fence w, w" ::: "memory");
#else
  __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}

inline void read_barrier() {
#if defined(__aarch64__)
  __asm__ volatile("dmb oshld" ::: "memory");
#elif defined(__riscv)
  __asm__ volatile("fence r, r" ::: "memory");
#else
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
#endif
}

template <typename T>
T load(const T* from) {
  return __atomic_load_n(from, __ATOMIC_RELAXED);
}

template <typename T>
void store(T* to, T value) {
  __atomic_store_n(to, value, __ATOMIC_RELAXED);
}

/// What only the driver knows of a descriptor.
struct Slot {
  uint32_t may_write = 0;  // bytes, of a request that is in flight
  uint16_t next = nobody;  // of the chain, or of the free list
  uint16_t count = 0;      // descriptors, of a request that is in flight: of its first one; else 0
};

struct Segment {
  uint64_t address;
  uint32_t length;
  bool device_writes;
};

}  // namespace

struct virtio_ring {
  Descriptor* table;
  uint16_t* available;  // flags, index, entries, used event
  uint8_t* used;        // flags, index, entries, available event
  Descriptor* indirect;
  uint64_t indirect_bus;
  uint32_t entries;
  uint32_t segments_each;  // of an indirect table
  bool event_index;
  bool use_indirect;

  Slot* slots;
  uint16_t first_free;
  uint32_t free_count;
  uint32_t in_flight;
  uint16_t next_available;  // counts without end, as the device's
  uint16_t published;
  uint16_t next_used;
  int broken;      // a virtio_ring_answer, or 0
  uint32_t sweep;  // where virtio_ring_abandon() goes on

  Segment pending[VIRTIO_RING_MAX_SEGMENTS];
  uint32_t pending_count;
  uint64_t pending_writes;

  uint16_t* used_flags() { return reinterpret_cast<uint16_t*>(used); }
  uint16_t* used_index() { return used_flags() + 1; }
  UsedEntry* used_entry(uint16_t index) {
    return reinterpret_cast<UsedEntry*>(used + ring_header) + (index & (entries - 1));
  }
  uint16_t* available_event() {
    return reinterpret_cast<uint16_t*>(used + ring_header + entries * sizeof(UsedEntry));
  }
  uint16_t* used_event() { return available + 2 + entries; }

  bool is_indirect_request(uint32_t count) const {
    return use_indirect && count > 1 && count <= segments_each;
  }

  void start() {
    for (uint32_t i = 0; i < entries; ++i) slots[i] = {.next = static_cast<uint16_t>(i + 1)};
    slots[entries - 1].next = nobody;
    first_free = 0;
    free_count = entries;
    in_flight = 0;
    next_available = published = next_used = 0;
    broken = 0;
    sweep = 0;
    pending_count = 0;
    pending_writes = 0;
  }

  uint16_t take_free() {
    const uint16_t slot = first_free;
    first_free = slots[slot].next;
    --free_count;
    return slot;
  }

  void write_descriptor(Descriptor& to, const Segment& from, uint16_t flags, uint16_t next) {
    to.address = from.address;
    to.length = from.length;
    to.flags = static_cast<uint16_t>(flags | (from.device_writes ? device_writes_it : 0));
    to.next = next;
  }

  uint16_t submit_indirect() {
    const uint16_t head = take_free();
    Descriptor* const list = indirect + uint64_t{head} * segments_each;
    for (uint32_t i = 0; i < pending_count; ++i) {
      const bool last = i + 1 == pending_count;
      write_descriptor(list[i], pending[i], last ? 0 : has_next, static_cast<uint16_t>(last ? 0 : i + 1));
    }
    const Segment whole{indirect_bus + uint64_t{head} * segments_each * sizeof(Descriptor),
                        static_cast<uint32_t>(pending_count * sizeof(Descriptor)), false};
    write_descriptor(table[head], whole, is_indirect, 0);
    slots[head].next = nobody;
    slots[head].count = 1;
    return head;
  }

  uint16_t submit_chain() {
    uint16_t head = nobody;
    uint16_t before = nobody;
    for (uint32_t i = 0; i < pending_count; ++i) {
      const uint16_t slot = take_free();
      const bool last = i + 1 == pending_count;
      // The next one will be the first of the free list.
      write_descriptor(table[slot], pending[i], last ? 0 : has_next, last ? uint16_t{0} : first_free);
      if (before == nobody) {
        head = slot;
      } else {
        slots[before].next = slot;
      }
      before = slot;
    }
    slots[before].next = nobody;
    slots[head].count = static_cast<uint16_t>(pending_count);
    return head;
  }

  void release(uint16_t head) {
    uint16_t last = head;
    while (slots[last].next != nobody) last = slots[last].next;
    free_count += slots[head].count;
    slots[head].count = 0;
    slots[last].next = first_free;
    first_free = head;
    --in_flight;
  }

  /// Decodes the next entry of the used ring, of which there is one. Changes nothing.
  int64_t decode(uint32_t& length) {
    UsedEntry* const entry = used_entry(next_used);
    const uint32_t identity = load(&entry->identity);
    length = load(&entry->length);
    if (identity >= entries) return VIRTIO_RING_BAD_IDENTITY;
    if (slots[identity].count == 0) return VIRTIO_RING_NOT_IN_FLIGHT;
    if (length > slots[identity].may_write) return VIRTIO_RING_BAD_LENGTH;
    return identity;
  }
};

extern "C" {

virtio_ring_layout virtio_ring_place(uint32_t entries, uint32_t segments) {
  virtio_ring_layout layout{};
  if (entries == 0 || entries > most_entries || (entries & (entries - 1)) != 0) return layout;
  if (segments > VIRTIO_RING_MAX_SEGMENTS) return layout;
  layout.available = entries * sizeof(Descriptor);
  layout.used = align_up(layout.available + ring_header + 2 * (uint64_t{entries} + 1), 4);
  layout.indirect = align_up(layout.used + ring_header + entries * sizeof(UsedEntry) + 2, 16);
  layout.size = layout.indirect + uint64_t{entries} * segments * sizeof(Descriptor);
  return layout;
}

virtio_ring* virtio_ring_create(void* memory, uint64_t bus_address, uint32_t entries, uint32_t segments,
                                uint32_t features) {
  const virtio_ring_layout layout = virtio_ring_place(entries, segments);
  if (layout.size == 0 || bus_address % 16 != 0 || layout.size > ~bus_address) return nullptr;
  auto* ring = static_cast<virtio_ring*>(calloc(1, sizeof(virtio_ring)));
  auto* slots = static_cast<Slot*>(calloc(entries, sizeof(Slot)));
  if (ring == nullptr || slots == nullptr) {
    free(ring);
    free(slots);
    return nullptr;
  }
  auto* bytes = static_cast<uint8_t*>(memory);
  ring->table = reinterpret_cast<Descriptor*>(bytes);
  ring->available = reinterpret_cast<uint16_t*>(bytes + layout.available);
  ring->used = bytes + layout.used;
  ring->indirect = reinterpret_cast<Descriptor*>(bytes + layout.indirect);
  ring->indirect_bus = bus_address + layout.indirect;
  ring->entries = entries;
  ring->segments_each = segments;
  ring->event_index = (features & VIRTIO_RING_EVENT_INDEX) != 0;
  ring->use_indirect = (features & VIRTIO_RING_INDIRECT) != 0 && segments > 1;
  ring->slots = slots;
  ring->start();
  return ring;
}

void virtio_ring_destroy(virtio_ring* ring) {
  if (ring == nullptr) return;
  free(ring->slots);
  free(ring);
}

int virtio_ring_segment(virtio_ring* ring, uint64_t bus_address, uint64_t length, int device_writes) {
  const bool after_written = ring->pending_count > 0 && ring->pending[ring->pending_count - 1].device_writes;
  const bool fits = length > 0 && length <= UINT32_MAX && length - 1 <= ~bus_address &&
                    ring->pending_count < VIRTIO_RING_MAX_SEGMENTS;
  // What the device may write must be countable in the 32 bits of its answer.
  const uint64_t writes = ring->pending_writes + (device_writes ? length : 0);
  if (!fits || (after_written && !device_writes) || writes > UINT32_MAX) {
    ring->pending_count = 0;
    ring->pending_writes = 0;
    return VIRTIO_RING_INVALID;
  }
  ring->pending[ring->pending_count++] = {bus_address, static_cast<uint32_t>(length), device_writes != 0};
  ring->pending_writes = writes;
  return 0;
}

int virtio_ring_submit(virtio_ring* ring) {
  const uint32_t count = ring->pending_count;
  const auto may_write = static_cast<uint32_t>(ring->pending_writes);
  const auto drop = [&](int why) {
    ring->pending_count = 0;
    ring->pending_writes = 0;
    return why;
  };
  if (ring->broken != 0) return drop(ring->broken);
  if (count == 0 || count > ring->entries) return drop(VIRTIO_RING_INVALID);
  const bool indirect = ring->is_indirect_request(count);
  if ((indirect ? 1 : count) > ring->free_count) return drop(VIRTIO_RING_FULL);
  const uint16_t head = indirect ? ring->submit_indirect() : ring->submit_chain();
  ring->slots[head].may_write = may_write;
  ++ring->in_flight;
  store(&ring->available[2 + (ring->next_available & (ring->entries - 1))], head);
  ++ring->next_available;
  return drop(head);
}

uint32_t virtio_ring_room(const virtio_ring* ring, uint32_t segments) {
  if (segments == 0 || ring->broken != 0) return 0;
  return ring->is_indirect_request(segments) ? ring->free_count : ring->free_count / segments;
}

int virtio_ring_publish(virtio_ring* ring) {
  const uint16_t before = ring->published;
  const uint16_t now = ring->next_available;
  if (before == now || ring->broken != 0) return 0;
  write_barrier();
  store(&ring->available[1], now);
  ring->published = now;
  full_barrier();
  if (!ring->event_index) return (load(ring->used_flags()) & no_notify) == 0;
  // Spec: [virtio "Available Buffer Notification Suppression"]
  const uint16_t event = load(ring->available_event());
  return static_cast<uint16_t>(now - event - 1) < static_cast<uint16_t>(now - before);
}

int64_t virtio_ring_take(virtio_ring* ring) {
  if (ring->broken != 0) return ring->broken;
  const uint16_t index = load(ring->used_index());
  const auto ready = static_cast<uint16_t>(index - ring->next_used);
  if (ready == 0) return VIRTIO_RING_NOTHING;
  const auto unpublished = static_cast<uint16_t>(ring->next_available - ring->published);
  if (ready > ring->in_flight - unpublished) return ring->broken = VIRTIO_RING_BAD_INDEX;
  read_barrier();
  uint32_t length = 0;
  const int64_t identity = ring->decode(length);
  if (identity < 0) return ring->broken = static_cast<int>(identity);
  ring->release(static_cast<uint16_t>(identity));
  ++ring->next_used;
  return identity | static_cast<int64_t>(uint64_t{length} << 16);
}

int virtio_ring_want_interrupt(virtio_ring* ring) {
  if (ring->event_index) {
    store(ring->used_event(), ring->next_used);
  } else {
    store(&ring->available[0], uint16_t{0});
  }
  full_barrier();
  return load(ring->used_index()) != ring->next_used;
}

void virtio_ring_no_interrupt(virtio_ring* ring) {
  // With event indexes the one that was asked for has passed, and none is sent until it comes round again.
  if (!ring->event_index) store(&ring->available[0], no_interrupt);
}

int virtio_ring_abandon(virtio_ring* ring) {
  for (; ring->sweep < ring->entries; ++ring->sweep) {
    const auto head = static_cast<uint16_t>(ring->sweep);
    if (ring->slots[head].count == 0) continue;
    ring->release(head);
    return head;
  }
  // The device starts from zero, too.
  const virtio_ring_layout layout = virtio_ring_place(ring->entries, ring->segments_each);
  memset(ring->table, 0, layout.size);
  ring->start();
  return VIRTIO_RING_NOTHING;
}

uint32_t virtio_ring_in_flight(const virtio_ring* ring) {
  return ring->in_flight;
}

}  // extern "C"
