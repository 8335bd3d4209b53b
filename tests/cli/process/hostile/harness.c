// SPDX-License-Identifier: ISC

#include "harness.h"

#include <sys/time.h>
#include <sys/wait.h>

bool on_linux, thorough;
static int checks, wrong;

const long kernel_addresses[] = {(long)0xffffffff80200000,
                                 (long)0xffffffff80000000,
                                 (long)0xffff800000001000,
                                 (long)0xffffffc000000000,
                                 (long)0xffffffe800000000,
                                 (long)0xffff000000000000,
                                 -4096,
                                 -8};
const size_t kernel_address_count = COUNT(kernel_addresses);

const long strange_addresses[] = {
    (long)1 << 47,           (long)1 << 48, (long)1 << 55, (long)1 << 62, (long)0x8000000000000000,
    (long)0x7ffffffffffffff8};
const size_t strange_address_count = COUNT(strange_addresses);

void check(const char* what, bool holds) {
  checks++;
  if (holds) return;
  wrong++;
  printf("wrong: %s\n", what);
}

void expect(const char* what, long got, long wanted) {
  checks++;
  if (got == wanted) return;
  wrong++;
  printf("wrong: %s: %ld, not %ld\n", what, got, wanted);
}

int checks_made(void) {
  return checks;
}
int checks_wrong(void) {
  return wrong;
}

_Noreturn void leave(int code) {
  for (;;) CALL(exit_group, code);
}

int wait_for(long pid) {
  int status = 0;
  while (CALL(wait4, pid, &status, 0, 0) == -EINTR)
    ;
  return WIFSIGNALED(status) ? WTERMSIG(status) : exited(WEXITSTATUS(status));
}

enum { most_seconds = 60, hangs = -1000 };
static volatile sig_atomic_t is_late;
static void is_too_late(int signal) {
  (void)signal;
  is_late = 1;
}

int end_of(void (*body)(void*), void* argument) {
  const struct sigaction late = {.sa_handler = is_too_late};
  const struct itimerval limit = {.it_value = {most_seconds, 0}}, none = {.it_value = {0, 0}};
  is_late = 0;
  sigaction(SIGALRM, &late, NULL);
  fflush(stdout);
  const long pid = CALL(clone, SIGCHLD, 0);
  if (pid == 0) {
    signal(SIGALRM, SIG_DFL);
    body(argument);
    leave(0);
  }
  if (pid < 0) return (int)pid;
  CALL(setitimer, ITIMER_REAL, &limit, 0);
  int status = 0;
  while (CALL(wait4, pid, &status, 0, 0) == -EINTR)
    if (is_late) CALL(kill, pid, SIGKILL);
  CALL(setitimer, ITIMER_REAL, &none, 0);
  if (is_late) return hangs;
  return WIFSIGNALED(status) ? WTERMSIG(status) : exited(WEXITSTATUS(status));
}

void expect_end(const char* what, void (*body)(void*), void* argument, int wanted) {
  if (getenv("TRACE") != NULL) fprintf(stderr, "%s\n", what);
  const int end = end_of(body, argument);
  if (wanted == any) {
    check(what, end > 0);
    return;
  }
  checks++;
  if (end == wanted) return;
  wrong++;
  if (end == hangs) {
    printf("wrong: %s: hangs\n", what);
    return;
  }
  printf("wrong: %s: %s %d, not %s %d\n", what, end >= 0x100 ? "exits with" : "ends by", end & 0xff,
         wanted >= 0x100 ? "exit" : "signal", wanted & 0xff);
}

char* fresh_pages(size_t count) {
  const long at = CALL(mmap, 0, count * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at < 0 && at > -4096) leave(99);
  return (char*)at;
}

// Mappings without an address are put as high as there is room, so that one would soon fill a hole among
// them; but none comes down here.
char* lone_pages(size_t count) {
  enum { gap = 64 * page };
  static long next = 0x10000000;
  const long at = __atomic_fetch_add(&next, (long)count * page + gap, __ATOMIC_RELAXED);
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  if (CALL(mmap, at, count * page, PROT_READ | PROT_WRITE, flags, -1, 0) != at) leave(99);
  return (char*)at;
}

char* hole_of(size_t count) {
  char* pages = lone_pages(count);
  CALL(munmap, pages, count * page);
  return pages;
}

enum { stack_pages = 8 };

bool start_thread(struct thread* thread, void (*body)(void*), void* argument) {
  thread->stack = fresh_pages(stack_pages);
  thread->over = 1;
  const bool started = raw_clone(thread_flags | cleared_at_the_end, thread->stack + stack_pages * page, body,
                                 argument, &thread->over) > 0;
  if (!started) thread->over = 0;
  return started;
}

void join(struct thread* thread) {
  while (__atomic_load_n(&thread->over, __ATOMIC_ACQUIRE) != 0) CALL(futex, &thread->over, 0, 1, 0);
  CALL(munmap, thread->stack, stack_pages * page);
}
