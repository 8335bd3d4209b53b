/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include <caml/mlvalues.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { query = 0, private_expedited = 8, register_private_expedited = 16, rounds = 500, page = 4096 };

static atomic_int failed, working;

static void count(int good) {
  if (!good) atomic_fetch_add(&failed, 1);
}

static long membarrier(int command) {
  return syscall(SYS_membarrier, command, 0, 0);
}

static void* ask(void* unused) {
  for (int i = 0; i < rounds; i++) count(membarrier(private_expedited) == 0);
  atomic_fetch_sub(&working, 1);
  return unused;
}

static void* unmap(void* unused) {
  for (int i = 0; i < rounds; i++) {
    char* at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    count(at != MAP_FAILED);
    *(volatile char*)at = 1;
    count(munmap(at, page) == 0);
  }
  atomic_fetch_sub(&working, 1);
  return unused;
}

static void* compute(void* unused) {
  while (atomic_load(&working) > 0) {
  }
  return unused;
}

value membarrier_failures(value unit) {
  (void)unit;
  count(membarrier(query) & private_expedited);
  count(membarrier(register_private_expedited) == 0);
  count(membarrier(1 << 30) == -1);
  void* (*const work[])(void*) = {ask, ask, unmap, compute};
  pthread_t threads[4];
  atomic_store(&working, 3);
  for (int i = 0; i < 4; i++) count(pthread_create(&threads[i], NULL, work[i], NULL) == 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  return Val_int(atomic_load(&failed));
}
