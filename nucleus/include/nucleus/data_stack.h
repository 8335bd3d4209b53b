// SPDX-License-Identifier: ISC
#pragma once

// DataStack: one end's view of a nucleus_data_stack (nucleus.h), a bounded lock-free queue for many putters
// and getters. It trusts nothing that others write: whatever is in the shared words, each call ends, and
// stays within the slots. `Memory` is how shared words are accessed; tests put a model under it. Nothing of a
// library is needed, so C++ stubs of OCaml can have it, too.
//
// A putter that is stopped between taking slots and handing them on holds up who would get those behind.

#include "nucleus.h"  // beside it where OCaml stubs are built

namespace nucleus {

struct HardwareMemory {
  template <typename Word>
  static Word load(const Word* from) {
    return __atomic_load_n(from, __ATOMIC_ACQUIRE);
  }
  template <typename Word>
  static void store(Word* to, Word word) {
    __atomic_store_n(to, word, __ATOMIC_RELEASE);
  }
  static bool compare_and_swap(uint64_t* at, uint64_t& expected, uint64_t wanted) {
    return __atomic_compare_exchange_n(at, &expected, wanted, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
  }
  static void add(uint32_t* to, uint32_t number) { __atomic_fetch_add(to, number, __ATOMIC_SEQ_CST); }
  /// For the order of a store before it and a load behind it.
  static void fence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
  /// What belongs to who holds the slot.
  template <typename Word>
  static void copy(Word* to, const Word& from) {
    *to = from;
  }
};

struct DataItem {
  uint64_t token;
  uint64_t buffer;
  uint32_t length;
  uint32_t kind;
};

template <typename Memory = HardwareMemory>
class BasicDataStack {
 public:
  static constexpr uint32_t most_items = 1u << 20;

  /// The bytes that a stack of so many items takes; 0: no such capacity.
  static constexpr uint64_t size_for(uint32_t capacity) {
    if (capacity == 0 || capacity > most_items || (capacity & (capacity - 1)) != 0) return 0;
    return sizeof(nucleus_data_stack) + uint64_t{capacity} * sizeof(nucleus_data_item);
  }

  /// Makes an empty stack in `memory`, aligned to 8 and of size_for(capacity) bytes. Before others know it.
  static BasicDataStack format(void* memory, uint32_t capacity) {
    auto* const stack = static_cast<nucleus_data_stack*>(memory);
    stack->capacity = capacity;
    stack->tail = stack->head = 0;
    stack->getters_waiting = stack->putters_waiting = 0;
    for (uint32_t i = 0; i < capacity; ++i) stack->items[i] = {.sequence = i};
    Memory::store(&stack->magic, NUCLEUS_DATA_STACK_MAGIC);
    return BasicDataStack(stack, capacity);
  }

  /// One that somebody else has made, in `size` bytes. Not valid() if it is none.
  static BasicDataStack open(void* memory, uint64_t size) {
    auto* const stack = static_cast<nucleus_data_stack*>(memory);
    if (size < sizeof *stack || Memory::load(&stack->magic) != NUCLEUS_DATA_STACK_MAGIC) return {};
    const uint32_t capacity = Memory::load(&stack->capacity);
    const uint64_t needed = size_for(capacity);
    if (needed == 0 || needed > size) return {};
    return BasicDataStack(stack, capacity);
  }

  BasicDataStack() = default;
  /// Trusts that there is such a stack, as its maker may.
  BasicDataStack(nucleus_data_stack* stack, uint32_t capacity) : stack_{stack}, mask_{capacity - 1} {}

  bool valid() const { return stack_ != nullptr; }
  uint32_t capacity() const { return mask_ + 1; }

  /// Puts items until it is full; how many. A full fence stands at the end, for somebody_waits().
  uint32_t put(const DataItem* items, uint32_t count) const {
    uint64_t at = 0;
    const uint32_t taken = take(&stack_->tail, 0, count, at);
    for (uint32_t i = 0; i < taken; ++i) {
      nucleus_data_item& slot = slot_of(at + i);
      Memory::copy(&slot.token, items[i].token);
      Memory::copy(&slot.buffer, items[i].buffer);
      Memory::copy(&slot.length, items[i].length);
      Memory::copy(&slot.kind, items[i].kind);
      Memory::store(&slot.sequence, at + i + 1);
    }
    if (taken > 0) Memory::fence();
    return taken;
  }

  /// Gets at most so many; how many. Ends with a full fence, too.
  uint32_t get(DataItem* items, uint32_t most) const {
    uint64_t at = 0;
    const uint32_t taken = take(&stack_->head, 1, most, at);
    for (uint32_t i = 0; i < taken; ++i) {
      nucleus_data_item& slot = slot_of(at + i);
      Memory::copy(&items[i].token, slot.token);
      Memory::copy(&items[i].buffer, slot.buffer);
      Memory::copy(&items[i].length, slot.length);
      Memory::copy(&items[i].kind, slot.kind);
      Memory::store(&slot.sequence, at + i + capacity());
    }
    if (taken > 0) Memory::fence();
    return taken;
  }

  /// Whether an item can be got, or put, just now. After a full fence: the last look of who is about to wait.
  bool can_get() const { return can_take(&stack_->head, 1); }
  bool can_put() const { return can_take(&stack_->tail, 0); }

  /// Who waits says so before its last look, and takes it back when it goes on.
  void getter_waits(bool waits) const { Memory::add(&stack_->getters_waiting, waits ? 1u : ~0u); }
  void putter_waits(bool waits) const { Memory::add(&stack_->putters_waiting, waits ? 1u : ~0u); }

  /// After a put(): whether somebody is to be woken. After a get() likewise.
  bool getters_wait() const { return Memory::load(&stack_->getters_waiting) != 0; }
  bool putters_wait() const { return Memory::load(&stack_->putters_waiting) != 0; }

  /// How many items are in it; at most capacity(). What others do meanwhile may be counted or not.
  uint32_t depth() const {
    const uint64_t head = Memory::load(&stack_->head);
    const uint64_t depth = Memory::load(&stack_->tail) - head;
    return depth > capacity() ? capacity() : static_cast<uint32_t>(depth);
  }

 private:
  nucleus_data_item& slot_of(uint64_t position) const { return stack_->items[position & mask_]; }

  /// Slots from `at` on, as many as are free (phase 0) or filled (1), up to `most`.
  uint32_t count(uint64_t at, uint64_t phase, uint32_t most) const {
    uint32_t found = 0;
    while (found < most && found <= mask_ &&
           Memory::load(&slot_of(at + found).sequence) == at + found + phase)
      ++found;
    return found;
  }

  /// Takes them: moves `end`. A retry follows another's success only, and a damaged stack is full, or empty.
  uint32_t take(uint64_t* end, uint64_t phase, uint32_t most, uint64_t& at) const {
    at = Memory::load(end);
    for (;;) {
      const uint32_t found = count(at, phase, most);
      if (found == 0) {
        const uint64_t now = Memory::load(end);
        if (now == at) return 0;
        at = now;
        continue;
      }
      if (Memory::compare_and_swap(end, at, at + found)) return found;
    }
  }

  bool can_take(const uint64_t* end, uint64_t phase) const {
    Memory::fence();
    uint64_t at = Memory::load(end);
    for (;;) {
      if (count(at, phase, 1) == 1) return true;
      const uint64_t now = Memory::load(end);
      if (now == at) return false;
      at = now;
    }
  }

  nucleus_data_stack* stack_ = nullptr;
  uint32_t mask_ = 0;  // not the shared word: that may change
};

using DataStack = BasicDataStack<>;

}  // namespace nucleus
