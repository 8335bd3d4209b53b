// SPDX-License-Identifier: ISC
//
// What the classes of hostile programs have in common: each thing is tried in a child, whose end is told
// exactly.

#pragma once

#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

extern bool thorough;  // with all values of everything, which takes long
extern bool on_linux;  // for comparison: what is ours alone is left out

enum { page = 4096, any = 0x7fffffff };

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define P(x) (long)(intptr_t)(x)

/// One thing that has been looked at; what is printed if it is not so.
void check(const char* what, bool holds);

/// A result that must be this one.
void expect(const char* what, long got, long wanted);

/// How a child ends: a signal's number, or exited(code).
static inline int exited(int code) {
  return 0x100 + code;
}
int end_of(void (*body)(void*), void* argument);
void expect_end(const char* what, void (*body)(void*), void* argument, int wanted);

/// The end of a child that is there already.
int wait_for(long pid);

/// Ends the calling process at once.
_Noreturn void leave(int code);

/// Pages that may be read and written, and are nobody else's.
char* fresh_pages(size_t count);

/// Such pages with nothing on either side, now and later.
char* lone_pages(size_t count);

/// Addresses where nothing is, and no mapping will be put.
char* hole_of(size_t count);

/// An address where nothing ever is, without the compiler knowing.
static inline volatile int* nowhere(void) {
  uintptr_t at = 16;
  __asm__("" : "+r"(at));
  return (volatile int*)at;
}

/// Threads of the calling process; they are over when join_all comes back.
struct thread {
  int over;
  char* stack;
};
bool start_thread(struct thread* thread, void (*body)(void*), void* argument);
void join(struct thread* thread);

/// What the memory of the kernel would be, if it could be had: some addresses of each half of it.
extern const long kernel_addresses[];
extern const size_t kernel_address_count;

/// Addresses that no process may have, but are not the kernel's memory.
extern const long strange_addresses[];
extern const size_t strange_address_count;

// The classes.
void instructions_class(void);
void registers_class(void);
void undefined_class(void);
void stepping_class(void);
void kernel_reads_class(void);
void kernel_writes_class(void);
void kernel_jumps_class(void);
void strange_addresses_class(void);
void write_or_execute_class(void);
void pointers_class(void);
void page_ends_class(void);
void lengths_class(void);
void flags_class(void);
void mapping_races_class(void);
void argument_races_class(void);
void first_touches_class(void);
void execve_races_class(void);
void descriptor_races_class(void);
void exit_races_class(void);
void thread_locks_class(void);
void thread_signals_class(void);
void thread_lives_class(void);
void elf_headers_class(void);
void elf_segments_class(void);
void stack_overflow_class(void);
void alternate_stacks_class(void);
void forged_frames_class(void);
void bad_handlers_class(void);
void deep_signals_class(void);
void futexes_class(void);
void robust_lists_class(void);
void clones_class(void);
void tracing_class(void);
void fresh_pages_class(void);
void fresh_registers_class(void);
void copied_structs_class(void);
void locks_class(void);
void foreign_handles_class(void);
void foreign_processes_class(void);
void paths_class(void);

void witness(void);
int fuzz(unsigned long seed, long calls);
