// SPDX-License-Identifier: ISC
//
// Threads that take away, or change, what a call is about to use: whatever the order, the call has an answer
// that it may have, and the process goes on or ends as Linux lets it.

#include "harness.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

static int rounds(void) {
  return thorough ? 1000 : 60;
}

// What two threads have in common: one makes calls, the other one disturbs, until the first is done.
static int done;
static char* target;  // pages that come and go
static int pipe_ends[2], file;
static long bad_answers;

static bool is_over(void) {
  return __atomic_load_n(&done, __ATOMIC_ACQUIRE) != 0;
}
static void is_allowed(bool holds) {
  if (!holds) __atomic_fetch_add(&bad_answers, 1, __ATOMIC_RELAXED);
}

struct race {
  const char* name;
  void (*calls)(void);
  void (*disturbs)(void);
};

static void disturb(void* of) {
  const struct race* race = of;
  while (!is_over()) {
    race->disturbs();
    CALL(sched_yield, 0);
  }
}

static void run_race(void* of) {
  const struct race* race = of;
  struct thread other;
  target = fresh_pages(4);
  done = 0;
  CALL(pipe2, pipe_ends, O_NONBLOCK);
  file = (int)CALL(openat, AT_FDCWD, "/tmp/hostile-race", O_RDWR | O_CREAT, 0600);
  CALL(ftruncate, file, 4 * page);
  if (!start_thread(&other, disturb, of)) leave(98);
  for (int i = 0; i < rounds(); i++) race->calls();
  __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
  join(&other);
  leave(bad_answers == 0 ? 0 : 1);
}

// Mappings.

