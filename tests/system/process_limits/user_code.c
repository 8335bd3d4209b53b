// SPDX-License-Identifier: ISC
//
// The program of the processes in this test. It refers to nothing outside of itself. Its first argument's first letter says
// what it does, its status what came of it: an error of Linux', or 0.

#include <caml/alloc.h>
#include <caml/mlvalues.h>

#include "raw.h"

#define IN_USER_CODE __attribute__((section(".text.user_code"), noinline, used))
#define INLINE static inline __attribute__((always_inline))

// The entry comes first, with the stack as execve leaves it.
__asm__(
    ".pushsection .text.user_code,\"ax\"\n.balign 16\n.globl limits_code_start\nlimits_code_start:\n"
#if defined __x86_64__
    "mov %rsp, %rdi\nand $-16, %rsp\ncall limits_main\n"
#elif defined __aarch64__
    "mov x0, sp\nbl limits_main\n"
#else
    "mv a0, sp\ncall limits_main\n"
#endif
    ".popsection");
extern const char limits_code_start[], limits_code_end[];

enum { page = 4096, readable = 1, writable = 2, shared = 1, private = 2, anonymous = 0x20, sigchld = 17 };

INLINE void leave(long status) {
  for (;;) CALL(exit_group, status);
}
INLINE void wait_for_ever(void) {
  for (;;) CALL(ppoll, 0, 0, 0, 0, 8);
}
INLINE long map(long size, long flags, long fd) {
  return CALL(mmap, 0, size, readable | writable, flags, fd);
}
INLINE long fork_here(void) {
  return CALL(clone, sigchld);
}
INLINE long open_path(const char* path) {
  return CALL(openat, -100, (long)path, 2);
}
INLINE long open_to_read(const char* path) {
  return CALL(openat, -100, (long)path, 0);
}
INLINE void touch(long at, long size) {
  for (long i = 0; i < size; i += page) *(volatile char*)(at + i) = 1;
}
INLINE long number(const char* text) {
  long n = 0;
  while (*text) n = 10 * n + (*text++ - '0');
  return n;
}

// Waits for all children; the number of those that were killed.
INLINE long wait_for_all(void) {
  long killed = 0;
  for (;;) {
    volatile int status = 0;
    if (CALL(wait4, -1, (long)&status) < 0) return killed;
    if (status & 127) killed++;
  }
}

// m PATH: maps a file in common, writes to it, and stays. M PATH: the same, and ends.
INLINE void maps_file(const char* path, int stays) {
  const long fd = open_path(path);
  if (fd < 0) leave(-fd);
  const long at = map(4 * page, shared, fd);
  if (at < 0) leave(-at);
  touch(at, 4 * page);
  CALL(write, 1, at, 1);
  if (stays) wait_for_ever();
  leave(0);
}

INLINE long map_to_read(const char* path, long size, long flags) {
  const long fd = open_to_read(path);
  if (fd < 0) leave(-fd);
  const long at = CALL(mmap, 0, size, readable, flags, fd);
  CALL(close, fd);
  if (at < 0) leave(-at);
  return at;
}

// q PATH SELF: maps a file in common, writes to it, and executes itself, which waits.
INLINE void maps_and_executes(const char* path, const char* self) {
  const long fd = open_path(path);
  if (fd < 0) leave(-fd);
  const long at = map(4 * page, shared, fd);
  if (at < 0) leave(-at);
  touch(at, 4 * page);
  const volatile char what[2] = {'w', 0};
  const char* arguments[] = {self, (const char*)what, 0};
  leave(-CALL(execve, (long)self, (long)arguments));
}

// H PATH SIZE: maps so much of a file in common, reads each of its pages, and ends. P PATH SIZE: the same of one's own.
INLINE void reads_all(const char* path, long size, long flags) {
  const long at = map_to_read(path, size, flags);
  long sum = 0;
  for (long i = 0; i < size; i += page) sum += *(volatile char*)(at + i);
  leave(sum == size / page ? 0 : 100);
}

