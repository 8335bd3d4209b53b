// SPDX-License-Identifier: ISC
//
// The measurements of machine.ml. They are in C for what OCaml has no name for: pinning a thread, the futex
// itself, membarrier, mmap. Nothing here allocates on OCaml's heap while it measures.

#define _GNU_SOURCE
#include <caml/alloc.h>
#include <caml/fail.h>
#include <caml/mlvalues.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { page_size = 4096, most_busy = 7, barrier_private = 8, barrier_register_private = 16 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) caml_failwith("machine: cannot pin a thread");
}

// ---- Two threads by turns ----

static atomic_int turn;  // 0: the first thread's; 1: the second's

static void await_turn(int mine) {
  while (atomic_load(&turn) != mine) syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 1 - mine, NULL, NULL, 0);
}

static void pass_turn(int to) {
  atomic_store(&turn, to);
  syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

struct partner {
  int cpu;
  long rounds;
};

static void* play(void* argument) {
  struct partner* self = argument;
  pin(self->cpu);
  for (long i = 0; i < self->rounds; i++) {
    await_turn(1);
    pass_turn(0);
  }
  return NULL;
}

value machine_wakes(value other, value rounds) {
  struct partner partner = {.cpu = Int_val(other), .rounds = Long_val(rounds) + 1};
  pthread_t thread;
  pin(0);
  atomic_store(&turn, 0);
  if (pthread_create(&thread, NULL, play, &partner) != 0) caml_failwith("machine: no thread");
  double start = 0;
  for (long i = 0; i < partner.rounds; i++) {
    if (i == 1) start = now();  // the first round waits for the thread's start
    pass_turn(1);
    await_turn(0);
  }
  double seconds = now() - start;
  pthread_join(thread, NULL);
  return caml_copy_double(seconds / (double)Long_val(rounds));
}

// ---- Threads that compute on other CPUs ----

static atomic_int computing, stop;

static void* compute(void* cpu) {
  pin((int)(long)cpu);
  atomic_fetch_add(&computing, 1);
  while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
  }
  return NULL;
}

static pthread_t busy_threads[most_busy];

static void start_busy(long count) {
  if (count > most_busy) caml_failwith("machine: too many CPUs");
  pin(0);
  atomic_store(&computing, 0);
  atomic_store(&stop, 0);
  for (long i = 0; i < count; i++) {
    if (pthread_create(&busy_threads[i], NULL, compute, (void*)(i + 1)) != 0)
      caml_failwith("machine: no thread");
  }
  while (atomic_load(&computing) < count) sched_yield();
}

static void end_busy(long count) {
  atomic_store(&stop, 1);
  for (long i = 0; i < count; i++) pthread_join(busy_threads[i], NULL);
}

value machine_barriers(value busy, value rounds) {
  long failed = syscall(SYS_membarrier, barrier_register_private, 0, 0);
  start_busy(Long_val(busy));
  double start = now();
  for (long i = 0; i < Long_val(rounds); i++) failed |= syscall(SYS_membarrier, barrier_private, 0, 0);
  double seconds = now() - start;
  end_busy(Long_val(busy));
  if (failed) caml_failwith("machine: no membarrier");
  return caml_copy_double(seconds / (double)Long_val(rounds));
}

// ---- Memory ----

static char* map(size_t bytes) {
  char* at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) caml_failwith("machine: no memory");
  return at;
}

value machine_map_and_unmap(value busy, value rounds) {
  start_busy(Long_val(busy));
  double start = now();
  for (long i = 0; i < Long_val(rounds); i++) {
    char* at = map(page_size);
    *(volatile char*)at = 1;
    munmap(at, page_size);
  }
  double seconds = now() - start;
  end_busy(Long_val(busy));
  return caml_copy_double(seconds / (double)Long_val(rounds));
}

value machine_first_touch(value mebibytes) {
  size_t bytes = (size_t)Long_val(mebibytes) << 20;
  double start = now();
  char* at = map(bytes);
  for (size_t i = 0; i < bytes; i += page_size) *(volatile char*)(at + i) = 1;
  double seconds = now() - start;
  munmap(at, bytes);
  return caml_copy_double(seconds / (double)(bytes / page_size));
}
