// SPDX-License-Identifier: ISC
//
// What bench/processes.py measures, in a program that runs as a process, under our tender and under Linux: the
// same executable, static, on musl. Each argument is the name of a measurement; each prints lines of a figure's name
// and seconds (or a ratio). What is timed is done in batches; the least of them counts.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { page_size = 4096, batches = 8 };

static const char* program;  // where it lies itself

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  _exit(1);
}

static void* shared_memory(size_t size) {
  void* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return memory;
}

static pid_t fork_or_fail(void) {
  const pid_t child = fork();
  if (child < 0) fail("fork");
  return child;
}

static void await_child(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) fail("waitpid");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    errno = 0;
    fail("a child has failed");
  }
}

/// Of one of `count` operations that operate() performs, in the quickest batch.
static void report(const char* name, long count, void (*operate)(long)) {
  double least = 1e9;
  operate(count / 8 + 1);  // caches
  for (int i = 0; i < batches; i++) {
    const double start = now();
    operate(count);
    const double taken = now() - start;
    if (taken < least) least = taken;
  }
  printf("%s %.12f\n", name, least / (double)count);
  fflush(stdout);
}

// ---- Calls and memory ----

static void null_calls(long count) {
  for (long i = 0; i < count; i++) syscall(SYS_getppid);
}

static void touch_pages(long count) {
  const size_t size = (size_t)count * page_size;
  char* const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  for (long i = 0; i < count; i++) *(volatile char*)(memory + i * page_size) = 1;
  munmap(memory, size);
}

static void map_pages(long count) {
  for (long i = 0; i < count; i++) touch_pages(1);
}

static char* mine;  // pages that a child has in common with its parent until it writes there
static double* copied;

/// The least time of a page's copy, in a child of its own each time.
static void copy_on_write(void) {
  enum { pages = 512 };
  mine = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  copied = shared_memory(page_size);
  if (mine == MAP_FAILED) fail("mmap");
  memset(mine, 1, pages * page_size);
  double least = 1e9;
  for (int i = 0; i < batches; i++) {
    const pid_t child = fork_or_fail();
    if (child == 0) {
      const double start = now();
      for (long page = 0; page < pages; page++) *(volatile char*)(mine + page * page_size) = 2;
      *copied = now() - start;
      _exit(0);
    }
    await_child(child);
    if (*copied < least) least = *copied;
  }
  printf("process_copied_page %.12f\n", least / pages);
}

// ---- Beginnings and ends ----

static void fork_and_wait(long count) {
  for (long i = 0; i < count; i++) {
    const pid_t child = fork_or_fail();
    if (child == 0) _exit(0);
    await_child(child);
  }
}

static void execute_and_wait(long count) {
  for (long i = 0; i < count; i++) {
    const pid_t child = fork_or_fail();
    if (child == 0) {
      execl(program, program, "nothing", NULL);
      _exit(127);
    }
    await_child(child);
  }
}

/// From before posix_spawn to the first line of main, whose time the program writes to its parent.
static void spawn_to_main(void) {
  extern char** environ;
  int pipes[2];
  if (pipe(pipes) != 0) fail("pipe");
  char descriptor[16];
  snprintf(descriptor, sizeof descriptor, "%d", pipes[1]);
  char* const arguments[] = {(char*)program, "started", descriptor, NULL};
  double least = 1e9;
  for (int i = 0; i < 200; i++) {
    pid_t child = 0;
    double at = 0;
    const double start = now();
    if (posix_spawn(&child, program, NULL, NULL, arguments, environ) != 0) fail("posix_spawn");
    if (read(pipes[0], &at, sizeof at) != sizeof at) fail("read");
    await_child(child);
    if (at - start < least) least = at - start;
  }
  printf("process_spawn %.12f\n", least);
}

// ---- Switches ----

struct turns {
  atomic_int turn;
  int private_flag;
};

static struct turns* turns;

static void play(long rounds, int self) {
  for (long i = 0; i < rounds; i++) {
    while (atomic_load(&turns->turn) != self)
      syscall(SYS_futex, &turns->turn, FUTEX_WAIT | turns->private_flag, 1 - self, NULL, NULL, 0);
    atomic_store(&turns->turn, 1 - self);
    syscall(SYS_futex, &turns->turn, FUTEX_WAKE | turns->private_flag, 1, NULL, NULL, 0);
  }
}

static void switch_processes(long count) {
  const pid_t child = fork_or_fail();
  if (child == 0) {
    play(count / 2, 1);
    _exit(0);
  }
  play(count / 2, 0);
  await_child(child);
}

static void* play_as_thread(void* rounds) {
  play((long)(intptr_t)rounds, 1);
  return NULL;
}

