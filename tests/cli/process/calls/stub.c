// SPDX-License-Identifier: ISC
//
// A table of system calls with good arguments. Each is made as it stands, and once for each bad value of each
// argument, from the same beginning. What is printed is the same on every Linux.

#define _GNU_SOURCE
#include <caml/mlvalues.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#if defined(__x86_64__)
static long call(long n, const long* a) {
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
static long call(long n, const long* a) {
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
static long call(long n, const long* a) {
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

static long call6(long n, long a, long b, long c, long d, long e, long f) {
  const long arguments[6] = {a, b, c, d, e, f};
  return call(n, arguments);
}
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
  call6(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

// What is printed, all at the end: the calls may do anything to descriptor 1.
static char text[1 << 20];
static size_t length;
#define SAY(...) (length += (size_t)snprintf(text + length, sizeof text - length, __VA_ARGS__))

// The files that each call finds, by these descriptors.
enum { FILE_FD = 10, DIR_FD, PIPE_IN, PIPE_OUT, EVENT_FD, TIMER_FD, EPOLL_FD, SOCKET_A, SOCKET_B, CLOSED_FD };
enum { KEPT = 200 };

static char buffer[8192] __attribute__((aligned(4096)));
static struct iovec vector[2];
static struct timespec soon = {0, 1};
static struct timespec times[2] = {{1, 0}, {2, 0}};
static struct itimerspec setting = {{0, 0}, {100, 0}};
static struct itimerval interval = {{0, 0}, {100, 0}};
static struct epoll_event wanted = {EPOLLIN, {.u64 = 7}};
static struct pollfd polled[2] = {{FILE_FD, POLLIN, 0}, {PIPE_IN, POLLIN, 0}};
static uint64_t set_of_signals = 0;
static uint64_t action[4];
static uint32_t word;
static char* edge;     // three bytes before a page that is not there
static char* hole;     // not there
static char* guarded;  // may not be touched

static void to(int fd, int at) {
  CALL(dup3, fd, at, 0);
  CALL(close, fd);
}

static const char base[] = "/tmp/bactrian-calls";

static void remove_all(const char* path) {
  static const char* const names[] = {"file",          "link",        "new",        "dir/inner",
                                      "dir/new",       "dir/nothing", "dir/target", "dir/x",
                                      "nothing/inner", "nothing",     "dir",        NULL};
  CALL(chdir, path);
  for (const char* const* name = names; *name; name++)
    if (CALL(unlinkat, AT_FDCWD, *name, 0) != 0) CALL(unlinkat, AT_FDCWD, *name, AT_REMOVEDIR);
}

static void set_up(void) {
  for (int fd = 0; fd < 3; fd++) CALL(dup3, KEPT + fd, fd, 0);
  for (int fd = 3; fd < 30; fd++) CALL(close, fd);
  CALL(mkdirat, AT_FDCWD, base, 0755);
  remove_all(base);
  CALL(mkdirat, AT_FDCWD, "dir", 0755);
  CALL(close, CALL(openat, AT_FDCWD, "dir/inner", O_CREAT | O_WRONLY, 0644));
  CALL(symlinkat, "file", AT_FDCWD, "link");
  int fd = (int)CALL(openat, AT_FDCWD, "file", O_CREAT | O_RDWR, 0644);
  CALL(write, fd, "0123456789", 10);
  CALL(lseek, fd, 0, SEEK_SET);
  to(fd, FILE_FD);
  to((int)CALL(openat, AT_FDCWD, "dir", O_RDONLY | O_DIRECTORY), DIR_FD);
  int two[2];
  CALL(pipe2, two, O_NONBLOCK);
  CALL(write, two[1], "abc", 3);
  to(two[0], PIPE_IN);
  to(two[1], PIPE_OUT);
  to((int)CALL(eventfd2, 5, O_NONBLOCK), EVENT_FD);
  to((int)CALL(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK), TIMER_FD);
  to((int)CALL(epoll_create1, 0), EPOLL_FD);
  CALL(epoll_ctl, EPOLL_FD, EPOLL_CTL_ADD, PIPE_IN, &wanted);
  CALL(socketpair, 1, 1 | O_NONBLOCK, 0, two);
  CALL(write, two[1], "xyz", 3);
  to(two[0], SOCKET_A);
  to(two[1], SOCKET_B);
  memset(buffer, 0, sizeof buffer);
  memset(edge - 4093, 'e', 4096);
  CALL(mprotect, guarded, 4096, PROT_NONE);
  vector[0] = (struct iovec){buffer, 4};
  vector[1] = (struct iovec){buffer + 4, 2};
  memset(action, 0, sizeof action);
  const struct itimerval none = {{0, 0}, {0, 0}};
  CALL(setitimer, ITIMER_REAL, &none, 0);
  CALL(umask, 022);
  set_of_signals = 0;
  CALL(rt_sigprocmask, SIG_SETMASK, &set_of_signals, 0, 8);
  polled[0] = (struct pollfd){FILE_FD, POLLIN, 0};
  polled[1] = (struct pollfd){PIPE_IN, POLLIN, 0};
  soon = (struct timespec){0, 1};
}

/// Kinds of arguments: f a descriptor (r: what kernels agree on), p a pointer, s a path, g flags, z a size, n
/// another number; '.' is left alone.
struct row {
  const char* name;
  long number;
  const char* kinds;
  long good[6];
};
#define ROW(name, kinds, ...)   \
  {                             \
#name, SYS_##name, kinds, { \
      __VA_ARGS__               \
    }                           \
  }
#define P(x) (long)(intptr_t)(x)

static struct row* rows;
static size_t row_count;

static void make_rows(void) {
  static struct row all[120];
  size_t i = 0;
#define ADD(name, kinds, ...) all[i++] = (struct row)ROW(name, kinds, __VA_ARGS__)
  const long cwd = AT_FDCWD;
  ADD(read, "fpz", FILE_FD, P(buffer), 4);
  ADD(write, "fpz", FILE_FD, P(buffer), 4);
  ADD(readv, "fpn", FILE_FD, P(vector), 2);
  ADD(writev, "fpn", FILE_FD, P(vector), 2);
  ADD(pread64, "fpzn", FILE_FD, P(buffer), 4, 3);
  ADD(pwrite64, "fpzn", FILE_FD, P(buffer), 4, 3);
  ADD(lseek, "rnn", FILE_FD, 3, SEEK_SET);
  ADD(close, "f", FILE_FD);
  ADD(dup, "f", FILE_FD);
  ADD(dup3, "fng", FILE_FD, 25, 0);
  ADD(pipe2, "pg", P(buffer), 0);
  ADD(fcntl, "f..", FILE_FD, F_GETFD, 0);
  ADD(fcntl, "f..", FILE_FD, F_GETFL, 0);
  ADD(fcntl, "f..", FILE_FD, F_SETFD, FD_CLOEXEC);
  ADD(fcntl, "f.n", FILE_FD, F_DUPFD, 20);
  ADD(ftruncate, "fn", FILE_FD, 5);
  ADD(truncate, "sn", P("file"), 5);
  ADD(fsync, "f", FILE_FD);
  ADD(fdatasync, "f", FILE_FD);
  ADD(sendfile, "ffpz", SOCKET_A, FILE_FD, 0, 4);
  ADD(openat, "fs.", DIR_FD, P("inner"), O_RDONLY);
  ADD(openat, ".s.", cwd, P("file"), O_RDWR | O_CREAT | O_EXCL, 0644);
  ADD(openat, ".s.", cwd, P("new"), O_RDWR | O_CREAT, 0644);
  ADD(openat, ".s.", cwd, P("link"), O_RDONLY | O_NOFOLLOW);
  ADD(openat, ".s.", cwd, P("file"), O_RDONLY | O_DIRECTORY);
  ADD(openat, ".s.", cwd, P("dir"), O_WRONLY);
  ADD(openat, ".s.", cwd, P("file/x"), O_RDONLY);
  ADD(openat, ".s.", cwd, P("nothing/x"), O_RDONLY | O_CREAT, 0644);
  ADD(fstat, "fp", FILE_FD, P(buffer));
  ADD(newfstatat, "fspg", DIR_FD, P("inner"), P(buffer), 0);
  ADD(newfstatat, "f...", FILE_FD, P(""), P(buffer), 0x1000);
  ADD(statx, "fs.np", DIR_FD, P("inner"), 0, 0x7ff, P(buffer));
  ADD(statfs, "sp", P("file"), P(buffer));
  ADD(fstatfs, "fp", FILE_FD, P(buffer));
  ADD(getdents64, "fpz", DIR_FD, P(buffer), 4096);
  ADD(faccessat, "fsn", DIR_FD, P("inner"), 4);
  ADD(readlinkat, ".spz", cwd, P("link"), P(buffer), 100);
  ADD(readlinkat, ".spz", cwd, P("file"), P(buffer), 100);
  ADD(mkdirat, "fs.", DIR_FD, P("new"), 0755);
  ADD(mkdirat, ".s.", cwd, P("dir"), 0755);
  ADD(unlinkat, "fsg", DIR_FD, P("inner"), 0);
  ADD(unlinkat, ".s.", cwd, P("dir"), 0);
  ADD(unlinkat, ".s.", cwd, P("dir"), AT_REMOVEDIR);
  ADD(unlinkat, ".s.", cwd, P("file"), AT_REMOVEDIR);
  ADD(renameat2, "fsfsg", DIR_FD, P("inner"), DIR_FD, P("new"), 0);
  ADD(renameat2, ".s.s.", cwd, P("file"), cwd, P("dir"), 0);
  ADD(renameat2, ".s.s.", cwd, P("dir"), cwd, P("dir/x"), 0);
  ADD(renameat2, ".s.s.", cwd, P("file"), cwd, P("link"), 1);
  ADD(linkat, "fsfsg", DIR_FD, P("inner"), DIR_FD, P("new"), 0);
  ADD(linkat, ".s.s.", cwd, P("file"), cwd, P("link"), 0);
  ADD(symlinkat, "sfs", P("target"), DIR_FD, P("new"));
  ADD(fchmod, "r.", FILE_FD, 0600);
  ADD(fchmodat, "fs.", DIR_FD, P("inner"), 0600);
  ADD(fchown, "r..", FILE_FD, -1, -1);
  ADD(fchownat, "fs..g", DIR_FD, P("inner"), -1, -1, 0);
  ADD(utimensat, "fspg", DIR_FD, P("inner"), P(times), 0);
  ADD(getcwd, "pz", P(buffer), 100);
  ADD(chdir, "s", P("dir"));
  ADD(chdir, "s", P("file"));
  ADD(fchdir, "f", DIR_FD);
  ADD(umask, ".", 077);
  ADD(ppoll, "p.pp", P(polled), 2, P(&soon), 0, 8);
  ADD(pselect6, "npppp", 0, P(buffer), P(buffer + 128), P(buffer + 256), P(&soon), 0);
  ADD(eventfd2, ".g", 3, 0);
  ADD(timerfd_create, "ng", CLOCK_MONOTONIC, 0);
  ADD(timerfd_settime, "fgpp", TIMER_FD, 0, P(&setting), P(buffer));
  ADD(timerfd_gettime, "fp", TIMER_FD, P(buffer));
  ADD(epoll_create1, "g", 0);
  ADD(epoll_ctl, "fnfp", EPOLL_FD, EPOLL_CTL_ADD, SOCKET_A, P(&wanted));
  ADD(epoll_ctl, "fnfp", EPOLL_FD, EPOLL_CTL_MOD, PIPE_IN, P(&wanted));
  ADD(epoll_ctl, "fnf.", EPOLL_FD, EPOLL_CTL_DEL, PIPE_IN, 0);
  ADD(epoll_pwait, "fpnn", EPOLL_FD, P(buffer), 4, 0, 0, 8);
  ADD(socketpair, "nn.p", 1, 1, 0, P(buffer));
  ADD(shutdown, "fn", SOCKET_A, 1);
  ADD(mmap, ".z..fn", 0, 4096, PROT_READ, MAP_PRIVATE, FILE_FD, 0);
  ADD(mmap, ".z..fn", 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, FILE_FD, 0);
  ADD(madvise, "pzn", P(buffer), 4096, MADV_WILLNEED);
  ADD(mprotect, "pz.", P(buffer), 4096, PROT_READ | PROT_WRITE);
  ADD(msync, "pz.", P(buffer), 4096, MS_SYNC);
  ADD(rt_sigaction, "nppn", SIGUSR1, P(action), P(buffer), 8);
  ADD(rt_sigprocmask, "nppn", SIG_BLOCK, P(&set_of_signals), P(buffer), 8);
  ADD(rt_sigpending, "pn", P(buffer), 8);
  ADD(rt_sigtimedwait, "pppn", P(&set_of_signals), P(buffer), P(&soon), 8);
  ADD(sigaltstack, "pp", 0, P(buffer));
  ADD(kill, "..", CALL(getpid, 0), 0);
  ADD(kill, "..", CALL(getpid, 0), 65);
  ADD(kill, "..", CALL(getpid, 0), -1);
  ADD(tgkill, "...", 0, 1, 0);
  ADD(tgkill, "...", -1, 1, 0);
  ADD(tkill, "..", -1, 0);
  ADD(getitimer, "np", ITIMER_REAL, P(buffer));
  ADD(setitimer, "npp", ITIMER_REAL, P(&interval), P(buffer));
  ADD(clock_gettime, "np", CLOCK_MONOTONIC, P(buffer));
  ADD(clock_getres, "np", CLOCK_REALTIME, P(buffer));
  ADD(gettimeofday, "pp", P(buffer), P(buffer + 64));
  ADD(nanosleep, "pp", P(&soon), P(buffer));
  ADD(clock_nanosleep, ".gpp", CLOCK_MONOTONIC, 0, P(&soon), P(buffer));
  ADD(futex, "p..p", P(&word), 0, 1, P(&soon));
  ADD(futex, "p..", P(&word), 1, 1);
  ADD(futex, "p...p.", P(&word), 4, 1, 1, P(&word), 5);
  ADD(getrandom, "p.g", P(buffer), 16, 0);
  ADD(uname, "p", P(buffer));
  ADD(getrusage, "np", 0, P(buffer));
  ADD(prlimit64, ".np", 0, 7, 0, P(buffer));
  ADD(sysinfo, "p", P(buffer));
  ADD(wait4, ".p.p", -1, P(buffer), 1, P(buffer + 64));
  ADD(waitid, "n.p.", 0, 0, P(buffer), 5);
  ADD(execve, "spp", P("nothing"), 0, 0);
  ADD(execve, "s..", P("dir"), 0, 0);
  ADD(execve, "s..", P("file"), 0, 0);
  ADD(set_robust_list, ".z", P(buffer), 24);
  ADD(sched_getaffinity, ".zp", 0, 4, P(buffer));
  rows = all;
  row_count = i;
}

static void report(const struct row* row, const char* what, const long* arguments) {
  set_up();
  const long result = call(row->number, arguments);
  if (row->number == SYS_fcntl && row->good[1] == F_GETFL && result >= 0)
    SAY("%s%s = %ld\n", row->name, what, result & 0xfff);  // the others differ with the machine
  else if (result < 0 && result > -4096)
    SAY("%s%s = -%ld\n", row->name, what, -result);
  else if (row->number == SYS_mmap || row->number == SYS_sched_getaffinity ||
           row->number == SYS_clock_gettime)
    SAY("%s%s = ok\n", row->name, what);
  else
    SAY("%s%s = %ld\n", row->name, what, result);
}

struct bad {
  const char* name;
  long value;
};

static void with_bad(const struct row* row, size_t index, int i, const struct bad* bads, size_t count) {
  for (size_t k = 0; k < count; k++) {
    long arguments[6];
    char what[64];
    memcpy(arguments, row->good, sizeof arguments);
    arguments[i] = bads[k].value;
    snprintf(what, sizeof what, " #%zu argument %d: %s", index, i, bads[k].name);
    report(row, what, arguments);
  }
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void each_argument(const struct row* row, size_t index) {
  const struct bad descriptors[] = {{"-1", -1},
                                    {"closed", CLOSED_FD},
                                    {"large", 1 << 20},
                                    {"file", FILE_FD},
                                    {"directory", DIR_FD},
                                    {"pipe to read", PIPE_IN},
                                    {"pipe to write", PIPE_OUT},
                                    {"event", EVENT_FD},
                                    {"timer", TIMER_FD},
                                    {"epoll", EPOLL_FD},
                                    {"socket", SOCKET_A}};
  const struct bad pointers[] = {{"1", 1},
                                 {"hole", P(hole)},
                                 {"guarded", P(guarded)},
                                 {"edge", P(edge)},
                                 {"kernel", (long)0xffff800000001000},
                                 {"huge", (long)1 << 62}};
  const struct bad paths[] = {{"null", 0},       {"hole", P(hole)},
                              {"edge", P(edge)}, {"kernel", (long)0xffff800000001000},
                              {"empty", P("")},  {"nothing", P("nothing")}};
  const struct bad flags[] = {{"-1", -1}, {"2^30", 1 << 30}, {"2^31", (long)1 << 31}};
  const struct bad sizes[] = {{"0", 0}, {"1", 1}, {"-1", -1}};
  const struct bad numbers[] = {{"-1", -1}, {"0", 0},   {"1", 1},
                                {"2", 2},   {"77", 77}, {"2^31", (long)1 << 31}};
  for (int i = 0; row->kinds[i]; i++) {
    switch (row->kinds[i]) {
      case 'f':
        with_bad(row, index, i, descriptors, COUNT(descriptors));
        break;
      case 'r':
        with_bad(row, index, i, descriptors, 7);
        break;
      case 'p':
        with_bad(row, index, i, pointers, COUNT(pointers));
        break;
      case 's':
        with_bad(row, index, i, paths, COUNT(paths));
        break;
      case 'g':
        with_bad(row, index, i, flags, COUNT(flags));
        break;
      case 'z':
        with_bad(row, index, i, sizes, COUNT(sizes));
        break;
      case 'n':
        with_bad(row, index, i, numbers, COUNT(numbers));
        break;
      default:
        break;
    }
  }
}

static void map_bad_places(void) {
  // So low that nothing else is ever placed there.
  char* pages =
      mmap((void*)0x20000, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  memset(pages, 'e', 4096);
  munmap(pages + 4096, 4096);
  mprotect(pages + 8192, 4096, PROT_NONE);
  edge = pages + 4096 - 3;
  hole = pages + 4096;
  guarded = pages + 8192;
}

// Who may only read a file does not get to write it by mapping it.
static void report_read_only_map(void) {
  set_up();
  const long fd = CALL(openat, AT_FDCWD, "file", O_RDONLY);
  const long at = CALL(mmap, 0, 4096, PROT_READ, MAP_SHARED, fd, 0);
  SAY("a file that may be read, mapped in common: mprotect %ld, mmap %ld\n",
      CALL(mprotect, at, 4096, PROT_READ | PROT_WRITE),
      CALL(mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  CALL(munmap, at, 4096);
  CALL(close, fd);
}

value calls_run(value unit) {
  for (int fd = 0; fd < 3; fd++) CALL(dup3, fd, KEPT + fd, 0);
  map_bad_places();
  make_rows();
  for (size_t i = 0; i < row_count; i++) {
    report(&rows[i], "", rows[i].good);
    each_argument(&rows[i], i);
  }
  report_read_only_map();
  set_up();
  remove_all(base);
  CALL(chdir, "/");
  CALL(unlinkat, AT_FDCWD, base, AT_REMOVEDIR);
  for (size_t at = 0; at < length;) at += (size_t)CALL(write, KEPT + 1, text + at, length - at);
  return unit;
}
