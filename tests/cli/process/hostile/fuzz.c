// SPDX-License-Identifier: ISC
//
// Random sequences of system calls by processes and threads that disturb each other, the same for the same
// seed as far as their order is. The first process only looks after the others: who stands still is killed,
// and must then be gone.
//
// Only for the tender: on Linux this would do what it says, as whoever runs it.

#include "harness.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

enum {
  workers = 12,
  at_once = 2,
  most_processes = 8,
  arena_pages = 64,
  stand_still_ms = 60,
  hang_seconds = 100,
  deepest = 3,
};

struct common {
  long made;       // calls, of all; which one of them may write to as well
  long succeeded;  // those that were no errors
  long processes;  // that a worker has made and that are not known to be gone
};
static struct common* common;
static char* arena;

// Random numbers: each thread has its own.
struct source {
  uint64_t state;
  int depth;
  long left;
};

static uint64_t next(struct source* s) {  // splitmix64
  uint64_t z = s->state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}
static uint64_t below(struct source* s, uint64_t n) {
  return next(s) % n;
}
static bool one_in(struct source* s, uint64_t n) {
  return below(s, n) == 0;
}

// What a call may be given, by kinds.

static const char* const names[] = {"a",         "b",        "dir",       "dir/c",        "/tmp",
                                    "/tmp/d",    "..",       ".",         "link",         "",
                                    "/",         "dir/..",   "/dev/null", "nothing",      "a/b",
                                    "/dev/zero", "/hostile", "link/x",    "/scheme/pipe", "/scheme/file/a"};

static long hostile_number(struct source* s) {
  static const long numbers[] = {-1,
                                 1,
                                 0x7fffffff,
                                 (long)1 << 31,
                                 (long)1 << 32,
                                 (long)1 << 62,
                                 4095,
                                 -4096,
                                 4097,
                                 65536,
                                 65537,
                                 0x7fffffffffffffff,
                                 1 << 20,
                                 1 << 30,
                                 (long)1 << 38,
                                 (long)1 << 47,
                                 2,
                                 -2,
                                 (long)0x8000000000000000};
  switch (below(s, 4)) {
    case 0:
      return numbers[below(s, COUNT(numbers))];
    case 1:
      return (long)next(s);
    case 2:
      return kernel_addresses[below(s, kernel_address_count)];
    default:
      return strange_addresses[below(s, strange_address_count)];
  }
}

static long pointer(struct source* s) {
  if (one_in(s, 30)) return hostile_number(s);
  if (one_in(s, 30)) return 0;
  const long at = P(arena) + (long)below(s, arena_pages * page);
  switch (below(s, 4)) {
    case 0:
      return at & -page;
    case 1:
      return (at & -page) + page - (long)below(s, 64);
    case 2:
      return at;
    default:
      return at & -8;
  }
}

// What a pointer points to: made anew before each call, so that some of it means something.
static void fill(struct source* s, long at, char kind) {
  if (at < P(arena) || at > P(arena) + (arena_pages - 1) * page) return;
  // Through a call: the page may be gone.
  union {
    char text[64];
    struct iovec parts[4];
    struct timespec times[2];
    struct pollfd polled[8];
    struct epoll_event event;
    uint64_t words[8];
  } v;
  for (size_t i = 0; i < COUNT(v.words); i++) v.words[i] = next(s);
  switch (kind) {
    case 's':
      strcpy(v.text, names[below(s, COUNT(names))]);
      break;
    case 'v':
      for (size_t i = 0; i < COUNT(v.parts); i++) {
        v.parts[i].iov_base = (void*)pointer(s);
        v.parts[i].iov_len = one_in(s, 16) ? (size_t)hostile_number(s) : below(s, 5000);
      }
      break;
    case 't':
      for (int i = 0; i < 2; i++) {
        v.times[i].tv_sec = one_in(s, 16) ? hostile_number(s) : 0;
        v.times[i].tv_nsec = one_in(s, 16) ? hostile_number(s) : (long)below(s, 2000000);
      }
      break;
    case 'l':
      for (size_t i = 0; i < COUNT(v.polled); i++) {
        v.polled[i].fd = (int)below(s, 40) - 1;
        v.polled[i].events = (short)below(s, 64);
      }
      break;
    case 'e':
      v.event.events = (uint32_t)(one_in(s, 4) ? next(s) : below(s, 16));
      break;
    case 'm':
      v.words[0] = one_in(s, 3) ? next(s) : 1ul << below(s, 64);
      break;
    case 'w':
      for (size_t i = 0; i < COUNT(v.words); i++) v.words[i] = one_in(s, 2) ? 0 : below(s, 5);
      break;
    default:
      break;
  }
  // process_vm_writev is not there: a pipe would be, but a descriptor may be anything. So only where it can
  // be.
  if (CALL(rt_sigprocmask, SIG_BLOCK, 0, at, 8) == 0 && CALL(rt_sigprocmask, SIG_BLOCK, 0, at + 56, 8) == 0)
    memcpy((void*)at, &v, sizeof v);
}