static void switch_threads(long count) {
  pthread_t other;
  if (pthread_create(&other, NULL, play_as_thread, (void*)(intptr_t)(count / 2)) != 0) fail("pthread_create");
  play(count / 2, 0);
  pthread_join(other, NULL);
}

static int there[2], back[2];

static void pipe_rounds(long count) {
  if (pipe(there) != 0 || pipe(back) != 0) fail("pipe");
  char byte = 0;
  const pid_t child = fork_or_fail();
  if (child == 0) {
    for (long i = 0; i < count; i++)
      if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  for (long i = 0; i < count; i++)
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) fail("a round");
  await_child(child);
  for (int i = 0; i < 2; i++) {
    close(there[i]);
    close(back[i]);
  }
}

// ---- A scheme: what a server process answers (lib/scheme/scheme.packet) ----

static uint32_t word(const char* packet, int at) {
  uint32_t n;
  memcpy(&n, packet + at, sizeof n);
  return n;
}

/// Serves /scheme/bench: each file has as many bytes as are asked for.
static void serve(void) {
  enum { request_open = 1, request_read = 16, request_stat = 18, request_close = 25, request_cancel = 32, most = 65536 };
  static char packet[most], answer[most];
  const int socket = open("/scheme/bench", O_RDWR | O_CREAT, 0);
  if (socket < 0) fail("/scheme/bench");
  for (;;) {
    const ssize_t size = read(socket, packet, sizeof packet);
    if (size < 48) return;
    const uint32_t kind = word(packet, 4);
    if (kind == request_close || kind == request_cancel) continue;
    uint32_t text = 0, error = 0;
    int64_t a = 0, b = 0;
    switch (kind) {
      case request_open:
        a = 1;
        break;
      case request_read:
        text = word(packet, 32);
        if (text > 4096) text = 4096;
        break;
      case request_stat:
        b = 3;  // a stream
        text = 8;
        break;
      default:
        error = EOPNOTSUPP;
    }
    const uint32_t length = 40 + text;
    memset(answer, 1, length);
    memcpy(answer, &length, 4);
    memcpy(answer + 4, &error, 4);
    memcpy(answer + 8, packet + 8, 8);
    memcpy(answer + 16, &a, 8);
    memcpy(answer + 24, &b, 8);
    memcpy(answer + 32, &text, 4);
    memset(answer + 36, 0, 4);
    if (write(socket, answer, length) != (ssize_t)length) fail("an answer");
  }
}

static int scheme_file;

static void scheme_rounds(long count) {
  char byte;
  for (long i = 0; i < count; i++)
    if (read(scheme_file, &byte, 1) != 1) fail("a read of the scheme");
}

static void measure_scheme(void) {
  for (int tries = 0; (scheme_file = open("/scheme/bench/file", O_RDONLY)) < 0; tries++) {
    if (tries == 1000) fail("/scheme/bench/file");
    usleep(1000);
  }
  report("process_scheme", 500, scheme_rounds);
  close(scheme_file);
}

// ---- A hundred busy processes ----

enum { busy_processes = 100 };

struct busy {
  atomic_long counts[busy_processes][8];  // a line of the cache each
  atomic_int started;
};

static struct busy* busy;
static pid_t busy_children[busy_processes];

/// Counts where it costs each the same. Those with counters in the second of the two pages were six times as
/// slow now and then when each step was a store there, as if the emulator took it for a page of code.
_Noreturn static void be_busy(int which) {
  enum { steps = 1000 };
  for (long done = 0;; done++) {
    for (int i = 0; i < steps; i++) __asm__ volatile("");
    atomic_store_explicit(&busy->counts[which][0], done, memory_order_relaxed);
  }
}

static void begin_busy(void) {
  busy = shared_memory(sizeof *busy);
  for (int i = 0; i < busy_processes; i++) {
    busy_children[i] = fork_or_fail();
    if (busy_children[i] == 0) {
      atomic_fetch_add(&busy->started, 1);
      be_busy(i);
    }
  }
  while (atomic_load(&busy->started) < busy_processes) usleep(10000);
}

static void end_busy(void) {
  for (int i = 0; i < busy_processes; i++) kill(busy_children[i], SIGKILL);
  for (int i = 0; i < busy_processes; i++) waitpid(busy_children[i], NULL, 0);
}

/// The mean share of a processor over the least of a hundred: 1 if it is fair.
static void fairness(void) {
  static long before[busy_processes];
  begin_busy();
  for (int i = 0; i < busy_processes; i++) before[i] = atomic_load(&busy->counts[i][0]);
  sleep(5);
  long least = -1, sum = 0;
  for (int i = 0; i < busy_processes; i++) {
    const long done = atomic_load(&busy->counts[i][0]) - before[i];
    if (least < 0 || done < least) least = done;
    sum += done;
  }
  end_busy();
  printf("process_fairness %.6f\n", (double)sum / busy_processes / (double)(least > 0 ? least : 1));
}