// x PATH SIZE N: maps so much of a file, reads three of its pages, and takes the mapping away, N times.
INLINE void reads_little(const char* path, long size, long times) {
  for (long i = 0; i < times; i++) {
    const long at = map_to_read(path, size, i % 2 ? shared : private);
    const volatile char* const bytes = (const volatile char*)at;
    if (bytes[0] + bytes[size / 2] + bytes[size - 1] != 3) leave(100);
    CALL(munmap, at, size);
  }
  leave(0);
}

// X PATH: a page that is read by two at once.
INLINE void read_together(const char* path) {
  const long at = map_to_read(path, page, shared);
  const long child = fork_here();
  const int first = *(volatile char*)at;
  if (child == 0) leave(first - 1);
  leave(wait_for_all() == 0 ? first - 1 : 100);
}

// D SIZE MAGIC: counts for ever in the first and the last page of so much memory, with that number behind the one count and the next number
// behind the other. Of up to 16 MiB it touches all pages.
INLINE void counts(long size, long magic) {
  const long at = map(size, private | anonymous, -1);
  if (at < 0) leave(-at);
  volatile long* const first = (volatile long*)at;
  volatile long* const last = (volatile long*)(at + size - page);
  if (size <= 1 << 24) touch(at, size);
  first[1] = magic;
  last[1] = magic + 1;
  CALL(write, 1, at, 1);
  for (long i = 1;; i++) {
    first[0] = i;
    last[0] = i;
    if (i % 100000 == 0) CALL(sched_yield, 0);
  }
}

// u N: maps and unmaps a megabyte in common, N times.
INLINE void maps_and_unmaps(long times) {
  for (long i = 0; i < times; i++) {
    const long at = map(256 * page, shared | anonymous, -1);
    if (at < 0) leave(-at);
    touch(at, 256 * page);
    CALL(munmap, at, 256 * page);
  }
  leave(0);
}

// p PATH SIZE: a private mapping of a whole file: begins with what it holds, and is written to by a child of its own.
INLINE void copies_file(const char* path, long size) {
  const long fd = open_path(path);
  if (fd < 0) leave(-fd);
  const long at = map(size, private, fd);
  if (at < 0) leave(-at);
  volatile char* const bytes = (volatile char*)at;
  if (bytes[0] != 'a' || bytes[size - 1] != 'z') leave(100);
  bytes[0] = 'b';
  const long child = fork_here();
  if (child == 0) {
    bytes[0] = 'c';
    bytes[size - 1] = 'd';
    leave(bytes[0] == 'c' ? 0 : 101);
  }
  if (wait_for_all() != 0) leave(102);
  char again = 0;
  CALL(read, fd, (long)&again, 1);
  leave(bytes[0] == 'b' && bytes[size - 1] == 'z' && again == 'a' ? 0 : 103);
}

// r: reads descriptor 3.
INLINE void reads(void) {
  char byte;
  leave(-CALL(read, 3, (long)&byte, 1));
}

// Hogs: each takes one thing until there is no more of it, and ends with the error.

