// SPDX-License-Identifier: ISC
// The phases of the collector, out of the runtime's own rings. By the runtime's C interface: not every
// installation has the library runtime_events.

#define CAML_INTERNALS

#include <stdint.h>
#include <stdlib.h>

#include <caml/alloc.h>
#include <caml/mlvalues.h>
#include <caml/runtime_events_consumer.h>
#include <caml/version.h>

typedef struct entry {
  uint64_t time;
  int32_t slot;   // of the domain
  int32_t phase;  // ev_runtime_phase; its complement at the end of the phase; or gap
} entry;

enum { most_entries = 1 << 20, gap = INT32_MIN };

static struct caml_runtime_events_cursor* cursor;
static entry* entries;
static uintnat count, room, lost;

static int add(int slot, uint64_t time, int32_t phase) {
  if (count == room) {
    const uintnat wanted = room == 0 ? 1024 : 2 * room;
    entry* const more = wanted > most_entries ? NULL : realloc(entries, wanted * sizeof *entries);
    if (more == NULL) {
      lost += sizeof(entry) / sizeof(uint64_t);
      return 1;
    }
    entries = more;
    room = wanted;
  }
  entries[count++] = (entry){.time = time, .slot = slot, .phase = phase};
  return 1;
}

static int begins(int slot, void* data, uint64_t time, ev_runtime_phase phase) {
  (void)data;
  return add(slot, time, (int32_t)phase);
}

static int ends(int slot, void* data, uint64_t time, ev_runtime_phase phase) {
  (void)data;
  return add(slot, time, ~(int32_t)phase);
}

/// Words that were overwritten before they were read. Phases that have begun may have ended since.
static int lost_some(int slot, void* data, int words) {
  (void)data;
  lost += (uintnat)words;
  return add(slot, 0, gap);
}

/// Whether the runtime's rings can be read.
value picox_trace_collector_start(value unit) {
  (void)unit;
  caml_runtime_events_start();
  if (cursor != NULL) return Val_true;
  if (caml_runtime_events_create_cursor(NULL, -1, &cursor) != E_SUCCESS) {
    cursor = NULL;
    return Val_false;
  }
  caml_runtime_events_set_runtime_begin(cursor, begins);
  caml_runtime_events_set_runtime_end(cursor, ends);
  caml_runtime_events_set_lost_events(cursor, lost_some);
  return Val_true;
}

/// Takes what is there. By one thread at a time.
value picox_trace_collector_read(value unit) {
  (void)unit;
  if (cursor != NULL) caml_runtime_events_read_poll(cursor, NULL, 0, NULL);
  return Val_unit;
}

value picox_trace_collector_count(value unit) {
  (void)unit;
  return Val_long(count);
}

value picox_trace_collector_lost(value unit) {
  (void)unit;
  return Val_long(lost);
}

value picox_trace_collector_time(value index) {
  return Val_long(entries[Long_val(index)].time);
}

value picox_trace_collector_slot(value index) {
  return Val_long(entries[Long_val(index)].slot);
}

value picox_trace_collector_phase(value index) {
  return Val_long(entries[Long_val(index)].phase);
}

/// The runtime's names, which differ a little from one version to the next.
value picox_trace_phase_name(value phase) {
  switch (Long_val(phase)) {
#define PHASE(id, text) \
  case id:              \
    return caml_copy_string(text);
    PHASE(EV_EXPLICIT_GC_SET, "set")
    PHASE(EV_EXPLICIT_GC_STAT, "stat")
    PHASE(EV_EXPLICIT_GC_MINOR, "minor, asked for")
    PHASE(EV_EXPLICIT_GC_MAJOR, "major, asked for")
    PHASE(EV_EXPLICIT_GC_FULL_MAJOR, "full major, asked for")
    PHASE(EV_EXPLICIT_GC_COMPACT, "compaction, asked for")
    PHASE(EV_EXPLICIT_GC_MAJOR_SLICE, "major slice, asked for")
    PHASE(EV_MAJOR, "major")
    PHASE(EV_MAJOR_SWEEP, "major: sweep")
    PHASE(EV_MAJOR_MARK_ROOTS, "major: roots")
    PHASE(EV_MAJOR_MARK, "major: mark")
    PHASE(EV_MAJOR_MARK_OPPORTUNISTIC, "major: mark while idle")
    PHASE(EV_MAJOR_SLICE, "major: slice")
    PHASE(EV_MAJOR_FINISH_MARKING, "major: finish marking")
    PHASE(EV_MAJOR_FINISH_SWEEPING, "major: finish sweeping")
    PHASE(EV_MAJOR_FINISH_CYCLE, "major: finish cycle")
    PHASE(EV_MAJOR_EPHE_MARK, "major: mark ephemerons")
    PHASE(EV_MAJOR_EPHE_SWEEP, "major: sweep ephemerons")
    PHASE(EV_MAJOR_GC_CYCLE_DOMAINS, "major: cycle")
    PHASE(EV_MAJOR_GC_PHASE_CHANGE, "major: change of phase")
    PHASE(EV_MAJOR_GC_STW, "major: stop the world")
    PHASE(EV_MINOR, "minor")
    PHASE(EV_MINOR_CLEAR, "minor: clear")
    PHASE(EV_MINOR_LOCAL_ROOTS, "minor: local roots")
    PHASE(EV_MINOR_LOCAL_ROOTS_PROMOTE, "minor: promote local roots")
    PHASE(EV_MINOR_GLOBAL_ROOTS, "minor: global roots")
    PHASE(EV_MINOR_REMEMBERED_SET, "minor: remembered set")
    PHASE(EV_MINOR_REMEMBERED_SET_PROMOTE, "minor: promote remembered set")
    PHASE(EV_MINOR_FINALIZERS_OLDIFY, "minor: finalizers")
    PHASE(EV_MINOR_FINALIZERS_ADMIN, "minor: lists of finalizers")
    PHASE(EV_MINOR_LEAVE_BARRIER, "minor: barrier")
    PHASE(EV_STW_API_BARRIER, "stop the world: barrier")
    PHASE(EV_STW_HANDLER, "stop the world: others")
    PHASE(EV_STW_LEADER, "stop the world: leader")
    PHASE(EV_FINALISE_UPDATE_FIRST, "finalisers, first")
    PHASE(EV_FINALISE_UPDATE_LAST, "finalisers, last")
    PHASE(EV_INTERRUPT_REMOTE, "interrupt by another domain")
    PHASE(EV_DOMAIN_CONDITION_WAIT, "waiting for another domain")
    PHASE(EV_DOMAIN_RESIZE_HEAP_RESERVATION, "heap reservation")
#if OCAML_VERSION >= 50200
    PHASE(EV_COMPACT, "compaction")
    PHASE(EV_COMPACT_EVACUATE, "compaction: evacuate")
    PHASE(EV_COMPACT_FORWARD, "compaction: forward")
    PHASE(EV_COMPACT_RELEASE, "compaction: release")
#endif
#undef PHASE
    default:
      return caml_copy_string("another phase");
  }
}
