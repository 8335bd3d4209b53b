// SPDX-License-Identifier: ISC

// A virtqueue with a device that writes into shared memory what it likes. The input is a program of both:
// what the ring tells must be of requests that are in flight, nothing may be touched outside of its memory,
// and after a fault a reset gives back each request once.

#include "entry.h"
#include "virtio/ring.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_{data}, left_{size} {}
  bool empty() const { return left_ == 0; }
  unsigned next() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  unsigned next16() {
    const unsigned low = next();
    return low | next() << 8;
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

constexpr std::uint64_t bus = 0x10000;

struct Queue {
  unsigned entries;
  virtio_ring_layout layout;
  std::unique_ptr<std::uint8_t[]> memory;
  virtio_ring* ring;
  std::vector<bool> in_flight;
  std::vector<std::uint64_t> may_write;
  std::uint64_t pending_writes = 0;
  unsigned count = 0;

  void took(std::int64_t identity) {
    require(identity < entries && in_flight[static_cast<std::size_t>(identity)]);
    in_flight[static_cast<std::size_t>(identity)] = false;
    --count;
  }

  void submit() {
    const int head = virtio_ring_submit(ring);
    if (head >= 0) {
      const auto at = static_cast<std::size_t>(head);
      require(at < entries && !in_flight[at]);
      in_flight[at] = true;
      may_write[at] = pending_writes;
      ++count;
    }
    pending_writes = 0;
  }

  void segment(unsigned length, bool writes) {
    if (virtio_ring_segment(ring, bus + length, length, writes) == 0) {
      if (writes) pending_writes += length;
    } else {
      pending_writes = 0;
    }
  }

  void take() {
    const std::int64_t answer = virtio_ring_take(ring);
    if (answer < 0) {
      // A broken one stays so.
      if (answer != VIRTIO_RING_NOTHING)
        require(virtio_ring_take(ring) == answer && virtio_ring_room(ring, 1) == 0);
      return;
    }
    const std::int64_t identity = answer & 0xffff;
    took(identity);
    require(static_cast<std::uint64_t>(answer >> 16) <= may_write[static_cast<std::size_t>(identity)]);
  }

  void reset() {
    int head = 0;
    while ((head = virtio_ring_abandon(ring)) >= 0) took(head);
    require(head == VIRTIO_RING_NOTHING && count == 0 && virtio_ring_room(ring, 1) == entries);
    pending_writes = 0;
  }

  /// Uses a request as a device should: the descriptor is the input's choice.
  void use(unsigned identity, unsigned length) {
    std::uint16_t index = 0;
    std::uint8_t* const used = &memory[layout.used];
    std::memcpy(&index, used + 2, 2);
    const std::uint32_t entry[2] = {identity, length};
    std::memcpy(used + 4 + (index & (entries - 1)) * 8, entry, 8);
    ++index;
    std::memcpy(used + 2, &index, 2);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes input{data, size};
  const unsigned entries = 1u << (input.next() % 6);
  const unsigned segments = input.next() % 8;
  const unsigned features = input.next() & 3;
  Queue queue{.entries = entries, .layout = virtio_ring_place(entries, segments)};
  require(queue.layout.size != 0);
  queue.memory = std::make_unique<std::uint8_t[]>(queue.layout.size);
  queue.in_flight.resize(entries);
  queue.may_write.resize(entries);
  queue.ring = virtio_ring_create(queue.memory.get(), bus, entries, segments, features);
  require(queue.ring != nullptr);
  while (!input.empty()) {
    switch (input.next() % 10) {
      case 0:
      case 1:
        queue.segment(input.next() * 16, input.next() & 1);
        break;
      case 2:
        queue.submit();
        break;
      case 3:
        (void)virtio_ring_publish(queue.ring);
        break;
      case 4:
        queue.take();
        break;
      case 5:
        queue.use(input.next() % (2 * entries), input.next() * 8);
        break;
      case 6:  // anything, anywhere
        queue.memory[input.next16() % queue.layout.size] = static_cast<std::uint8_t>(input.next());
        break;
      case 7:
        (void)virtio_ring_want_interrupt(queue.ring);
        break;
      case 8:
        if (input.next() % 4 == 0) queue.reset();
        break;
      default:
        queue.segment(input.next() + 1, input.next() & 1);
        queue.submit();
        (void)virtio_ring_publish(queue.ring);
    }
    require(virtio_ring_in_flight(queue.ring) == queue.count);
  }
  queue.reset();
  virtio_ring_destroy(queue.ring);
  return 0;
}
