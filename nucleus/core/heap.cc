// SPDX-License-Identifier: ISC

// A slab is one frame: a header, then objects of one size class; its frame record says which. Slabs with room
// are on their class's list; a slab that empties goes back to the frame allocator unless it is the class's
// only one with room (which keeps a lone object that comes and goes from taking a frame each time).

#include <nucleus/frames.h>
#include <nucleus/heap.h>
#include <nucleus/intrusive_list.h>
#include <nucleus/locked.h>
#include <nucleus/memory_layout.h>

#include <array>
#include <cstdint>

namespace nucleus {

namespace {

struct FreeObject {
  FreeObject* next;
};

struct alignas(16) Slab {
  ListLink<Slab> link;
  FreeObject* free = nullptr;
  std::uint32_t used = 0;
  std::uint32_t size_class = 0;
};

constexpr std::size_t slab_room = page_size - sizeof(Slab);

// From 512 bytes on, the sizes are those that leave little of a slab unused.
constexpr std::array<std::uint16_t, 16> class_sizes{16,  32,  48,  64,  80,  96,  128,  160,
                                                    192, 256, 336, 448, 576, 800, 1344, 2016};
static_assert(class_sizes.back() * 2 <= slab_room);

// An object of `size` bytes goes into class class_of[(size + 15) / 16].
constexpr auto class_of = [] {
  std::array<std::uint8_t, class_sizes.back() / 16 + 1> table{};
  for (std::size_t units = 0; units < table.size(); ++units) {
    while (class_sizes[table[units]] < units * 16) ++table[units];
  }
  return table;
}();

struct Heap {
  IntrusiveList<Slab, &Slab::link> with_room[class_sizes.size()];
  HeapCounters counters;
};

constinit Locked<Heap, Rank::heap> the_heap;

Frame frame_of(const void* block) {
  return Frame::containing(PhysAddr{VirtAddr::of(block) - layout::direct_map});
}

/// A new slab with all its objects free; null if there is no memory.
Slab* make_slab(unsigned size_class) {
  auto frame = allocate_kernel_frames(0, FrameUse::heap_slab, Zeroed::no);
  if (!frame) return nullptr;
  auto* memory = static_cast<std::byte*>(frame_memory(frame.value()));
  auto* slab = new (memory) Slab;
  slab->size_class = size_class;
  const std::size_t size = class_sizes[size_class];
  for (std::size_t at = slab_room / size; at > 0; --at)
    slab->free = new (memory + sizeof(Slab) + (at - 1) * size) FreeObject{slab->free};
  return slab;
}

void* allocate_small(unsigned size_class) {
  return the_heap.with([&](Heap& heap) -> void* {
    auto& list = heap.with_room[size_class];
    if (list.empty()) {
      Slab* made = make_slab(size_class);
      if (!made) return nullptr;
      ++heap.counters.frames;
      list.push_front(*made);
    }
    Slab& slab = *list.front();
    FreeObject* object = slab.free;
    slab.free = object->next;
    ++slab.used;
    if (!slab.free) list.remove(slab);
    ++heap.counters.objects;
    heap.counters.bytes += class_sizes[size_class];
    return object;
  });
}

void free_small(void* block) {
  auto& slab = *reinterpret_cast<Slab*>(align_down(reinterpret_cast<std::uintptr_t>(block), page_size));
  the_heap.with([&](Heap& heap) {
    NUCLEUS_CHECK(slab.used > 0);
    auto& list = heap.with_room[slab.size_class];
    if (!slab.free) list.push_front(slab);
    slab.free = new (block) FreeObject{slab.free};
    --slab.used;
    --heap.counters.objects;
    heap.counters.bytes -= class_sizes[slab.size_class];
    const bool only_one = list.front() == &slab && list.back() == &slab;
    if (slab.used > 0 || only_one) return;
    list.remove(slab);
    --heap.counters.frames;
    free_kernel_frames(frame_of(&slab));
  });
}

void* allocate_large(std::size_t size) {
  unsigned order = 0;
  while ((page_size << order) < size) {
    if (++order > max_frame_order) return nullptr;
  }
  auto frame = allocate_kernel_frames(order, FrameUse::heap_block, Zeroed::no);
  if (!frame) return nullptr;
  the_heap.with([&](Heap& heap) {
    ++heap.counters.objects;
    heap.counters.bytes += page_size << order;
    heap.counters.frames += std::size_t{1} << order;
  });
  return frame_memory(frame.value());
}

void free_large(void* block, unsigned order) {
  the_heap.with([&](Heap& heap) {
    --heap.counters.objects;
    heap.counters.bytes -= page_size << order;
    heap.counters.frames -= std::size_t{1} << order;
  });
  free_kernel_frames(frame_of(block));
}

}  // namespace

void* heap_allocate(std::size_t size) {
  if (size <= class_sizes.back()) return allocate_small(class_of[(size + 15) / 16]);
  return allocate_large(size);
}

void heap_free(void* block) {
  if (!block) return;
  const FrameInfo* info = frame_info(frame_of(block));
  NUCLEUS_CHECK(info != nullptr);
  if (info->use == FrameUse::heap_slab) return free_small(block);
  NUCLEUS_CHECK(info->use == FrameUse::heap_block);
  free_large(block, info->order);
}

HeapCounters heap_counters() {
  return the_heap.with([](Heap& heap) { return heap.counters; });
}

}  // namespace nucleus
