// SPDX-License-Identifier: ISC
//
// Each pointer that each call takes, with addresses that it must not have; lengths and counts that no memory
// holds; flags that do not exist; and things that begin where they may be and end where they may not.

#include "harness.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

// Descriptors that are there for every call.
enum { FILE_FD = 20, DIR_FD, PIPE_IN, PIPE_OUT, EVENT_FD, TIMER_FD, EPOLL_FD, SOCKET_A, SOCKET_B };

static char buffer[16384] __attribute__((aligned(4096)));
static struct iovec vector[2] = {{buffer, 4}, {buffer + 8, 4}};
static struct timespec none = {0, 0};
static char* const strings[] = {"a", NULL};

static void to(long fd, int at) {
  CALL(dup3, fd, at, 0);
  CALL(close, fd);
}

static void set_up(void) {
  int two[2];
  const long file = CALL(openat, AT_FDCWD, "/tmp/hostile-file", O_RDWR | O_CREAT, 0700);
  CALL(write, file, "0123456789", 10);
  CALL(lseek, file, 0, 0);
  to(file, FILE_FD);
  to(CALL(openat, AT_FDCWD, "/tmp", O_RDONLY | O_DIRECTORY, 0), DIR_FD);
  CALL(pipe2, two, O_NONBLOCK);
  CALL(write, two[1], "abc", 3);
  to(two[0], PIPE_IN);
  to(two[1], PIPE_OUT);
  to(CALL(eventfd2, 5, O_NONBLOCK), EVENT_FD);
  to(CALL(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK), TIMER_FD);
  to(CALL(epoll_create1, 0), EPOLL_FD);
  struct epoll_event wanted = {.events = EPOLLIN};
  CALL(epoll_ctl, EPOLL_FD, EPOLL_CTL_ADD, PIPE_IN, &wanted);
  CALL(socketpair, 1, SOCK_STREAM | O_NONBLOCK, 0, two);
  CALL(write, two[1], "xyz", 3);
  to(two[0], SOCKET_A);
  to(two[1], SOCKET_B);
}

