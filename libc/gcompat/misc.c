// SPDX-License-Identifier: ISC
//
// Names of glibc that stubs of OCaml libraries use and musl has not.
#define _GNU_SOURCE
#include <malloc.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/// "true" lets libraries drop their locks; a program here may always have threads.
char __libc_single_threaded = 0;

/// What a static object passes to __cxa_atexit as its module. Normally from gcc's crtbegin.o.
__attribute__((visibility("hidden"))) void* __dso_handle = 0;

const char* gnu_get_libc_version(void) {
  return "2.36";
}

char* __secure_getenv(const char* name) {
  return secure_getenv(name);
}
char* __strdup(const char* text) {
  return strdup(text);
}
char* __strndup(const char* text, size_t size) {
  return strndup(text, size);
}
void* __rawmemchr(const void* text, int byte) {
  return memchr(text, byte, SIZE_MAX);
}
void* rawmemchr(const void* text, int byte) {
  return memchr(text, byte, SIZE_MAX);
}
char* canonicalize_file_name(const char* path) {
  return realpath(path, NULL);
}

// Sets of CPUs of any size (CPU_ALLOC).
cpu_set_t* __sched_cpualloc(size_t count) {
  return calloc((count + 63) / 64, sizeof(long));
}
void __sched_cpufree(cpu_set_t* set) {
  free(set);
}

// Hints to the allocator. 0: nothing was given back; 1: the option is known.
int malloc_trim(size_t keep) {
  (void)keep;
  return 0;
}
int mallopt(int option, int value) {
  (void)option;
  (void)value;
  return 1;
}

void arc4random_buf(void* to, size_t size) {
  for (char* at = to; size > 0;) {
    const ssize_t count = getrandom(at, size, 0);
    if (count < 0) abort();  // as glibc: never hand out bytes that are not random
    at += count;
    size -= (size_t)count;
  }
}
uint32_t arc4random(void) {
  uint32_t value;
  arc4random_buf(&value, sizeof value);
  return value;
}
/// Uniform below `bound`: values of the incomplete last interval are drawn again.
uint32_t arc4random_uniform(uint32_t bound) {
  if (bound < 2) return 0;
  const uint32_t incomplete = -bound % bound;
  uint32_t value;
  do value = arc4random();
  while (value < incomplete);
  return value % bound;
}

/// No stack is known: callers print nothing (a panic has its own backtrace).
int backtrace(void** frames, int count) {
  (void)frames;
  (void)count;
  return 0;
}
char** backtrace_symbols(void* const* frames, int count) {
  (void)frames;
  (void)count;
  return calloc(1, sizeof(char*));
}
void backtrace_symbols_fd(void* const* frames, int count, int fd) {
  (void)frames;
  (void)count;
  (void)fd;
}