// b: the break.
INLINE void takes_break(void) {
  long at = CALL(brk, 0);
  for (;;) {
    const long next = at + 64 * page;
    if (CALL(brk, next) != next) leave(12);
    touch(at, 64 * page);
    at = next;
  }
}
// a, h: mappings of its own, or in common.
INLINE void takes_mappings(long flags) {
  for (;;) {
    const long at = map(64 * page, flags | anonymous, -1);
    if (at < 0) leave(-at);
    touch(at, 64 * page);
  }
}
// t SIZE: touches what it was promised, twice as much as there is.
INLINE void touches_all(long size) {
  long at[4];
  for (int i = 0; i < 4; i++) {
    at[i] = map(size, private | anonymous, -1);
    if (at[i] < 0) leave(-at[i]);
  }
  for (int i = 0; i < 4; i++) touch(at[i], size);
  leave(0);
}
// s SIZE: the stack.
INLINE void takes_stack(long size) {
  volatile char here = 0;
  for (long i = 0; i < size; i += page) *(&here - i) = 1;
  leave(0);
}
// n: ranges of a page.
INLINE void takes_ranges(void) {
  for (long i = 0;; i++) {
    const long at = CALL(mmap, 0, page, i & 1 ? readable : 0, private | anonymous, -1);
    if (at < 0) leave(-at);
  }
}
// i: pipes, all full.
INLINE void takes_pipes(void) {
  for (;;) {
    volatile int ends[2];
    const long made = CALL(pipe2, (long)ends, 04000);
    if (made < 0) leave(-made);
    volatile char some[512];
    for (int i = 0; i < 512; i++) some[i] = 1;
    while (CALL(write, ends[1], (long)some, 512) > 0) {}
  }
}
// d, o PATH: descriptors.
INLINE void takes_descriptors(const char* path) {
  for (;;) {
    const long fd = path ? open_path(path) : CALL(dup, 1);
    if (fd < 0) leave(-fd);
  }
}
// z: children that nobody waits for.
INLINE void takes_processes(void) {
  for (;;) {
    const long child = fork_here();
    if (child == 0) leave(0);
    if (child < 0) leave(-child);
  }
}
// f: all of them fork as long as they can, and then go on trying.
INLINE void forks_for_ever(void) {
  for (;;)
    if (fork_here() < 0) CALL(sched_yield, 0);
}
// T: threads, which stay.
INLINE void takes_threads(void) {
  for (;;) {
    const long stack = map(page, private | anonymous, -1);
    if (stack < 0) leave(-stack);
    const long thread = CALL(clone, thread_flags, stack + page - 64);
    if (thread == 0) wait_for_ever();
    if (thread < 0) leave(-thread);
  }
}
// c SIZE: children that write to what they got from their parent. The status says whether some could not be made, or were
// killed.
INLINE void copies_on_write(long size) {
  const long at = map(size, private | anonymous, -1);
  if (at < 0) leave(-at);
  touch(at, size);
  long refused = 0;
  for (int i = 0; i < 12; i++) {
    const long child = fork_here();
    if (child == 0) {
      touch(at, size);
      for (;;) CALL(sched_yield, 0);
    }
    if (child < 0) refused = -child;
  }
  leave(refused ? refused : 50);
}
// k: a byte to descriptor 1 every few milliseconds.
INLINE void keeps_going(void) {
  volatile char byte = 0;
  for (;;) {
    volatile long pause[2] = {0, 3000000};
    CALL(write, 1, (long)&byte, 1);
    CALL(ppoll, 0, 0, (long)pause, 0, 8);
  }
}
INLINE long clock_ns(long clock) {
  volatile long time[2] = {0, 0};
  if (CALL(clock_gettime, clock, (long)time) != 0) leave(90);
  return time[0] * 1000000000 + time[1];
}
// e: computes, for ever. E NS: until its own clock shows so much; then others must agree.
INLINE void computes(void) {
  for (;;) __asm__ volatile("");
}
// g N: the same in so many processes.
INLINE void computes_in_several(long count) {
  for (long i = 1; i < count; i++)
    if (fork_here() == 0) computes();
  computes();
}
// Y N: so many processes yield, for ever.
INLINE void yields_in_several(long count) {
  while (--count > 0 && fork_here() != 0) {}
  for (;;) CALL(sched_yield, 0);
}
INLINE void computes_for(long ns) {
  while (clock_ns(2) < ns) {}
  const long thread = clock_ns(3);
  volatile long usage[18];
  for (int i = 0; i < 18; i++) usage[i] = 0;
  if (CALL(getrusage, 0, (long)usage) != 0) leave(91);
  if (thread < ns || clock_ns(-2) < ns || clock_ns(~CALL(getpid, 0) << 3 | 2) < ns) leave(92);
  if (usage[0] * 1000000000 + usage[1] * 1000 < ns - 1000) leave(93);
  if (usage[4] < 20) leave(94);
  // A child's time is its own until it is waited for.
  const long child = fork_here();
  if (child == 0) {
    if (clock_ns(2) >= ns) leave(1);
    while (clock_ns(2) < ns) {}
    leave(0);
  }
  CALL(getrusage, -1, (long)usage);
  if (usage[0] != 0 || usage[1] != 0) leave(95);
  if (wait_for_all() != 0) leave(96);
  CALL(getrusage, -1, (long)usage);
  leave(usage[0] * 1000000000 + usage[1] * 1000 < ns - 1000 ? 97 : 0);
}
// y: whether descriptor 0 is a terminal, and its settings can be changed.
INLINE void asks_terminal(void) {
  enum { get = 0x5401, set = 0x5402, window = 0x5413, canonical = 2 };
  volatile int settings[16];
  volatile short size[4];
  for (int i = 0; i < 16; i++) settings[i] = 0;
  const long answer = CALL(ioctl, 0, get, (long)settings);
  if (answer < 0) leave(-answer);
  if (!(settings[3] & canonical)) leave(80);
  if (CALL(ioctl, 0, window, (long)size) != 0 || size[0] < 1 || size[1] < 1) leave(81);
  settings[3] &= ~canonical;
  if (CALL(ioctl, 0, set, (long)settings) != 0) leave(82);
  if (CALL(ioctl, 0, get, (long)settings) != 0 || settings[3] & canonical) leave(83);
  leave(0);
}