static void remaps(void) {
  CALL(munmap, target, 4 * page);
  CALL(mmap, target, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
static void protects(void) {
  CALL(mprotect, target, 4 * page, PROT_NONE);
  CALL(mprotect, target, 4 * page, PROT_READ);
  CALL(mprotect, target, 4 * page, PROT_READ | PROT_WRITE);
}
static void discards(void) {
  CALL(madvise, target, 4 * page, MADV_DONTNEED);
}
static void moves(void) {
  const long at = CALL(mremap, target, 4 * page, 8 * page, MREMAP_MAYMOVE);
  if (at > 0) CALL(munmap, at, 8 * page);
  CALL(mmap, target, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
static void shares(void) {
  CALL(mmap, target, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
  CALL(mmap, target, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
static void forks(void) {
  const long pid = CALL(clone, SIGCHLD, 0);
  if (pid == 0) leave(0);
  if (pid > 0) wait_for(pid);
}

static bool is_count(long n, long most) {
  return n == -EFAULT || n == -EAGAIN || (n >= 0 && n <= most);
}

static void reads_file(void) {
  is_allowed(is_count(CALL(pread64, file, target, 4 * page, 0), 4 * page));
}
static void writes_file(void) {
  is_allowed(is_count(CALL(pwrite64, file, target, 4 * page, 0), 4 * page));
}
static void through_pipe(void) {
  is_allowed(is_count(CALL(write, pipe_ends[1], target, 2 * page), 2 * page));
  is_allowed(is_count(CALL(read, pipe_ends[0], target + page, 2 * page), 2 * page));
}
static void by_vectors(void) {
  struct iovec parts[3] = {{target, page}, {target + page + 8, page}, {target + 3 * page, 8}};
  is_allowed(is_count(CALL(preadv, file, parts, 3, 0), 3 * page));
  is_allowed(is_count(CALL(pwritev, file, parts, 3, 0), 3 * page));
}
static void by_futex(void) {
  const struct timespec soon = {0, 1000};
  const long got = CALL(futex, target, 0, 0, &soon);
  is_allowed(got == -EFAULT || got == -EAGAIN || got == -ETIMEDOUT || got == 0);
}
static void random_bytes(void) {
  is_allowed(is_count(CALL(getrandom, target, 4 * page, 0), 4 * page));
}
static void polls(void) {
  is_allowed(is_count(CALL(ppoll, target, 8, (&(struct timespec){0, 1000}), 0, 8), 8));
}
static void handles(void) {
  // With the new stack in pages that come and go: the process may end by the signal, but no otherwise.
  const stack_t stack = {.ss_sp = target, .ss_size = 4 * page};
  const long got = CALL(sigaltstack, &stack, 0);
  is_allowed(got == 0 || got == -EPERM);
}
static void stats(void) {
  const long got = CALL(fstat, file, target + page - 16);
  is_allowed(got == 0 || got == -EFAULT);
}

static const struct race mapping_races[] = {
    {"read, munmap", reads_file, remaps},
    {"write, munmap", writes_file, remaps},
    {"pipe, munmap", through_pipe, remaps},
    {"vectors, munmap", by_vectors, remaps},
    {"futex, munmap", by_futex, remaps},
    {"getrandom, munmap", random_bytes, remaps},
    {"poll, munmap", polls, remaps},
    {"fstat, munmap", stats, remaps},
    {"read, mprotect", reads_file, protects},
    {"write, mprotect", writes_file, protects},
    {"pipe, mprotect", through_pipe, protects},
    {"futex, mprotect", by_futex, protects},
    {"read, madvise", reads_file, discards},
    {"pipe, madvise", through_pipe, discards},
    {"read, mremap", reads_file, moves},
    {"vectors, mremap", by_vectors, moves},
    {"futex, mremap", by_futex, moves},
    {"read, a file mapped over it", reads_file, shares},
    {"pipe, a file mapped over it", through_pipe, shares},
    {"futex, a file mapped over it", by_futex, shares},
    {"read, fork", reads_file, forks},
    {"pipe, fork", through_pipe, forks},
    {"munmap, munmap", remaps, remaps},
    {"mprotect, mremap", protects, moves},
    {"sigaltstack, munmap", handles, remaps},
};

static void each_race(const struct race* races, size_t count) {
  for (size_t i = 0; i < count; i++) expect_end(races[i].name, run_race, (void*)&races[i], exited(0));
  CALL(unlinkat, AT_FDCWD, "/tmp/hostile-race", 0);
}

void mapping_races_class(void) {
  each_race(mapping_races, COUNT(mapping_races));
}

// Arguments in memory.

static union {
  struct iovec parts[4];
  struct pollfd polled[4];
  struct timespec time;
  struct sigaction action;
  char path[64];
  long words[16];
} shared;

static void changes_parts(void) {
  static unsigned long n;
  for (int i = 0; i < 4; i++) {
    shared.parts[i].iov_base = n & 1 ? target : (void*)kernel_addresses[n % kernel_address_count];
    shared.parts[i].iov_len = n & 2 ? page : (size_t)-1;
    n = n * 6364136223846793005ul + 1442695040888963407ul;
  }
}
static void changes_path(void) {
  static int n;
  memcpy(shared.path, n++ & 1 ? "/tmp/hostile-race" : "/tmp/../../../etc", 18);
}
static void changes_words(void) {
  static unsigned long n = 1;
  for (int i = 0; i < 16; i++) {
    n = n * 6364136223846793005ul + 1442695040888963407ul;
    shared.words[i] = n & 0x10000 ? (long)(n >> 40) : (long)n;
  }
}

static void with_parts(void) {
  const long got = CALL(preadv, file, shared.parts, 4, 0);
  is_allowed(got == -EINVAL || is_count(got, 4 * page));
}
static void writes_parts(void) {
  const long got = CALL(writev, pipe_ends[1], shared.parts, 4);
  is_allowed(got == -EINVAL || is_count(got, 4 * page));
  CALL(read, pipe_ends[0], target, 4 * page);
}
static void with_path(void) {
  char bytes[256];
  const long got = CALL(newfstatat, AT_FDCWD, shared.path, bytes, 0);
  is_allowed(got == 0 || got == -ENOENT);
}
static void with_time(void) {
  shared.time.tv_sec &= 0;
  const long got = CALL(ppoll, 0, 0, (&(struct timespec){0, shared.time.tv_nsec & 0xfffff}), 0, 8);
  is_allowed(got == 0 || got == -EINVAL);
}
static void with_polls(void) {
  const long got = CALL(ppoll, shared.polled, 4, (&(struct timespec){0, 0}), 0, 8);
  is_allowed(got >= 0 && got <= 4);
}
static void with_action(void) {
  const long got = CALL(rt_sigaction, SIGUSR2, &shared.action, 0, 8);
  is_allowed(got == 0);
}
static void with_words_as_stack(void) {
  const long got = CALL(sigaltstack, &shared.words, 0);
  is_allowed(got == 0 || got == -EINVAL || got == -ENOMEM || got == -EPERM);
}

static const struct race argument_races[] = {
    {"readv", with_parts, changes_parts},
    {"writev", writes_parts, changes_parts},
    {"a path", with_path, changes_path},
    {"a time", with_time, changes_words},
    {"poll", with_polls, changes_words},
    {"sigaction", with_action, changes_words},
    {"sigaltstack", with_words_as_stack, changes_words},
};

void argument_races_class(void) {
  each_race(argument_races, COUNT(argument_races));
}

// Pages that threads touch first at the same time, beside one that is there: what is written stays written.

enum { block = 4, blocks = 8, touchers = block - 1 };
static char* touched;
static int touch_round, have_touched;

// Each takes a slice of every thread's.
static int touch_rounds(void) {
  return thorough ? 200 : 60;
}

static char* touched_page(int which, int of_block) {
  return touched + (which * block + of_block) * page;
}

static void touches(void* own) {
  for (int round = 1; round <= touch_rounds(); round++) {
    while (__atomic_load_n(&touch_round, __ATOMIC_ACQUIRE) < round) CALL(sched_yield, 0);
    for (int i = 0; i < blocks; i++) *(volatile int*)touched_page(i, (int)(long)own) = round;
    __atomic_fetch_add(&have_touched, 1, __ATOMIC_RELEASE);
  }
}

static void touch_together(void* unused) {
  (void)unused;
  struct thread threads[touchers];
  enum { size = blocks * block * page };
  touched = fresh_pages(2 * blocks * block);
  touched += -(unsigned long)touched % size;
  for (int i = 0; i < blocks; i++) *touched_page(i, block - 1) = 1;
  for (long i = 0; i < touchers; i++)
    if (!start_thread(&threads[i], touches, (void*)i)) leave(98);
  int lost = 0;
  for (int round = 1; round <= touch_rounds(); round++) {
    for (int i = 0; i < blocks; i++) CALL(madvise, touched_page(i, 0), touchers * page, MADV_DONTNEED);
    __atomic_store_n(&touch_round, round, __ATOMIC_RELEASE);
    while (__atomic_load_n(&have_touched, __ATOMIC_ACQUIRE) < round * touchers) CALL(sched_yield, 0);
    for (int i = 0; i < blocks; i++)
      for (int k = 0; k < touchers; k++) lost += *(volatile int*)touched_page(i, k) != round;
  }
  for (int i = 0; i < touchers; i++) join(&threads[i]);
  leave(lost == 0 ? 0 : 1);
}

void first_touches_class(void) {
  for (int i = 0; i < 3; i++) expect_end("touched together", touch_together, NULL, exited(0));
}

// Descriptors that are closed and opened under a call.

static void opens_and_closes(void) {
  CALL(close, pipe_ends[0]);
  CALL(close, pipe_ends[1]);
  CALL(close, file);
  CALL(pipe2, pipe_ends, O_NONBLOCK);
  file = (int)CALL(openat, AT_FDCWD, "/tmp/hostile-race", O_RDWR | O_CREAT, 0600);
}
static void replaces(void) {
  CALL(dup3, 2, 30, 0);
  CALL(dup3, pipe_ends[0], 30, 0);
  CALL(dup3, file, 30, 0);
  CALL(close, 30);
}
static void uses_any(void) {
  for (int fd = 3; fd < 12; fd++) {
    char bytes[64];
    const long got = CALL(read, fd, bytes, sizeof bytes);
    is_allowed(got >= -4095 && got <= 64);
    CALL(lseek, fd, 0, 0);
    CALL(fstat, fd, target);
    CALL(fcntl, fd, F_GETFL);
  }
}
static void uses_30(void) {
  const long got = CALL(read, 30, target, page);
  is_allowed(got == -EBADF || got == -EAGAIN || got == -EFAULT || got == -EISDIR ||
             (got >= 0 && got <= page));
  CALL(fsync, 30);
  CALL(fstat, 30, target);
}
static void epolls(void) {
  const long set = CALL(epoll_create1, 0);
  struct {
    uint32_t words[4];
  } event = {{1}};
  for (int fd = 3; fd < 8; fd++) CALL(epoll_ctl, set, 1, fd, &event);
  CALL(epoll_pwait, set, target, 4, 0, 0, 8);
  CALL(close, set);
}
static void maps_file(void) {
  const long at = CALL(mmap, 0, page, PROT_READ, MAP_SHARED, file, 0);
  is_allowed(at >= -4095 || at < 0);
  if (at > 0 || at < -4095) CALL(munmap, at, page);
}

static const struct race descriptor_races[] = {
    {"any, closed", uses_any, opens_and_closes},          {"one, replaced", uses_30, replaces},
    {"epoll, closed", epolls, opens_and_closes},          {"mapped, closed", maps_file, opens_and_closes},
    {"close, close", opens_and_closes, opens_and_closes}, {"write, closed", writes_file, opens_and_closes},
};

// Those answer EBADF, too.
static void run_descriptor_race(void* of) {
  const struct race* race = of;
  struct thread other;
  target = fresh_pages(4);
  CALL(pipe2, pipe_ends, O_NONBLOCK);
  file = (int)CALL(openat, AT_FDCWD, "/tmp/hostile-race", O_RDWR | O_CREAT, 0600);
  if (!start_thread(&other, disturb, of)) leave(98);
  for (int i = 0; i < rounds(); i++) race->calls();
  __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
  join(&other);
  leave(0);
}

void descriptor_races_class(void) {
  for (size_t i = 0; i < COUNT(descriptor_races); i++)
    expect_end(descriptor_races[i].name, run_descriptor_race, (void*)&descriptor_races[i], exited(0));
  CALL(unlinkat, AT_FDCWD, "/tmp/hostile-race", 0);
}

// Ends.

static void spins(void* unused) {
  (void)unused;
  for (;;) __asm__ volatile("" ::: "memory");
}
static void calls_on(void* unused) {
  (void)unused;
  for (;;) CALL(getpid, 0);
}
static void waits(void* unused) {
  (void)unused;
  static int word;
  for (;;) CALL(futex, &word, 0, 0, 0);
}
static void ends_all(void* code) {
  leave((int)(intptr_t)code);
}
static void ends_itself(void* unused) {
  (void)unused;
  CALL(exit, 0);
}
static void faults(void* unused) {
  (void)unused;
  *nowhere() = 1;
}
static void forks_on(void* unused) {
  (void)unused;
  for (;;) {
    const long pid = CALL(clone, SIGCHLD, 0);
    if (pid == 0) leave(0);
    if (pid > 0) wait_for(pid);
  }
}
static void maps_on(void* unused) {
  (void)unused;
  for (;;) {
    char* at = fresh_pages(4);
    at[0] = at[page] = 1;
    CALL(munmap, at, 4 * page);
  }
}

static struct thread threads[6];

static void (*bodies[])(void*) = {spins, calls_on, waits, forks_on, maps_on};

static void start_others(void) {
  for (size_t i = 0; i < COUNT(bodies); i++) start_thread(&threads[i], bodies[i], NULL);
}
static void ends_with_threads(void* unused) {
  (void)unused;
  start_others();
  leave(7);
}
static void ends_by_a_thread(void* unused) {
  (void)unused;
  start_others();
  start_thread(&threads[5], ends_all, (void*)8);
  waits(NULL);
}
static void ends_by_a_fault(void* unused) {
  (void)unused;
  start_others();
  start_thread(&threads[5], faults, NULL);
  waits(NULL);
}
static void all_end_at_once(void* unused) {
  (void)unused;
  for (int i = 0; i < 5; i++) start_thread(&threads[i], ends_all, (void*)9);
  leave(9);
}
static void main_ends_first(void* unused) {
  (void)unused;
  for (int i = 0; i < 4; i++) start_thread(&threads[i], ends_itself, NULL);
  CALL(exit, 0);
}
static void is_killed(void* unused) {
  (void)unused;
  start_others();
  CALL(kill, CALL(getpid, 0), SIGKILL);
  waits(NULL);
}
static void is_stopped_and_killed(void* unused) {
  (void)unused;
  const long parent = CALL(getpid, 0);
  const long pid = CALL(clone, SIGCHLD, 0);
  if (pid == 0) {
    start_others();
    CALL(kill, CALL(getpid, 0), SIGSTOP);
    waits(NULL);
  }
  (void)parent;
  int status;
  CALL(wait4, pid, &status, 2, 0);
  CALL(kill, pid, SIGKILL);
  leave(wait_for(pid) == SIGKILL ? 0 : 1);
}

void exit_races_class(void) {
  for (int i = 0; i < (thorough ? 20 : 2); i++) {
    expect_end("exit with threads", ends_with_threads, NULL, exited(7));
    expect_end("exit by a thread", ends_by_a_thread, NULL, exited(8));
    expect_end("a fault with threads", ends_by_a_fault, NULL, SIGSEGV);
    expect_end("all at once", all_end_at_once, NULL, exited(9));
    expect_end("the first thread ends first", main_ends_first, NULL, exited(0));
    expect_end("killed", is_killed, NULL, SIGKILL);
    expect_end("stopped, then killed", is_stopped_and_killed, NULL, exited(0));
  }
}