static void handler(int signal) {
  (void)signal;
}

struct call {
  const char* name;
  long number;
  /// One letter an argument: f a descriptor, s a path, p a pointer, v vectors, t times, l polls, e an event,
  /// m a set of signals, w words, h an action, z a size, a an address of mappings, n a small number, g flags,
  /// r rights, k flags of mmap, o an offset, S a signal, i a process, d the directory that paths begin at, x
  /// anything.
  const char* kinds;
  int weight;
};
#define C(name, kinds, weight) \
  { #name, SYS_##name, kinds, weight }

static const struct call calls[] = {
    C(read, "fpz", 8),
    C(write, "fpz", 8),
    C(readv, "fvn", 3),
    C(writev, "fvn", 3),
    C(pread64, "fpzo", 3),
    C(pwrite64, "fpzo", 3),
    C(preadv, "fvno", 2),
    C(pwritev, "fvno", 2),
    C(lseek, "fon", 3),
    C(close, "f", 3),
    C(close_range, "ffg", 1),
    C(ioctl, "fxp", 1),
    C(fcntl, "fnx", 3),
    C(flock, "fn", 1),
    C(dup, "f", 3),
    C(dup3, "ffg", 3),
    C(pipe2, "pg", 4),
    C(fsync, "f", 1),
    C(fdatasync, "f", 1),
    C(sync, "", 1),
    C(ftruncate, "fo", 2),
    C(truncate, "so", 2),
    C(fallocate, "fnoo", 1),
    C(fadvise64, "foon", 1),
    C(sendfile, "ffpz", 3),
    C(copy_file_range, "fpfpzg", 1),
    C(openat, "dsgx", 8),
    C(openat2, "dspn", 1),
    C(fstat, "fp", 2),
    C(newfstatat, "dspg", 2),
    C(statx, "dsgxp", 2),
    C(statfs, "sp", 1),
    C(fstatfs, "fp", 1),
    C(getdents64, "fpz", 3),
    C(faccessat, "dsn", 1),
    C(faccessat2, "dsng", 1),
    C(readlinkat, "dspz", 2),
    C(mkdirat, "dsx", 3),
    C(unlinkat, "dsg", 3),
    C(renameat2, "dsdsn", 3),
    C(linkat, "dsdsg", 2),
    C(symlinkat, "sds", 3),
    C(fchmod, "fx", 1),
    C(fchmodat, "dsx", 1),
    C(fchown, "fxx", 1),
    C(fchownat, "dsxxg", 1),
    C(utimensat, "dstg", 1),
    C(getcwd, "pz", 1),
    C(chdir, "s", 2),
    C(fchdir, "f", 1),
    C(umask, "x", 1),
    C(ppoll, "lntmn", 3),
    C(pselect6, "npppt", 2),
    C(epoll_create1, "g", 2),
    C(epoll_ctl, "fnfe", 4),
    C(epoll_pwait, "fpnnmn", 3),
    C(eventfd2, "ng", 2),
    C(timerfd_create, "ng", 2),
    C(timerfd_settime, "fntp", 3),
    C(timerfd_gettime, "fp", 1),
    C(socketpair, "nnnp", 2),
    C(recvfrom, "fpzg", 2),
    C(sendto, "fpzg", 2),
    C(shutdown, "fn", 1),
    C(mmap, "azrkfo", 10),
    C(mprotect, "azr", 6),
    C(munmap, "az", 4),
    C(mremap, "azzn", 4),
    C(madvise, "azn", 4),
    C(msync, "azn", 3),
    C(brk, "a", 2),
    C(exit_group, "n", 1),
    C(execve, "spp", 1),
    C(wait4, "ipnp", 3),
    C(waitid, "nipn", 2),
    C(futex, "wnntwn", 6),
    C(set_tid_address, "p", 1),
    C(set_robust_list, "pz", 1),
    C(gettid, "", 1),
    C(getppid, "", 1),
    C(getpgid, "i", 1),
    C(setpgid, "ii", 1),
    C(getsid, "i", 1),
    C(setsid, "", 1),
    C(getgroups, "np", 1),
    C(setuid, "n", 1),
    C(sched_yield, "", 1),
    C(sched_getaffinity, "izp", 1),
    C(prctl, "nx", 1),
    C(prlimit64, "inpp", 1),
    C(getrusage, "np", 1),
    C(times, "p", 1),
    C(sysinfo, "p", 1),
    C(uname, "p", 1),
    C(getrandom, "pzg", 1),
    C(membarrier, "nn", 1),
    C(rt_sigaction, "Shpn", 5),
    C(rt_sigprocmask, "nmpn", 4),
    C(rt_sigpending, "pn", 1),
    C(rt_sigsuspend, "mn", 1),
    C(rt_sigtimedwait, "mptn", 2),
    C(rt_sigreturn, "", 1),
    C(sigaltstack, "pp", 2),
    C(kill, "iS", 2),
    C(tkill, "iS", 2),
    C(tgkill, "iiS", 2),
    C(getitimer, "np", 1),
    C(setitimer, "ntp", 2),
    C(clock_gettime, "np", 1),
    C(clock_getres, "np", 1),
    C(gettimeofday, "pp", 1),
    C(nanosleep, "tp", 1),
    C(clock_nanosleep, "nntp", 1),
#if defined(__x86_64__)
    C(open, "sgx", 2),
    C(creat, "sx", 1),
    C(stat, "sp", 1),
    C(dup2, "ff", 2),
    C(pipe, "p", 1),
    C(poll, "lnn", 1),
    C(select, "npppt", 1),
    C(rename, "ss", 1),
    C(rmdir, "s", 1),
    C(alarm, "n", 1),
    C(pause, "", 1),
    C(arch_prctl, "xp", 1),
    C(epoll_wait, "fpnn", 1),
#endif
};

static long argument(struct source* s, char kind) {
  if (kind != 'i' && one_in(s, 80)) return hostile_number(s);
  switch (kind) {
    case 'f':
      return (long)below(s, one_in(s, 4) ? 40 : 12);
    case 'p':
    case 's':
    case 'v':
    case 't':
    case 'l':
    case 'e':
    case 'm':
    case 'w':
    case 'h': {
      const long at = pointer(s);
      if (!one_in(s, 8)) fill(s, at, kind);
      if (kind == 'h' && at >= P(arena) && CALL(rt_sigprocmask, SIG_BLOCK, 0, at, 8) == 0) {
        unsigned long* action = (unsigned long*)at;
        static const unsigned long flags[] = {0, 4, 0x10000000, 0x40000000, 0x08000000, 0x80000000};
        action[0] = one_in(s, 12) ? below(s, 2) : (unsigned long)handler;
        action[1] = flags[below(s, COUNT(flags))];
        if (one_in(s, 8)) action[below(s, 3)] = (unsigned long)hostile_number(s);
      }
      return at;
    }
    case 'z':
      return one_in(s, 4) ? (long)below(s, 20000) : (long)below(s, 9) * page / 2;
    case 'a':
      return pointer(s) & -page;
    case 'n':
      return (long)below(s, 12);
    case 'g': {
      static const long flags[] = {0,     1,      2,       0x40,    0x80,    0x200, 0x400,
                                   0x800, 0x1000, 0x10000, 0x20000, 0x80000, 0x100, 0x4000};
      return flags[below(s, COUNT(flags))] | flags[below(s, COUNT(flags))];
    }
    case 'r':
      return one_in(s, 8) ? (long)below(s, 16) : 3;
    case 'k': {
      static const long kinds[] = {0x22, 0x22, 0x21, 0x32, 0x31, 0x12, 0x11, 0x02, 0x01, 0x100022, 0x40};
      return kinds[below(s, COUNT(kinds))];
    }
    case 'o':
      return one_in(s, 4) ? (long)below(s, 100000) : (long)below(s, 16) * page;
    case 'S': {
      const long signal = (long)below(s, 66);
      return signal == SIGKILL && !one_in(s, 8) ? SIGALRM : signal;
    }
    case 'i': {
      // Not everybody, that would end each round at once.
      if (one_in(s, 400)) return -1;
      if (one_in(s, 200)) return 0;
      return one_in(s, 2) ? CALL(getpid, 0) : one_in(s, 2) ? CALL(getpid, 0) + (long)below(s, 4) : 0x7fffffff;
    }
    case 'd':
      return one_in(s, 6) ? (long)below(s, 40) : AT_FDCWD;
    default:
      return (long)below(s, 4096);
  }
}

static const struct call* choose(struct source* s) {
  static int total;
  if (total == 0) {
    int sum = 0;
    for (size_t i = 0; i < COUNT(calls); i++) sum += calls[i].weight;
    total = sum;
  }
  int at = (int)below(s, (uint64_t)total);
  for (size_t i = 0;; i++)
    if ((at -= calls[i].weight) < 0) return &calls[i];
}

static void go_on(struct source* s);

// Another process, as long as there are not too many.
static void forks(struct source* s) {
  const uint64_t seed = next(s);
  if (s->depth >= deepest || __atomic_fetch_add(&common->processes, 1, __ATOMIC_RELAXED) >= most_processes) {
    __atomic_fetch_sub(&common->processes, 1, __ATOMIC_RELAXED);
    return;
  }
  const long pid = CALL(clone, SIGCHLD, 0);
  if (pid == 0) {
    struct source mine = {seed, s->depth + 1, s->left / 4};
    go_on(&mine);
    __atomic_fetch_sub(&common->processes, 1, __ATOMIC_RELAXED);
    leave(0);
  }
  if (pid < 0) __atomic_fetch_sub(&common->processes, 1, __ATOMIC_RELAXED);
}

static void runs_thread(void* of) {
  struct source mine = *(struct source*)of;
  go_on(&mine);
}

static void starts_thread(struct source* s) {
  if (s->depth >= deepest) return;
  const long at = CALL(mmap, 0, 5 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at < 0) return;
  struct source* mine = (struct source*)at;
  *mine = (struct source){next(s), s->depth + 1, s->left / 4};
  s->left -= s->left / 4;
  static int over;
  raw_clone(thread_flags | (one_in(s, 2) ? cleared_at_the_end : 0), (char*)at + 5 * page, runs_thread, mine,
            &over);
}

static void one_call(struct source* s) {
  long a[6];
  if (one_in(s, 60)) return forks(s);
  if (one_in(s, 60)) return starts_thread(s);
  if (one_in(s, 30)) CALL(close_range, 44, 0xffffffff, 0);
  const struct call* call = choose(s);
  long number = call->number;
  if (one_in(s, 50)) {
    // Whatever it is, but not without bound.
    number = (long)below(s, 520);
    if (number == SYS_clone || number == SYS_exit_group || number == SYS_exit || number == 435) return;
#if defined(__x86_64__)
    if (number == SYS_fork || number == SYS_vfork) return;
#endif
  }
  // What ends the process is rare, or little else would come.
  if ((number == SYS_exit_group || number == SYS_rt_sigreturn || number == SYS_execve) && !one_in(s, 20))
    return;
  const size_t known = strlen(call->kinds);
  for (size_t i = 0; i < 6; i++) a[i] = i < known ? argument(s, call->kinds[i]) : (long)below(s, 16);
  if (number == SYS_brk && (unsigned long)a[0] > (unsigned long)CALL(brk, 0) + 64 * page) return;
  const long result = CALL_NUMBER(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (result >= 0 || result < -4095) __atomic_fetch_add(&common->succeeded, 1, __ATOMIC_RELAXED);
}

static void go_on(struct source* s) {
  for (; s->left > 0; s->left--) {
    one_call(s);
    __atomic_fetch_add(&common->made, 1, __ATOMIC_RELAXED);
    if (s->left % 64 == 0) {  // something there again
      CALL(mmap, arena, arena_pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
           -1, 0);
      const struct itimerval often = {{0, 3000}, {0, 3000}};
      CALL(setitimer, ITIMER_REAL, &often, 0);
      const unsigned long none = 0;
      CALL(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
    }
  }
}

static _Noreturn void work(uint64_t seed, long count) {
  struct source s = {seed, 0, count};
  CALL(setpgid, 0, 0);
  for (int signal = 1; signal < 32; signal++)
    if (signal != SIGSEGV && signal != SIGILL && signal != SIGBUS) {
      const struct sigaction action = {.sa_handler = handler};
      sigaction(signal, &action, NULL);
    }
  int two[2];
  CALL(pipe2, two, 0);
  CALL(openat, AT_FDCWD, "a", O_RDWR | O_CREAT, 0600);
  CALL(eventfd2, 1, 0);
  CALL(epoll_create1, 0);
  go_on(&s);
  leave(0);
}

// The one that looks after them.

static long now_ms(void) {
  struct timespec t;
  CALL(clock_gettime, CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void write_count(void) {
  char text[32];
  const int size = snprintf(text, sizeof text, "%ld %ld\n", common->made, common->succeeded);
  const long fd = CALL(openat, AT_FDCWD, "/calls", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CALL(write, fd, text, size);
  CALL(close, fd);
}

int fuzz(unsigned long seed, long count) {
  if (CALL(getppid, 0) != 0) {
    fputs("only for the tender\n", stderr);
    return 2;
  }
  common = (struct common*)CALL(mmap, 0, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  arena = fresh_pages(arena_pages);
  long running[at_once] = {0}, killed_at[at_once] = {0};
  int started = 0, alive = 0;
  long made = 0, changed = now_ms();
  while (started < workers || alive > 0) {
    for (int i = 0; i < at_once; i++) {
      if (running[i] == 0 && started < workers) {
        const uint64_t its = seed * 1000003 + (uint64_t)started++;
        if (alive == 0) common->processes = 0;
        const long pid = CALL(clone, SIGCHLD, 0);
        if (pid == 0) work(its, count);
        if (pid < 0) continue;
        running[i] = pid;
        killed_at[i] = 0;
        alive++;
      }
      if (running[i] == 0) continue;
      const long gone = CALL(wait4, running[i], 0, 1, 0);
      if (gone == running[i] || gone == -ECHILD) {
        running[i] = 0;
        alive--;
      } else if (killed_at[i] == 0 && now_ms() - changed > stand_still_ms) {
        CALL(kill, running[i], SIGKILL);
        killed_at[i] = now_ms();
      } else if (killed_at[i] != 0 && now_ms() - killed_at[i] > hang_seconds * 1000)
        return 3;
    }
    const long before = made;
    made = __atomic_load_n(&common->made, __ATOMIC_RELAXED);
    if (made != before) changed = now_ms();
    CALL(nanosleep, (&(struct timespec){0, 1000000}), 0);
  }
  // What they have left behind.
  CALL(kill, -1, SIGKILL);
  write_count();
  return 0;
}
