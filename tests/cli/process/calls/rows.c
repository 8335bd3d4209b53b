// SPDX-License-Identifier: ISC
//
// The calls with good arguments, and what kinds these are of.

#include "calls.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

// Linux on riscv64 has not got this one; the tender has, by the number that it has elsewhere.
#ifndef SYS_renameat
#define SYS_renameat 38
#endif

#define ROW(name, kinds, ...)   \
  {                             \
#name, SYS_##name, kinds, { \
      __VA_ARGS__               \
    }                           \
  }

struct row rows[300];
size_t row_count;

void make_rows(void) {
  size_t i = 0;
#define ADD(name, kinds, ...) rows[i++] = (struct row)ROW(name, kinds, __VA_ARGS__)
#define ADD_OLD(name, kinds, ...)      \
  rows[i++] = (struct row) {           \
    "old " #name, SYS_##name, kinds, { \
      __VA_ARGS__                      \
    }                                  \
  }
  const long cwd = AT_FDCWD;
  ADD(read, "=fpz", FILE_FD, P(buffer), 4);
  ADD(write, "fpz", FILE_FD, P(buffer), 4);
  ADD(readv, "=fpn", FILE_FD, P(vector), 2);
  ADD(writev, "fpn", FILE_FD, P(vector), 2);
  ADD(pread64, "=fpzn", FILE_FD, P(buffer), 4, 3);
  ADD(pwrite64, "fpzn", FILE_FD, P(buffer), 4, 3);
  ADD(lseek, "rnn", FILE_FD, 3, SEEK_SET);
  ADD(close, "f", FILE_FD);
  ADD(dup, "f", FILE_FD);
  ADD(dup3, "fng", FILE_FD, 25, 0);
  ADD(pipe2, "=pg", P(buffer), 0);
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
  ADD(readlinkat, "=.spz", cwd, P("link"), P(buffer), 100);
  ADD(readlinkat, "=.spz", cwd, P("file"), P(buffer), 100);
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
  ADD(utimensat, "fspg", DIR_FD, P("inner"), P(times_set), 0);
  ADD(getcwd, "=pz", P(buffer), 100);
  ADD(chdir, "s", P("dir"));
  ADD(chdir, "s", P("file"));
  ADD(fchdir, "f", DIR_FD);
  ADD(umask, ".", 077);
  ADD(ppoll, "=p.pp", P(polled), 2, P(&soon), 0, 8);
  ADD(pselect6, "=nppppp", 0, P(buffer), P(buffer + 128), P(buffer + 256), P(&soon), 0);
  ADD(eventfd2, ".g", 3, 0);
  ADD(timerfd_create, "ng", CLOCK_MONOTONIC, 0);
  ADD(timerfd_settime, "fgpp", TIMER_FD, 0, P(&setting), P(buffer));
  ADD(timerfd_gettime, "fp", TIMER_FD, P(buffer));
  ADD(epoll_create1, "g", 0);
  ADD(epoll_ctl, "fnfp", EPOLL_FD, EPOLL_CTL_ADD, SOCKET_A, P(&wanted));
  ADD(epoll_ctl, "fnfp", EPOLL_FD, EPOLL_CTL_MOD, PIPE_IN, P(&wanted));
  ADD(epoll_ctl, "fnf.", EPOLL_FD, EPOLL_CTL_DEL, PIPE_IN, 0);
  ADD(epoll_pwait, "fpnnp", EPOLL_FD, P(buffer), 4, 0, 0, 8);
  ADD(socketpair, "=nn.p", 1, 1, 0, P(buffer));
  ADD(shutdown, "fn", SOCKET_A, 1);
  ADD(mmap, "~.z..fn", 0, 4096, PROT_READ, MAP_PRIVATE, FILE_FD, 0);
  ADD(mmap, "~.z..fn", 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, FILE_FD, 0);
  ADD(madvise, "pzn", P(buffer), 4096, MADV_WILLNEED);
  ADD(mprotect, "pz.", P(buffer), 4096, PROT_READ | PROT_WRITE);
  ADD(msync, "pz.", P(buffer), 4096, MS_SYNC);
  ADD(rt_sigaction, "nppn", SIGUSR1, P(action), P(buffer), 8);
  ADD(rt_sigprocmask, "=nppn", SIG_BLOCK, P(&set_of_signals), P(buffer), 8);
  ADD(rt_sigpending, "=pn", P(buffer), 8);
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
  ADD(prlimit64, ".npp", 0, 7, 0, P(buffer));
  ADD(sysinfo, "p", P(buffer));
  ADD(wait4, ".p.p", -1, P(buffer), 1, P(buffer + 64));
  ADD(waitid, "n.p.p", 0, 0, P(buffer), 5);
  ADD(execve, "spp", P("nothing"), 0, 0);
  ADD(execve, "s..", P("dir"), 0, 0);
  ADD(execve, "s..", P("file"), 0, 0);
  ADD(set_robust_list, ".z", P(buffer), 24);
  ADD(sched_getaffinity, "~.zp", 0, 4, P(buffer));
  ADD(preadv, "=fpnn", FILE_FD, P(vector), 2, 3);
  ADD(pwritev, "fpnn", FILE_FD, P(vector), 2, 3);
  ADD(fallocate, "f.nn", FILE_FD, 0, 0, 20);
  ADD(fadvise64, "r.nn", FILE_FD, 0, 10, 0);
  ADD(close_range, "..g", 20, 25, 0);
  ADD(close_range, "..", 20, 19, 0);
  ADD(ioctl, "=r.p", PIPE_IN, 0x541b, P(buffer));
  ADD(ioctl, "=r.p", FILE_FD, 0x5421, P(buffer));
  ADD(ioctl, "=r..", FILE_FD, 0x12345, 0);
  ADD(recvfrom, "=fpz.", SOCKET_A, P(buffer), 3, 0x40);
  ADD(sendto, "fpc.", SOCKET_A, P(buffer), 3, 0x4040);
  ADD(faccessat2, "fsng", DIR_FD, P("inner"), 4, 0);
  ADD(openat2, "fspn", DIR_FD, P("inner"), P(how), 24);
  ADD(munmap, ".z", P(spare), 4096);
  ADD(mremap, "~.zz.", P(spare), 4096, 4096, 0);
  ADD(mremap, "~...g", P(spare), 4096, 8192, 0);
  ADD(getrlimit, "np", 7, P(buffer));
  ADD(getgroups, "np", 0, P(buffer));
  ADD(setpgid, "..", 0, -1);
  ADD(getpgid, ".", -1);
  ADD(getsid, ".", -1);
  ADD(clone, ".....", 0x10000, 0, 0, 0, 0);
  ADD(clone, ".....", 0x800, 0, 0, 0, 0);
  ADD(clone, ".....", 0x10100, 0, 0, 0, 0);
  ADD(set_robust_list, ".n", P(buffer), 24);
  ADD(rt_sigsuspend, ".n", P(&set_of_signals), 7);
  ADD(prctl, ".p", 15, P("name"));
  ADD(prctl, ".p", 16, P(buffer));
  ADD(sync, "");
  ADD(sched_yield, "");
  // What argument vectors name may be nowhere, too.
  ADD(readv, "...", FILE_FD, P(holed_vector), 2);
  ADD(readv, "...", FILE_FD, P(bad_vector), 2);
  ADD(writev, "...", FILE_FD, P(holed_vector), 2);
  ADD(writev, "...", FILE_FD, P(bad_vector), 2);
  ADD(preadv, "....", FILE_FD, P(holed_vector), 2, 3);
  ADD(pwritev, "....", FILE_FD, P(holed_vector), 2, 3);
  ADD(flock, "dn", FILE_FD, 2 | 4);
  ADD(flock, "..", FILE_FD, 8);
  ADD(fcntl, "d.p", FILE_FD, F_GETLK, P(lock));
  ADD(fcntl, "d.p", FILE_FD, F_SETLK, P(lock));
  ADD(fcntl, "d.p", FILE_FD, F_SETLKW, P(lock));
  ADD(fcntl, "f.n", FILE_FD, F_DUPFD_CLOEXEC, 20);
  ADD(fcntl, "f..", FILE_FD, F_SETFL, O_APPEND | O_NONBLOCK);
  ADD(fcntl, "...", FILE_FD, 999, 0);
  ADD(ioctl, "r.p", FILE_FD, 0x5401, P(buffer));
  ADD(ioctl, "r.p", FILE_FD, 0x5413, P(buffer));
  ADD(ioctl, "f.", FILE_FD, 0x5451);
  ADD(renameat, "fsfs", DIR_FD, P("inner"), DIR_FD, P("new"));
  ADD(openat, ".s.", cwd, P("file"), O_RDWR | O_TRUNC);
  ADD(openat, ".s.", cwd, P("link"), O_RDONLY);
  ADD(openat, ".s.", cwd, P("link/"), O_RDONLY);
  ADD(openat, ".s.", cwd, P("dir/../file"), O_RDONLY);
  ADD(openat, ".s.", cwd, P("file"), O_WRONLY | O_RDWR);
  ADD(openat, ".s.", cwd, P("dir"), O_WRONLY | O_RDWR);
  ADD(mkdirat, ".s.", cwd, P("nothing/new"), 0755);
  ADD(mkdirat, ".s.", cwd, P("new/"), 0755);
  ADD(unlinkat, ".s.", cwd, P("dir/"), AT_REMOVEDIR);
  ADD(unlinkat, ".s.", cwd, P("file/"), 0);
  ADD(unlinkat, ".s.", cwd, P("link"), 0);
  ADD(renameat2, ".s.s.", cwd, P("link"), cwd, P("new"), 0);
  ADD(renameat2, ".s.s.", cwd, P("file"), cwd, P("file"), 0);
  ADD(renameat2, ".s.s.", cwd, P("dir"), cwd, P("file"), 0);
  ADD(linkat, ".s.s.", cwd, P("dir"), cwd, P("new"), 0);
  ADD(symlinkat, "s.s", P("target"), cwd, P("file"));
  ADD(recvfrom, "fpc.pp", SOCKET_A, P(buffer), 3, 0x40, P(buffer + 64), P(&word));
  ADD(mmap, "~.z..", 0x21, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  ADD(mmap, "~.z..", pointers[4].value, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  ADD(mmap, "~.z..", pointers[5].value, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  ADD(mmap, "~.z..", pointers[4].value, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ADD(mmap, "~.z..", P(buffer), 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  ADD(mmap, "~....", 0, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0);
  ADD(mmap, "~.....n", 0, 4096, PROT_READ, MAP_SHARED, PIPE_IN, 0);
  ADD(madvise, "pz.", P(spare), 4096, MADV_DONTNEED);
  ADD(kill, "..", CALL(getpid, 0), -65);
  ADD(tgkill, "...", CALL(getpid, 0), CALL(gettid, 0), 0);
  ADD(tgkill, "...", CALL(getpid, 0), CALL(gettid, 0), 65);
  ADD(tkill, "..", CALL(gettid, 0), 0);
  ADD(setuid, ".", -1);
  ADD(setgid, ".", -1);
  ADD(setuid, ".", CALL(getuid, 0));
  ADD(setgid, ".", CALL(getgid, 0));
  ADD(getuid, "~");
  ADD(geteuid, "~");
  ADD(getgid, "~");
  ADD(getegid, "~");
  ADD(getpid, "~");
  ADD(gettid, "~");
  ADD(getppid, "~");
  ADD(setrlimit, ".p", 4, P(limits));
  ADD(setrlimit, "..", 4, P(limits_reversed));
  ADD(setrlimit, "..", -1, P(limits));
  ADD(setrlimit, "..", 16, P(limits));
  ADD(times, "~p", P(buffer));
  ADD(prctl, "..", 9999, 0);
  ADD(prctl, "..", 15, P("a name that is longer than any can be"));
  ADD(prctl, "=.p", 16, P(buffer));
  ADD(utimensat, ".s..", cwd, P("dir"), P(times_set), 0);
  ADD(utimensat, ".s..", cwd, P("link"), P(times_set), AT_SYMLINK_NOFOLLOW);
  ADD(openat, ".s.", cwd, P("dir"), O_RDWR | O_DIRECTORY);
  ADD(timerfd_create, "n.", CLOCK_REALTIME, O_NONBLOCK | O_CLOEXEC);
  ADD(timerfd_settime, "...p", TIMER_FD, 1, P(&setting), P(buffer));
  ADD(futex, "p..p..", P(&word), 9, 1, P(&soon), 0, -1);
  ADD(futex, "...p..", P(&word), 0, 0, P(&soon), 0, 0);
  ADD(futex, "p..p..", P(&word), 10, 1, 0, 0, 0);
  ADD(futex, "p..p..", P(&word), 10, 1, 0, 0, 1);
  ADD(futex, "p...p.", P(&word), 3, 1, 1, P(&word), 0);
  ADD(futex, "p.....", P(&word), 99, 1, 1, 0, 0);
  // The nice value itself is that of who runs this.
  ADD(getpriority, "..", 9, 0);
  ADD(getpriority, "..", 0, 999999);
  ADD(getpriority, "..", 1, 999999);
  ADD(setpriority, "...", 9, 0, 0);
  ADD(setpriority, "...", 0, 999999, 0);
  // Those that newer machines do not have.
#ifdef SYS_open
  ADD_OLD(open, "s..", P("file"), O_RDWR);
  ADD_OLD(creat, "s.", P("new"), 0644);
  ADD_OLD(creat, "s.", P("dir"), 0644);
  ADD_OLD(stat, "sp", P("file"), P(buffer));
  ADD_OLD(lstat, "sp", P("link"), P(buffer));
  ADD_OLD(access, "s.", P("file"), 4);
  ADD_OLD(readlink, "=spz", P("link"), P(buffer), 100);
  ADD_OLD(mkdir, "s.", P("new"), 0755);
  ADD_OLD(rmdir, "s", P("dir"));
  ADD_OLD(unlink, "s", P("file"));
  ADD_OLD(rename, "ss", P("file"), P("new"));
  ADD_OLD(link, "ss", P("file"), P("new"));
  ADD_OLD(symlink, "ss", P("target"), P("new"));
  ADD_OLD(chmod, "s.", P("file"), 0600);
  ADD_OLD(chown, "s..", P("file"), -1, -1);
  ADD_OLD(lchown, "s..", P("link"), -1, -1);
  ADD_OLD(dup2, "fn", FILE_FD, 25);
  ADD_OLD(pipe, "=p", P(buffer));
  ADD_OLD(poll, "=pnn", P(polled), 2, 1);
  ADD_OLD(select, "=npppp", 0, P(buffer), P(buffer + 128), P(buffer + 256), P(&soon));
  ADD_OLD(epoll_create, "n", 1);
  ADD_OLD(epoll_wait, "fpnn", EPOLL_FD, P(buffer), 4, 0);
  ADD_OLD(eventfd, ".", 3);
  ADD_OLD(alarm, "n", 100);
  ADD_OLD(arch_prctl, ".p", 0x1003, P(buffer));
  ADD_OLD(getpgrp, "~");
  ADD_OLD(time, "~p", P(buffer));
#endif
  row_count = i;
}
