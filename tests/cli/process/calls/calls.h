// SPDX-License-Identifier: ISC
//
// System calls as they are, what each of them finds before it, and what is printed of it.

#pragma once

#define _GNU_SOURCE
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

#if defined(__x86_64__)
static inline long call(long n, const long* a) {
  long result;
  register long r10 __asm__("r10") = a[3];
  register long r8 __asm__("r8") = a[4];
  register long r9 __asm__("r9") = a[5];
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(n), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
static inline long call(long n, const long* a) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a[0];
  register long x1 __asm__("x1") = a[1];
  register long x2 __asm__("x2") = a[2];
  register long x3 __asm__("x3") = a[3];
  register long x4 __asm__("x4") = a[4];
  register long x5 __asm__("x5") = a[5];
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#else
static inline long call(long n, const long* a) {
  register long a7 __asm__("a7") = n;
  register long a0 __asm__("a0") = a[0];
  register long a1 __asm__("a1") = a[1];
  register long a2 __asm__("a2") = a[2];
  register long a3 __asm__("a3") = a[3];
  register long a4 __asm__("a4") = a[4];
  register long a5 __asm__("a5") = a[5];
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
}
#endif

static inline long call6(long n, long a, long b, long c, long d, long e, long f) {
  const long arguments[6] = {a, b, c, d, e, f};
  return call(n, arguments);
}
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
  call6(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

// What is printed, all at the end: the calls may do anything to descriptor 1.
extern char text[1 << 20];
extern size_t length;
#define SAY(...) (length += (size_t)snprintf(text + length, sizeof text - length, __VA_ARGS__))

#define P(x) (long)(intptr_t)(x)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/// The files that each call finds, by these descriptors.
enum { FILE_FD = 10, DIR_FD, PIPE_IN, PIPE_OUT, EVENT_FD, TIMER_FD, EPOLL_FD, SOCKET_A, SOCKET_B, CLOSED_FD };
enum { KEPT = 200 };

// What the calls' arguments point to. Vectors are as long as the largest count that is tried, and more:
// nothing beside them is taken for theirs.
enum { most_parts = 80 };
extern char buffer[8192];
extern struct iovec vector[most_parts];
extern struct iovec holed_vector[2];  // the first is good, the second is not there
extern struct iovec bad_vector[2];    // the other way about
extern struct timespec soon;
extern struct timespec times_set[2];
extern struct itimerspec setting;
extern struct itimerval interval;
extern struct epoll_event wanted;
extern struct pollfd polled[most_parts];
extern uint64_t set_of_signals;
extern uint64_t action[4];
extern uint32_t word;
extern uint64_t how[16];  // of openat2: flags, mode, restrictions, and what nobody knows yet
extern uint64_t limits[2];
extern uint64_t limits_reversed[2];
extern uint64_t lock[4];  // struct flock
extern char* spare;       // a page that may go
extern char* edge;        // three bytes before a page that is not there
extern char* hole;        // not there
extern char* guarded;     // may not be touched

/// Where the files are.
extern const char base[];

/// The same beginning for each call.
void set_up(void);

/// Kinds of arguments: f a descriptor (r: what kernels agree on), p a pointer, s a path, g flags, z a size
/// (c: one that is not too large), n another number; '.' is left alone. Before them may stand '=': what the
/// call has written is told, too; and '~': its number is not the same everywhere.
struct row {
  const char* name;
  long number;
  const char* kinds;
  long good[6];
};

extern struct row rows[];
extern size_t row_count;
void make_rows(void);

struct bad {
  const char* name;
  long value;
};

/// Six addresses that a call cannot use.
extern struct bad pointers[6];

/// Calls that need a process of their own, or whose answer depends on what others do.
void report_processes(void);
void report_signals(void);
void report_threads(void);
void report_limits(void);

/// Files that are mapped.
void report_maps(void);
