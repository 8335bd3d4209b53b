// SPDX-License-Identifier: ISC

#include "harness.h"

#include <caml/mlvalues.h>

int checks_made(void);
int checks_wrong(void);

static const struct {
  const char* name;
  void (*run)(void);
} classes[] = {
    {"instructions", instructions_class},
    {"registers", registers_class},
    {"undefined", undefined_class},
    {"stepping", stepping_class},
    {"kernel_reads", kernel_reads_class},
    {"kernel_writes", kernel_writes_class},
    {"kernel_jumps", kernel_jumps_class},
    {"strange_addresses", strange_addresses_class},
    {"write_or_execute", write_or_execute_class},
    {"pointers", pointers_class},
    {"page_ends", page_ends_class},
    {"lengths", lengths_class},
    {"flags", flags_class},
    {"mapping_races", mapping_races_class},
    {"argument_races", argument_races_class},
    {"first_touches", first_touches_class},
    {"execve_races", execve_races_class},
    {"descriptor_races", descriptor_races_class},
    {"exit_races", exit_races_class},
    {"thread_locks", thread_locks_class},
    {"thread_signals", thread_signals_class},
    {"thread_lives", thread_lives_class},
    {"elf_headers", elf_headers_class},
    {"elf_segments", elf_segments_class},
    {"stack_overflow", stack_overflow_class},
    {"alternate_stacks", alternate_stacks_class},
    {"forged_frames", forged_frames_class},
    {"bad_handlers", bad_handlers_class},
    {"deep_signals", deep_signals_class},
    {"futexes", futexes_class},
    {"robust_lists", robust_lists_class},
    {"clones", clones_class},
    {"tracing", tracing_class},
    {"fresh_pages", fresh_pages_class},
    {"fresh_registers", fresh_registers_class},
    {"copied_structs", copied_structs_class},
    {"locks", locks_class},
    {"foreign_handles", foreign_handles_class},
    {"foreign_processes", foreign_processes_class},
    {"paths", paths_class},
};

static int run_class(const char* name) {
  for (size_t i = 0; i < COUNT(classes); i++)
    if (strcmp(classes[i].name, name) == 0) {
      classes[i].run();
      printf("%s: %d checks, %d wrong\n", name, checks_made(), checks_wrong());
      fflush(stdout);
      return checks_wrong() == 0 && checks_made() > 0 ? 0 : 1;
    }
  printf("wrong: no class %s\n", name);
  fflush(stdout);
  return 2;
}

value hostile_run(value arguments) {
  const size_t count = Wosize_val(arguments);
  const char* first = count > 1 ? String_val(Field(arguments, 1)) : "list";
  if (strcmp(first, "list") == 0) {
    for (size_t i = 0; i < COUNT(classes); i++) printf("%s\n", classes[i].name);
    fflush(stdout);
    return Val_int(0);
  }
  if (strcmp(first, "witness") == 0) witness();
  if (strcmp(first, "fuzz") == 0 && count == 4)
    return Val_int(
        fuzz(strtoul(String_val(Field(arguments, 2)), NULL, 0), atol(String_val(Field(arguments, 3)))));
  on_linux = count > 2;
  // Some classes use whatever is open: what a parent of this one left open is not theirs.
  if (on_linux) CALL(close_range, 3, ~0u, 0);
  thorough = getenv("THOROUGH") != NULL;
  return Val_int(run_class(first));
}
