// SPDX-License-Identifier: ISC
// What happens on each domain, in a ring of its own: 32 bytes an event, nobody waits, nothing of OCaml is allocated.
//
// A domain's threads take turns, and none is stopped inside of these functions.

#define CAML_INTERNALS

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <caml/memory.h>
#include <caml/minor_gc.h>
#include <caml/mlvalues.h>

typedef struct event {
  int64_t ticks, code, a, b;
} event;

enum { most_slots = 128, events_between_looks = 1024 };

// Each on cache lines of its own.
static struct ring {
  _Alignas(128) event* events;
  uintnat mask;
  uintnat count;  // ever written
  uintnat lost;   // for want of memory
} rings[most_slots];

static uintnat size = 1 << 15;  // of the rings to come

/// The processor's counter: a clock whose pace is the same on all of them, and found out in the end.
static inline int64_t ticks_now(void) {
#if defined(__x86_64__)
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (int64_t)((uint64_t)high << 32 | low);
#elif defined(__aarch64__)
  int64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#elif defined(__riscv) && __riscv_xlen == 64
  int64_t ticks;
  __asm__ volatile("rdtime %0" : "=r"(ticks));
  return ticks;
#else
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#endif
}

intnat picox_trace_ticks(value unit) {
  (void)unit;
  return ticks_now();
}

value picox_trace_ticks_boxed(value unit) {
  return Val_long(picox_trace_ticks(unit));
}

/// Of rings that are made from now on.
value picox_trace_set_size(value events) {
  size = (uintnat)Long_val(events);
  return Val_unit;
}

static int make(struct ring* ring) {
  ring->events = calloc(size, sizeof *ring->events);
  ring->mask = size - 1;
  return ring->events != NULL;
}

/// Whether the collector has run since the last call that said so, and thus has something to be read.
static int collected(void) {
  static uintnat seen;  // by whichever domain; that one sees it late does no harm
  const uintnat now = atomic_load_explicit(&caml_minor_collections_count, memory_order_relaxed);
  if (now == seen) return 0;
  seen = now;
  return 1;
}

value picox_trace_collected(value unit) {
  (void)unit;
  return Val_bool(collected());
}

/// Writes an event. 1: it is time to read what the collector says.
intnat picox_trace_put(intnat code, intnat a, intnat b) {
  const int slot = (int)Caml_state->id;
  struct ring* const ring = &rings[slot < most_slots ? slot : most_slots - 1];
  if (__builtin_expect(ring->events == NULL || slot >= most_slots, 0) && (slot >= most_slots || !make(ring))) {
    ++ring->lost;
    return 0;
  }
  event* const at = &ring->events[ring->count & ring->mask];
  at->ticks = ticks_now();
  at->code = code;
  at->a = a;
  at->b = b;
  return __builtin_expect(++ring->count % events_between_looks == 0, 0) && collected();
}

value picox_trace_put_boxed(value code, value a, value b) {
  return Val_long(picox_trace_put(Long_val(code), Long_val(a), Long_val(b)));
}

value picox_trace_slots(value unit) {
  (void)unit;
  return Val_long(most_slots);
}

/// How many events were ever written in the place of a domain.
value picox_trace_count(value slot) {
  return Val_long(rings[Long_val(slot)].count);
}

/// How many of them are not there any more, or never were.
value picox_trace_lost(value slot) {
  const struct ring* const ring = &rings[Long_val(slot)];
  const uintnat room = ring->events == NULL ? 0 : ring->mask + 1;
  return Val_long(ring->lost + (ring->count > room ? ring->count - room : 0));
}

/// A word of event number `index`, which is there.
value picox_trace_word(value slot, value index, value word) {
  const struct ring* const ring = &rings[Long_val(slot)];
  const event* const at = &ring->events[(uintnat)Long_val(index) & ring->mask];
  const int64_t words[] = {at->ticks, at->code, at->a, at->b};
  return Val_long(words[Long_val(word)]);
}