/// A call with arguments that are good; `reads` and `writes` say which of them are pointers, as bits. What
/// comes of a bad one is EFAULT, or else one of two other errors.
struct row {
  const char* name;
  long number;
  unsigned reads, writes;
  long arguments[6];
  int other, another;
};
#define ROW(name, reads, writes, other, another, ...) \
  { #name, SYS_##name, reads, writes, {__VA_ARGS__ }, other, another }
#define A(n) (1u << (n))
#define CWD AT_FDCWD

static const struct row rows[] = {
    ROW(read, 0, A(1), 0, 0, FILE_FD, P(buffer), 8),
    ROW(read, 0, A(1), EAGAIN, 0, PIPE_IN, P(buffer), 3),
    ROW(read, 0, A(1), EAGAIN, 0, EVENT_FD, P(buffer), 8),
    ROW(read, 0, A(1), EAGAIN, 0, SOCKET_A, P(buffer), 3),
    ROW(write, A(1), 0, 0, 0, FILE_FD, P(buffer), 8),
    ROW(write, A(1), 0, 0, 0, PIPE_OUT, P(buffer), 8),
    ROW(write, A(1), 0, 0, 0, EVENT_FD, P(buffer), 8),
    ROW(readv, A(1), 0, 0, 0, FILE_FD, P(vector), 2),
    ROW(writev, A(1), 0, 0, 0, FILE_FD, P(vector), 2),
    ROW(pread64, 0, A(1), 0, 0, FILE_FD, P(buffer), 8, 0),
    ROW(pwrite64, A(1), 0, 0, 0, FILE_FD, P(buffer), 8, 0),
    ROW(preadv, A(1), 0, 0, 0, FILE_FD, P(vector), 2, 0),
    ROW(pwritev, A(1), 0, 0, 0, FILE_FD, P(vector), 2, 0),
    ROW(pipe2, 0, A(0), 0, 0, P(buffer), 0),
    ROW(sendfile, A(2), A(2), EINVAL, 0, SOCKET_A, FILE_FD, P(buffer), 4),
    ROW(openat, A(1), 0, 0, 0, CWD, P("/tmp"), O_RDONLY),
    ROW(truncate, A(0), 0, 0, 0, P("/tmp/hostile-file"), 10),
    ROW(fstat, 0, A(1), 0, 0, FILE_FD, P(buffer)),
    ROW(newfstatat, A(1), A(2), 0, 0, CWD, P("/tmp"), P(buffer), 0),
    ROW(statx, A(1), A(4), 0, 0, CWD, P("/tmp"), 0, 0x7ff, P(buffer)),
    ROW(statfs, A(0), A(1), 0, 0, P("/tmp"), P(buffer)),
    ROW(fstatfs, 0, A(1), 0, 0, FILE_FD, P(buffer)),
    ROW(getdents64, 0, A(1), 0, 0, DIR_FD, P(buffer), 4096),
    ROW(faccessat, A(1), 0, 0, 0, CWD, P("/tmp"), 4),
    ROW(readlinkat, A(1), A(2), EINVAL, 0, CWD, P("/tmp"), P(buffer), 64),
    ROW(mkdirat, A(1), 0, 0, 0, CWD, P("/tmp"), 0700),
    ROW(unlinkat, A(1), 0, 0, 0, CWD, P("/tmp/nothing"), 0),
    ROW(renameat2, A(1) | A(3), 0, ENOENT, 0, CWD, P("/tmp/nothing"), CWD, P("/tmp/other"), 0),
    ROW(linkat, A(1) | A(3), 0, ENOENT, 0, CWD, P("/tmp/nothing"), CWD, P("/tmp/other"), 0),
    ROW(symlinkat, A(0) | A(2), 0, 0, 0, P("target"), CWD, P("/tmp")),
    ROW(fchmodat, A(1), 0, 0, 0, CWD, P("/tmp"), 0700),
    ROW(fchownat, A(1), 0, 0, 0, CWD, P("/tmp"), -1, -1, 0),
    ROW(utimensat, A(1) | A(2), 0, 0, 0, CWD, P("/tmp/hostile-file"), P(&none), 0),
    ROW(getcwd, 0, A(0), 0, 0, P(buffer), 64),
    ROW(chdir, A(0), 0, 0, 0, P("/tmp")),
    ROW(ppoll, A(0) | A(2) | A(3), A(0), 0, 0, P(buffer), 1, P(&none), P(buffer + 64), 8),
    ROW(pselect6, A(1) | A(2) | A(3) | A(4), A(1) | A(2) | A(3), 0, 0, 1, P(buffer), P(buffer + 128),
        P(buffer + 256), P(&none), 0),
    ROW(timerfd_settime, A(2), A(3), 0, 0, TIMER_FD, 0, P(buffer), P(buffer + 64)),
    ROW(timerfd_gettime, 0, A(1), 0, 0, TIMER_FD, P(buffer)),
    ROW(epoll_ctl, A(3), 0, 0, 0, EPOLL_FD, EPOLL_CTL_ADD, SOCKET_A, P(buffer)),
    ROW(epoll_pwait, 0, A(1), 0, 0, EPOLL_FD, P(buffer), 4, 0, 0, 8),
    ROW(epoll_pwait, A(4), 0, 0, 0, EPOLL_FD, P(buffer), 4, 0, P(buffer + 64), 8),
    ROW(socketpair, 0, A(3), 0, 0, 1, SOCK_STREAM, 0, P(buffer)),
    ROW(recvfrom, 0, A(1), EAGAIN, 0, SOCKET_A, P(buffer), 3, MSG_DONTWAIT),
    ROW(sendto, A(1), 0, 0, 0, SOCKET_A, P(buffer), 3, 0),
    ROW(rt_sigaction, A(1), A(2), 0, 0, SIGUSR1, P(buffer), P(buffer + 64), 8),
    ROW(rt_sigprocmask, A(1), A(2), 0, 0, SIG_BLOCK, P(buffer), P(buffer + 64), 8),
    ROW(rt_sigpending, 0, A(0), 0, 0, P(buffer), 8),
    ROW(rt_sigsuspend, A(0), 0, 0, 0, P(buffer), 8),
    ROW(rt_sigtimedwait, A(0) | A(2), 0, 0, 0, P(buffer), P(buffer + 64), P(&none), 8),
    ROW(sigaltstack, A(0), 0, 0, 0, P(buffer), 0),
    ROW(sigaltstack, 0, A(1), 0, 0, 0, P(buffer)),
    ROW(getitimer, 0, A(1), 0, 0, ITIMER_REAL, P(buffer)),
    ROW(setitimer, A(1), A(2), 0, 0, ITIMER_REAL, P(buffer), P(buffer + 64)),
    ROW(clock_gettime, 0, A(1), 0, 0, CLOCK_MONOTONIC, P(buffer)),
    ROW(clock_getres, 0, A(1), 0, 0, CLOCK_MONOTONIC, P(buffer)),
    ROW(gettimeofday, 0, A(0) | A(1), 0, 0, P(buffer), P(buffer + 64)),
    ROW(nanosleep, A(0), 0, 0, 0, P(&none), 0),
    ROW(clock_nanosleep, A(2), 0, 0, 0, CLOCK_MONOTONIC, 0, P(&none), 0),
    ROW(futex, A(0), 0, EINVAL, 0, P(buffer), 0, 1, P(&none)),
    ROW(futex, A(3), 0, 0, 0, P(buffer), 0, 0, P(&none)),
    ROW(futex, A(4), 0, EINVAL, 0, P(buffer), 4, 1, 1, P(buffer + 64), 0),
    ROW(getrandom, 0, A(0), 0, 0, P(buffer), 16, 0),
    ROW(uname, 0, A(0), 0, 0, P(buffer)),
    ROW(getrusage, 0, A(1), 0, 0, 0, P(buffer)),
    ROW(times, 0, A(0), 0, 0, P(buffer)),
    ROW(prlimit64, A(2), A(3), 0, 0, 0, 7, 0, P(buffer)),
    ROW(getrlimit, 0, A(1), 0, 0, 7, P(buffer)),
    ROW(sysinfo, 0, A(0), 0, 0, P(buffer)),
    ROW(waitid, 0, A(2), ECHILD, 0, 0, 0, P(buffer), 5),
    ROW(wait4, 0, A(1) | A(3), ECHILD, 0, -1, P(buffer), 1, P(buffer + 64)),
    ROW(execve, A(0) | A(1) | A(2), 0, ENOEXEC, 0, P("/tmp/hostile-script"), P(strings), P(strings)),
    ROW(sched_getaffinity, 0, A(2), 0, 0, 0, 128, P(buffer)),
#if defined(__x86_64__)
    ROW(open, A(0), 0, 0, 0, P("/tmp"), O_RDONLY),
    ROW(creat, A(0), 0, EISDIR, 0, P("/tmp"), 0600),
    ROW(stat, A(0), A(1), 0, 0, P("/tmp"), P(buffer)),
    ROW(lstat, A(0), A(1), 0, 0, P("/tmp"), P(buffer)),
    ROW(access, A(0), 0, 0, 0, P("/tmp"), 0),
    ROW(readlink, A(0), A(1), EINVAL, 0, P("/tmp"), P(buffer), 64),
    ROW(mkdir, A(0), 0, 0, 0, P("/tmp"), 0700),
    ROW(rmdir, A(0), 0, 0, 0, P("/tmp/nothing")),
    ROW(unlink, A(0), 0, 0, 0, P("/tmp/nothing")),
    ROW(rename, A(0) | A(1), 0, ENOENT, 0, P("/tmp/nothing"), P("/tmp/other")),
    ROW(link, A(0) | A(1), 0, ENOENT, 0, P("/tmp/nothing"), P("/tmp/other")),
    ROW(symlink, A(0) | A(1), 0, 0, 0, P("target"), P("/tmp")),
    ROW(chmod, A(0), 0, 0, 0, P("/tmp"), 0700),
    ROW(chown, A(0), 0, 0, 0, P("/tmp"), -1, -1),
    ROW(lchown, A(0), 0, 0, 0, P("/tmp"), -1, -1),
    ROW(pipe, 0, A(0), 0, 0, P(buffer)),
    ROW(poll, A(0), A(0), 0, 0, P(buffer), 1, 0),
    ROW(select, A(1) | A(2) | A(3) | A(4), A(1) | A(2) | A(3), 0, 0, 1, P(buffer), P(buffer + 128),
        P(buffer + 256), P(&none)),
    ROW(epoll_wait, 0, A(1), 0, 0, EPOLL_FD, P(buffer), 4, 0),
    ROW(time, 0, A(0), 0, 0, P(buffer)),
    ROW(arch_prctl, 0, A(1), EPERM, 0, 0x1003, P(buffer)),
#endif
};

struct place {
  const char* name;
  long at;
};
static struct place bad_places[16];
static size_t bad_place_count;
static char* read_only;

static void find_places(void) {
  char* hole = hole_of(1);
  char* guarded = fresh_pages(1);
  CALL(mprotect, guarded, page, PROT_NONE);
  read_only = fresh_pages(1);
  CALL(mprotect, read_only, page, PROT_READ);
  const struct place all[] = {{"low", 16},
                              {"hole", P(hole)},
                              {"guarded", P(guarded)},
                              {"kernel's code", kernel_addresses[0]},
                              {"kernel's half", kernel_addresses[2]},
                              {"last page", -4096},
                              {"last word", -8},
                              {"minus one", -1},
                              {"no canonical one", (long)1 << 47},
                              {"2^62", (long)1 << 62},
                              {"the sign", (long)0x8000000000000000},
                              {"last of the lower half", 0x7ffffffffffffff8},
                              {"last of user mode", 0x3ffffffff8},
                              {"above user mode", 0x7ffffffff000}};
  memcpy(bad_places, all, sizeof all);
  bad_place_count = COUNT(all);
}

// What was wrong, told by the child that makes the calls.
struct told {
  char text[4096];
  size_t length;
  int checks, wrong;
};
static struct told* told;

static void note(const struct row* row, int argument, const char* place, long got) {
  const bool right =
      got == -EFAULT || (row->other && got == -row->other) || (row->another && got == -row->another);
  told->checks++;
  if (right) return;
  told->wrong++;
  if (told->length < sizeof told->text - 100)
    told->length += (size_t)snprintf(told->text + told->length, 100, "wrong: %s argument %d, %s: %ld\n",
                                     row->name, argument, place, got);
}

static void try_all(void* of) {
  const struct row* row = of;
  set_up();
  for (int i = 0; i < 6; i++) {
    if (((row->reads | row->writes) >> i & 1) == 0) continue;
    long a[6];
    memcpy(a, row->arguments, sizeof a);
    for (size_t k = 0; k < bad_place_count; k++) {
      a[i] = bad_places[k].at;
      note(row, i, bad_places[k].name, CALL_NUMBER(row->number, a[0], a[1], a[2], a[3], a[4], a[5]));
    }
    if ((row->writes >> i & 1) && !(row->reads >> i & 1)) {
      a[i] = P(read_only);
      note(row, i, "read-only", CALL_NUMBER(row->number, a[0], a[1], a[2], a[3], a[4], a[5]));
    }
  }
}

void pointers_class(void) {
  find_places();
  told = (struct told*)CALL(mmap, 0, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CALL(close, CALL(openat, CWD, "/tmp/hostile-script", O_RDWR | O_CREAT, 0700));
  for (size_t i = 0; i < COUNT(rows); i++) {
    memset(told, 0, sizeof *told);
    expect_end(rows[i].name, try_all, (void*)&rows[i], exited(0));
    fputs(told->text, stdout);
    check(rows[i].name, told->checks > 0 && told->wrong == 0);
  }
  CALL(unlinkat, CWD, "/tmp/hostile-file", 0);
  CALL(unlinkat, CWD, "/tmp/hostile-script", 0);
  // Addresses that are changed, not used.
  for (size_t i = 0; i < kernel_address_count + strange_address_count; i++) {
    const bool kernel = i < kernel_address_count;
    const long at = (kernel ? kernel_addresses[i] : strange_addresses[i - kernel_address_count]) & -page;
    check("mmap", CALL(mmap, at, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0);
    check("munmap", CALL(munmap, at, page) < 0);
    check("mprotect", CALL(mprotect, at, page, PROT_READ) < 0);
    check("madvise", CALL(madvise, at, page, MADV_DONTNEED) < 0);
    check("msync", CALL(msync, at, page, MS_SYNC) < 0);
    check("mremap", CALL(mremap, at, page, page, 0) < 0);
    check("mremap to it", CALL(mremap, buffer, page, page, 3, at) < 0);
    const long now = CALL(brk, 0);
    expect("brk", CALL(brk, at), now);
  }
}

// Ends of pages.

static void fill_to_end(char* text, const char* with) {
  memcpy(text + page - strlen(with), with, strlen(with));
}

void page_ends_class(void) {
  set_up();
  char* at = lone_pages(1);
  char* end = at + page;
  expect("read of what fits", CALL(pread64, FILE_FD, end - 4, 4, 0), 4);
  expect("read over the end", CALL(pread64, FILE_FD, end - 4, 8, 0), 4);
  expect("write over the end", CALL(write, PIPE_OUT, end - 4, 8), on_linux ? -EFAULT : 4);
  expect("an event over the end", CALL(read, EVENT_FD, end - 4, 8), -EFAULT);
  expect("a number over the end", CALL(write, EVENT_FD, end - 4, 8), -EFAULT);
  fill_to_end(at, "/tmp");
  expect("a path without an end", CALL(openat, CWD, end - 4, O_RDONLY), -EFAULT);
  expect("a name without an end", CALL(mkdirat, CWD, end - 4, 0700), -EFAULT);
  memcpy(end - 5, "/tmp", 5);
  check("a path at the end", CALL(openat, CWD, end - 5, O_RDONLY) >= 0);
  expect("stat over the end", CALL(fstat, FILE_FD, end - 64), -EFAULT);
  expect("statfs over the end", CALL(fstatfs, FILE_FD, end - 64), -EFAULT);
  expect("pipe over the end", CALL(pipe2, end - 4, 0), -EFAULT);
  expect("sockets over the end", CALL(socketpair, 1, SOCK_STREAM, 0, end - 4), -EFAULT);
  expect("a time over the end", CALL(clock_gettime, CLOCK_MONOTONIC, end - 8), -EFAULT);
  expect("a pause over the end", CALL(nanosleep, end - 8, 0), -EFAULT);
  expect("a vector over the end", CALL(readv, FILE_FD, end - 16, 2), -EFAULT);
  expect("an action over the end", CALL(rt_sigaction, SIGUSR1, end - 16, 0, 8), -EFAULT);
  expect("a set over the end", CALL(rt_sigprocmask, SIG_BLOCK, end - 4, 0, 8), -EFAULT);
  expect("an alternate stack over the end", CALL(sigaltstack, end - 16, 0), -EFAULT);
  check("a random number over the end", CALL(getrandom, end - 8, 16, 0) <= 8);
  expect("polls over the end", CALL(ppoll, end - 8, 2, &none, 0, 8), -EFAULT);
  expect("events over the end", CALL(epoll_pwait, EPOLL_FD, end - 8, 4, 0, 0, 8), -EFAULT);
  expect("names over the end", CALL(uname, end - 64), -EFAULT);
  expect("usage over the end", CALL(getrusage, 0, end - 64), -EFAULT);
  expect("limits over the end", CALL(prlimit64, 0, 7, 0, end - 8), -EFAULT);
  expect("a word over the end", CALL(futex, end - 2, 0, 0, &none), -EINVAL);
  char* const* arguments = (char* const*)(end - 8);
  memset(end - 8, 0, 8);
  ((char**)arguments)[0] = (char*)"a";
  CALL(close, CALL(openat, CWD, "/tmp/hostile-script", O_RDWR | O_CREAT, 0700));
  expect("arguments without an end", CALL(execve, "/tmp/hostile-script", arguments, 0), -EFAULT);
  CALL(unlinkat, CWD, "/tmp/hostile-script", 0);
  // A page that may only be read behind one that may be written.
  char* two = fresh_pages(2);
  CALL(mprotect, two + page, page, PROT_READ);
  expect("read into what is read-only", CALL(pread64, FILE_FD, two + page - 4, 8, 0), 4);
  expect("stat into what is read-only", CALL(fstat, FILE_FD, two + page - 64), -EFAULT);
  CALL(unlinkat, CWD, "/tmp/hostile-file", 0);
}

// Lengths.

void lengths_class(void) {
  set_up();
  // Far from all else: Linux changes what it can before it finds the end.
  char* target = (char*)CALL(mmap, 0x70000000, page, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  const long huge[] = {-1, (long)1 << 62, (long)0x8000000000000000, 0x7fffffffffffffff, -4096, (long)1 << 47};
  for (size_t i = 0; i < COUNT(huge); i++) {
    const long n = huge[i];
    const bool signed_ = n < 0;
    check("read", CALL(pread64, FILE_FD, buffer, n, 0) <= 10);
    check("write of the kernel's size", CALL(write, PIPE_OUT, buffer, n) <= (long)sizeof buffer + (1 << 20));
    check("getdents", CALL(getdents64, DIR_FD, buffer, n & 0x7fffffff) <= 1 << 20);
    check("readv", CALL(readv, FILE_FD, vector, n) <= 0);
    check("poll", CALL(ppoll, buffer, n, &none, 0, 8) < 0 || (n & 0xffffffff) == 0);
    check("select", CALL(pselect6, n, 0, 0, 0, &none, 0) <= 0);
    expect("mmap", CALL(mmap, 0, n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), -ENOMEM);
    expect("mmap at an address",
           CALL(mmap, target, n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), -ENOMEM);
    const long unmapped = CALL(munmap, target, n);
    expect("munmap", unmapped, -EINVAL);
    check("mprotect", CALL(mprotect, target, n, PROT_READ) == -ENOMEM || !signed_ || n > -4096 * 2);
    // Linux goes on behind gaps, to the end of all memory.
    check("madvise", on_linux || CALL(madvise, target, n, MADV_DONTNEED) < 0 || n > -4096);
    check("mremap", CALL(mremap, target, n, page, 0) < 0);
    check("mremap to it", CALL(mremap, target, page, n, MREMAP_MAYMOVE) < 0);
    check("msync", CALL(msync, target, n, MS_SYNC) < 0 || n > -4096);
    check("ftruncate", CALL(ftruncate, FILE_FD, n) < 0 || n > 0);
    CALL(ftruncate, FILE_FD, 10);
    const long sought = CALL(lseek, FILE_FD, n, 0);
    check("lseek", sought == -EINVAL || sought == n);
    CALL(lseek, FILE_FD, 0, 0);
    check("fallocate", CALL(fallocate, FILE_FD, 0, n, n) < 0 || n == (long)1 << 47);
    CALL(ftruncate, FILE_FD, 10);
    check("getcwd", CALL(getcwd, buffer, n) <= (long)sizeof buffer);
    check("sendfile", CALL(sendfile, SOCKET_A, FILE_FD, 0, n) <= 10);
    check("getrandom", CALL(getrandom, lone_pages(1), n, 0) <= page);
    check("close_range", CALL(close_range, (int)n | 0x40000000, 0x7fffffff, 0) <= 0);
    check("epoll_pwait", CALL(epoll_pwait, EPOLL_FD, buffer, n, 0, 0, 8) <= (long)sizeof buffer);
    check("readlinkat", CALL(readlinkat, CWD, "/tmp", buffer, n) < 0);
    check("sched_getaffinity", CALL(sched_getaffinity, 0, n, buffer) <= (long)sizeof buffer);
    check("rt_sigaction", CALL(rt_sigaction, SIGUSR1, 0, buffer, n) == -EINVAL);
    check("rt_sigprocmask", CALL(rt_sigprocmask, 0, 0, buffer, n) == -EINVAL);
    check("futex wake", CALL(futex, buffer, 1, n) == 0);
  }
  // Ranges round the end of all addresses.
  for (long size = page; size <= 16 * page; size *= 2) {
    check("munmap round the end", CALL(munmap, -page, size) < 0);
    check("mprotect round the end", CALL(mprotect, -page, size, PROT_READ) < 0);
    check("mmap round the end",
          CALL(mmap, -page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0);
    check("read round the end", CALL(pread64, FILE_FD, -page, size, 0) < 0);
    check("write round the end", CALL(write, PIPE_OUT, -page, size) < 0);
  }
  // Vectors whose sum is more than there is; each part is looked at.
  struct iovec many[4] = {
      {buffer, 0x7fffffffffffffff}, {buffer, 0x7fffffffffffffff}, {buffer, 2}, {buffer, 4}};
  check("lengths that overflow", CALL(readv, FILE_FD, many, 4) <= 10);
  many[0].iov_len = (size_t)-1;
  expect("a negative length", CALL(readv, FILE_FD, many, 1), -EINVAL);
  expect("too many parts", CALL(readv, FILE_FD, many, 1025), -EINVAL);
  CALL(unlinkat, CWD, "/tmp/hostile-file", 0);
}

// Flags: none that is unknown is taken for something.

void flags_class(void) {
  set_up();
  expect("pipe2", CALL(pipe2, buffer, 0x1), -EINVAL);
  expect("dup3", CALL(dup3, FILE_FD, 40, 0x1), -EINVAL);
  expect("dup3 of one to itself", CALL(dup3, FILE_FD, FILE_FD, 0), -EINVAL);
  expect("eventfd2", CALL(eventfd2, 0, 0x10), -EINVAL);
  expect("timerfd_create", CALL(timerfd_create, 1, 0x10), -EINVAL);
  expect("timerfd_create of no clock", CALL(timerfd_create, 99, 0), -EINVAL);
  expect("timerfd_settime", CALL(timerfd_settime, TIMER_FD, 0x80, buffer, 0), -EINVAL);
  expect("epoll_create1", CALL(epoll_create1, 0x10), -EINVAL);
  expect("epoll_ctl", CALL(epoll_ctl, EPOLL_FD, 99, SOCKET_A, buffer), -EINVAL);
  expect("epoll_ctl of itself", CALL(epoll_ctl, EPOLL_FD, EPOLL_CTL_ADD, EPOLL_FD, buffer), -EINVAL);
  expect("socketpair", CALL(socketpair, 1, SOCK_STREAM | 0x100000, 0, buffer), -EINVAL);
  expect("unlinkat", CALL(unlinkat, CWD, "/tmp/nothing", 0x4000), -EINVAL);
  expect("newfstatat", CALL(newfstatat, CWD, "/tmp", buffer, 0x40000000), -EINVAL);
  expect("statx", CALL(statx, CWD, "/tmp", 0x40000000, 0x7ff, buffer), -EINVAL);
  expect("renameat2", CALL(renameat2, CWD, "/tmp/nothing", CWD, "/tmp/other", 0x100), -EINVAL);
  expect("linkat", CALL(linkat, CWD, "/tmp/nothing", CWD, "/tmp/other", 0x1), -EINVAL);
  expect("faccessat", CALL(faccessat, CWD, "/tmp", 0x100), -EINVAL);
  expect("fchownat", CALL(fchownat, CWD, "/tmp", -1, -1, 0x1), -EINVAL);
  expect("utimensat", CALL(utimensat, CWD, "/tmp", 0, 0x1), -EINVAL);
  expect("lseek", CALL(lseek, FILE_FD, 0, 99), -EINVAL);
  expect("mmap of no kind", CALL(mmap, 0, page, PROT_READ, MAP_ANONYMOUS, -1, 0), -EINVAL);
  expect("mmap of nothing", CALL(mmap, 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), -EINVAL);
  expect("mmap at an odd offset", CALL(mmap, 0, page, PROT_READ, MAP_PRIVATE, FILE_FD, 1), -EINVAL);
  expect("mmap of a pipe", CALL(mmap, 0, page, PROT_READ, MAP_PRIVATE, PIPE_IN, 0), -ENODEV);
  expect("mmap of a closed one", CALL(mmap, 0, page, PROT_READ, MAP_PRIVATE, 999, 0), -EBADF);
  expect("mprotect", CALL(mprotect, buffer, page, 0x100), -EINVAL);
  expect("madvise", CALL(madvise, buffer, page, 0x1000), -EINVAL);
  expect("msync", CALL(msync, buffer, page, 0x100), -EINVAL);
  expect("mremap", CALL(mremap, buffer, page, page, 0x100), -EINVAL);
  expect("rt_sigaction of none", CALL(rt_sigaction, 0, 0, buffer, 8), -EINVAL);
  expect("rt_sigaction of 65", CALL(rt_sigaction, 65, 0, buffer, 8), -EINVAL);
  expect("rt_sigaction of SIGKILL", CALL(rt_sigaction, SIGKILL, buffer, 0, 8), -EINVAL);
  expect("rt_sigprocmask", CALL(rt_sigprocmask, 77, buffer, 0, 8), -EINVAL);
  expect("kill", CALL(kill, CALL(getpid, 0), 65), -EINVAL);
  expect("wait4", CALL(wait4, -1, 0, 0x100, 0), -EINVAL);
  expect("waitid without an event", CALL(waitid, 0, 0, 0, 0), -EINVAL);
  expect("waitid of no kind", CALL(waitid, 77, 0, 0, 4), -EINVAL);
  expect("futex", CALL(futex, buffer, 77, 0, 0), -ENOSYS);
  expect("getrandom", CALL(getrandom, buffer, 8, 0x100), -EINVAL);
  expect("getrusage", CALL(getrusage, 77, buffer), -EINVAL);
  expect("getitimer", CALL(getitimer, 77, buffer), -EINVAL);
  expect("setitimer", CALL(setitimer, 77, buffer, 0), -EINVAL);
  expect("clock_gettime", CALL(clock_gettime, 77, buffer), -EINVAL);
  expect("clock_nanosleep", CALL(clock_nanosleep, 77, 0, &none, 0), -EINVAL);
  expect("prlimit64", CALL(prlimit64, 0, 77, 0, buffer), -EINVAL);
  expect("fcntl", CALL(fcntl, FILE_FD, 77, 0), -EINVAL);
  expect("ioctl", CALL(ioctl, FILE_FD, 0x12345, 0), -ENOTTY);
  expect("fallocate", CALL(fallocate, FILE_FD, 0x1000, 0, 10), -EOPNOTSUPP);
  expect("shutdown", CALL(shutdown, SOCKET_A, 77), -EINVAL);
  expect("setpgid", CALL(setpgid, 0, -1), -EINVAL);
  expect("close_range", CALL(close_range, 10, 9, 0), -EINVAL);
  expect("a time that is none", CALL(nanosleep, (&(struct timespec){0, 1000000000}), 0), -EINVAL);
  expect("a negative time", CALL(nanosleep, (&(struct timespec){-1, 0}), 0), -EINVAL);
  for (long n = 460; n < 520; n++)
    check("a call that there is not", CALL_NUMBER(n, 0) == -ENOSYS || on_linux);
  const long numbers[] = {-1, (long)1 << 32, (long)1 << 62, 0x7fffffffffffffff, 100000};
  for (size_t i = 0; i < COUNT(numbers); i++)
    check("a number that is none", CALL_NUMBER(numbers[i], 99) == -ENOSYS || on_linux);
  CALL(unlinkat, CWD, "/tmp/hostile-file", 0);
}