// l RESOURCE VALUE: what a limit is said to be.
INLINE void tells_limit(long resource, long value) {
  volatile long limit[2] = {0, 0};
  const long answer = CALL(prlimit64, 0, resource, 0, (long)limit);
  leave(answer != 0 ? -answer : limit[0] != value ? 98 : 0);
}

// L: sets limits, and looks what they do.
enum { r_stack = 3, r_tasks = 6, r_files = 7, r_space = 9, unlimited = -1 };
INLINE long set_limit(long resource, long soft, long hard) {
  volatile long limit[2] = {soft, hard};
  return CALL(prlimit64, 0, resource, (long)limit);
}
INLINE long soft_limit(long resource) {
  volatile long limit[2] = {0, 0};
  return CALL(prlimit64, 0, resource, 0, (long)limit) == 0 ? limit[0] : -1000;
}
INLINE void sets_limits(const char* path) {
  enum { eperm = 1, ebadf = 9, eagain = 11, enomem = 12, einval = 22, emfile = 24, bytes = 64 * page };
  // Descriptors: 0 to 9.
  if (set_limit(r_files, 10, 20) != 0 || soft_limit(r_files) != 10) leave(101);
  if (set_limit(r_files, 10, 30) != -eperm || set_limit(r_files, 21, 20) != -einval) leave(102);
  long last = 0, fd;
  while ((fd = CALL(openat, -100, (long)path)) >= 0) last = fd;
  if (fd != -emfile || last != 9) leave(103);
  if (CALL(dup3, 0, 10) != -ebadf || CALL(fcntl, 0, 0, 10) != -einval) leave(104);
  if (set_limit(r_files, 20, 20) != 0 || CALL(dup3, 9, 10) != 10) leave(105);
  if (set_limit(r_files, 5, 20) != 0 || CALL(close, 10, 0, 0, 0, 0, 0) != 0 || CALL(dup, 9) != -emfile) leave(106);
  // Addresses. What is replaced does not count twice.
  const long at = map(bytes, private | anonymous, -1);
  if (at < 0 || set_limit(r_space, 1, unlimited) != 0) leave(107);
  if (map(page, private | anonymous, -1) != -enomem) leave(108);
  long space = 0;
  while (CALL(mmap, at, bytes, readable, private | anonymous | 0x10, -1) == -enomem)
    if (set_limit(r_space, space += page, unlimited) != 0) leave(109);
  if (space < bytes || map(page, private | anonymous, -1) != -enomem) leave(117);
  const long end = CALL(brk, 0);
  if (CALL(brk, end + 4 * page) != end) leave(110);
  if (set_limit(r_space, unlimited, unlimited) != 0 || map(page, private | anonymous, -1) < 0) leave(111);
  // Tasks, of the whole tree.
  if (set_limit(r_tasks, 1, soft_limit(r_tasks)) != 0 || fork_here() != -eagain) leave(112);
  if (set_limit(r_tasks, 2, 2) != 0) leave(113);
  const long child = fork_here();
  if (child < 0) leave(114);
  if (child == 0) leave(soft_limit(r_files) == 5 && soft_limit(r_tasks) == 2 && fork_here() == -eagain ? 0 : 1);
  volatile int status = 1;
  if (CALL(wait4, child, (long)&status) != child || status != 0) leave(115);
  leave(0);
}