static int compare(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

/// How late a thread that sleeps is woken while the others compute: the median, the mean, and at worst.
static void lateness(const char* name) {
  enum { rounds = 200 };
  static double all[rounds];
  double sum = 0;
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  for (int i = 0; i < rounds; i++) {
    // Not in step with anybody's turns.
    at.tv_nsec += 7300000 + 1000 * (i * 37 % 1000);
    if (at.tv_nsec >= 1000000000) {
      at.tv_nsec -= 1000000000;
      at.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
    const double late = now() - ((double)at.tv_sec + (double)at.tv_nsec * 1e-9);
    sum += late;
    all[i] = late;
    clock_gettime(CLOCK_MONOTONIC, &at);
  }
  qsort(all, rounds, sizeof *all, compare);
  printf("%s_median %.12f\n%s_mean %.12f\n%s_worst %.12f\n", name, all[rounds / 2], name, sum / rounds, name,
         all[rounds - 1]);
}

static void timers(void) {
  begin_busy();
  lateness("process_timer");
  // What comes nearest to a driver there. Ours is no process: the tender's program measures it.
  const struct sched_param highest = {.sched_priority = 50};
  if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &highest) == 0) lateness("process_driver");
  end_busy();
}

// ---- Memory ----

static unsigned long free_memory(void) {
  struct sysinfo info;
  if (sysinfo(&info) != 0) fail("sysinfo");
  return info.freeram * info.mem_unit;
}

/// What a process that waits takes of the machine's memory. Under our tender its program measures that.
static void memory(void) {
  enum { count = 64 };
  static pid_t children[count];
  unsigned long before = 0;
  // Linux gives back what ended processes, and its own start, had some seconds later: 1.6 MiB on riscv64.
  sleep(8);
  for (int i = -4; i < count; i++) {
    if (i == 0) {
      usleep(200000);
      before = free_memory();
    }
    const pid_t child = fork_or_fail();
    if (child == 0) {
      execl(program, program, "waits", NULL);
      _exit(127);
    }
    if (i >= 0) children[i] = child;
  }
  usleep(500000);
  printf("process_memory %.0f\n", (double)(before - free_memory()) / count);
  for (int i = 0; i < count; i++) kill(children[i], SIGKILL);
  for (int i = 0; i < count; i++) waitpid(children[i], NULL, 0);
}

/// A group of figures, or one of them.
static bool is_wanted(const char* what, const char* group, const char* figure) {
  return strcmp(what, group) == 0 || strcmp(what, figure) == 0;
}

static void measure(const char* what) {
  if (is_wanted(what, "calls", "process_call")) report("process_call", 20000, null_calls);
  if (is_wanted(what, "memory_faults", "process_touch")) report("process_touch", 2048, touch_pages);
  if (is_wanted(what, "memory_faults", "process_map")) report("process_map", 500, map_pages);
  if (is_wanted(what, "memory_faults", "process_copied_page")) copy_on_write();
  if (is_wanted(what, "starts", "process_fork")) report("process_fork", 60, fork_and_wait);
  if (is_wanted(what, "starts", "process_exec")) report("process_exec", 60, execute_and_wait);
  if (is_wanted(what, "starts", "process_spawn")) spawn_to_main();
  turns = shared_memory(page_size);
  if (is_wanted(what, "switches", "process_switch")) report("process_switch", 2000, switch_processes);
  turns->private_flag = FUTEX_PRIVATE_FLAG;
  if (is_wanted(what, "switches", "process_thread")) report("process_thread", 2000, switch_threads);
  if (is_wanted(what, "switches", "process_pipe")) report("process_pipe", 1000, pipe_rounds);
  if (is_wanted(what, "scheme", "process_scheme")) measure_scheme();
  if (is_wanted(what, "fairness", "process_fairness")) fairness();
  if (is_wanted(what, "timers", "process_timer")) timers();
  if (is_wanted(what, "memory", "process_memory")) memory();
  fflush(stdout);
}

int main(int count, char** words) {
  if (count == 3 && strcmp(words[1], "started") == 0) {
    const double at = now();
    return write(atoi(words[2]), &at, sizeof at) == sizeof at ? 0 : 1;
  }
  if (count == 2 && strcmp(words[1], "nothing") == 0) return 0;
  if (count == 2 && strcmp(words[1], "waits") == 0)
    for (;;) pause();
  if (count == 2 && strcmp(words[1], "serve") == 0) {
    serve();
    return 0;
  }
  program = words[0];
  for (int i = 1; i < count; i++) measure(words[i]);
  return 0;
}
