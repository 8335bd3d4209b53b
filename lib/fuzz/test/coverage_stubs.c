// SPDX-License-Identifier: ISC
//
// What of a program has run: the counters that ocamlopt's -afl-instrument has it count in. They are the runtime's; without that
// option they stay zeros.

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <caml/mlvalues.h>

extern unsigned char* caml_afl_area_ptr;
extern uintnat caml_afl_prev_loc;

enum { size = 1 << 16 };
static unsigned char seen[size];  // sets of classes

/// Where the runtime has no counters of its own. Modules count as soon as they begin.
__attribute__((constructor)) static void have_counters(void) {
  static unsigned char counters[size];
  if (!caml_afl_area_ptr) caml_afl_area_ptr = counters;
}

/// Once, twice, some times, often: loops that go round once more are nothing new.
static unsigned char class_of(unsigned char count) {
  return (unsigned char)(count == 0 ? 0 : count == 1 ? 1 : count == 2 ? 2 : count < 5 ? 4 : count < 9 ? 8 : count < 33 ? 16 : 32);
}

value guided_fuzz_begin(value unit) {
  (void)unit;
  memset(caml_afl_area_ptr, 0, size);
  caml_afl_prev_loc = 0;
  return Val_unit;
}

/// How many counters are in a class that they were not in before.
value guided_fuzz_end(value unit) {
  (void)unit;
  intnat more = 0;
  for (int i = 0; i < size; i += 8) {
    uint64_t word;
    memcpy(&word, caml_afl_area_ptr + i, sizeof word);
    if (word == 0) continue;
    for (int j = i; j < i + 8; j++) {
      const unsigned char class = class_of(caml_afl_area_ptr[j]);
      if ((class & ~seen[j]) != 0) more++;
      seen[j] |= class;
    }
  }
  return Val_long(more);
}

value guided_fuzz_forget(value unit) {
  (void)unit;
  memset(seen, 0, size);
  return Val_unit;
}