// N: its nice value, and a child's.
INLINE void is_nice(void) {
  enum { of_process = 0, of_group = 1, esrch = 3, einval = 22 };
  if (CALL(getpriority, of_process) != 20) leave(121);
  if (CALL(setpriority, of_process, 0, 7) != 0 || CALL(getpriority, of_process) != 13) leave(122);
  if (CALL(setpriority, of_process, 0, 1000, 0, 0, 0) != 0 || CALL(getpriority, of_group) != 1) leave(123);
  const long child = fork_here();
  if (child == 0) leave(CALL(setpriority, of_process, 0, -30, 0, 0, 0) == 0 && CALL(getpriority, of_group) == 40 ? 0 : 1);
  volatile int status = 1;
  if (CALL(wait4, child, (long)&status) != child || status != 0) leave(124);
  if (CALL(getpriority, of_process) != 1) leave(125);
  if (CALL(getpriority, 9) != -einval || CALL(setpriority, of_process, 999999) != -esrch) leave(126);
  leave(0);
}

// S SIZE TOUCHED PATH: executes itself, which is there, with a stack of that size, and touches so much of it.
INLINE void touches_stack(long size, const char* touched, const char* self) {
  if (set_limit(r_stack, size, unlimited) != 0) leave(116);
  const volatile char what[2] = {'s', 0};
  const char* arguments[] = {self, (const char*)what, touched, 0};
  leave(-CALL(execve, (long)self, (long)arguments));
}

IN_USER_CODE void limits_main(long* stack) {
  const char** const arguments = (const char**)(stack + 1);
  const char what = arguments[1][0];
  const char* const first = stack[0] > 2 ? arguments[2] : 0;
  const char* const second = stack[0] > 3 ? arguments[3] : 0;
  if (what == 'm') maps_file(first, 1);
  if (what == 'M') maps_file(first, 0);
  if (what == 'H') reads_all(first, number(second), shared);
  if (what == 'P') reads_all(first, number(second), private);
  if (what == 'x') reads_little(first, number(second), number(arguments[4]));
  if (what == 'q') maps_and_executes(first, second);
  if (what == 'X') read_together(first);
  if (what == 'D') counts(number(first), number(second));
  if (what == 'u') maps_and_unmaps(number(first));
  if (what == 'p') copies_file(first, number(second));
  if (what == 'r') reads();
  if (what == 'w') wait_for_ever();
  if (what == 'b') takes_break();
  if (what == 'a') takes_mappings(private);
  if (what == 'h') takes_mappings(shared);
  if (what == 't') touches_all(number(first));
  if (what == 's') takes_stack(number(first));
  if (what == 'n') takes_ranges();
  if (what == 'i') takes_pipes();
  if (what == 'd') takes_descriptors(0);
  if (what == 'o') takes_descriptors(first);
  if (what == 'z') takes_processes();
  if (what == 'f') forks_for_ever();
  if (what == 'Y') yields_in_several(number(first));
  if (what == 'T') takes_threads();
  if (what == 'c') copies_on_write(number(first));
  if (what == 'k') keeps_going();
  if (what == 'e') computes();
  if (what == 'g') computes_in_several(number(first));
  if (what == 'N') is_nice();
  if (what == 'E') computes_for(number(first));
  if (what == 'y') asks_terminal();
  if (what == 'L') sets_limits(first);
  if (what == 'S') touches_stack(number(first), second, arguments[4]);
  if (what == 'l') tells_limit(number(first), number(second));
  leave(99);
}

__asm__(".pushsection .text.user_code,\"ax\"\n.globl limits_code_end\nlimits_code_end:\n.popsection");

value limits_user_code(value unit) {
  (void)unit;
  return caml_alloc_initialized_string((mlsize_t)(limits_code_end - limits_code_start), limits_code_start);
}
