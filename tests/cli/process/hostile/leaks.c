// SPDX-License-Identifier: ISC
//
// What another process has left behind, in pages, in registers or in what the kernel copies out, must not be
// seen. First one fills all that it can reach with a word that is easy to know again, and ends.

#include "harness.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

static const uint64_t secret = 0x5ec7e75ec7e75ec7;
enum { secret_pages = 1024 };

static void fill_registers(void) {
#if defined(__x86_64__)
  __asm__ volatile(
      "movq %0, %%xmm0; punpcklqdq %%xmm0, %%xmm0; movaps %%xmm0, %%xmm1; movaps %%xmm0, %%xmm7; movaps "
      "%%xmm0, %%xmm15\n"
      "mov %0, %%r12; mov %0, %%r13; mov %0, %%r14; mov %0, %%r15; mov %0, %%r8; mov %0, %%r9" ::"r"(secret)
      : "xmm0", "xmm1", "xmm7", "xmm15", "r8", "r9", "r12", "r13", "r14", "r15");
#elif defined(__aarch64__)
  __asm__ volatile("dup v0.2d, %0; dup v9.2d, %0; dup v31.2d, %0; mov x19, %0; mov x28, %0" ::"r"(secret)
                   : "v0", "v9", "v31", "x19", "x28");
#else
  __asm__ volatile("fmv.d.x f0, %0; fmv.d.x f9, %0; fmv.d.x f31, %0; mv s2, %0; mv s11, %0" ::"r"(secret)
                   : "f0", "f9", "f31", "s2", "s11");
#endif
}

static bool is_secret(const void* at, size_t size) {
  for (size_t i = 0; i + 8 <= size; i += 4) {
    uint64_t word;
    memcpy(&word, (const char*)at + i, 8);
    // Four bytes of it are enough, and addresses of the kernel are nobody's either.
    const bool is_it = (uint32_t)word == (uint32_t)secret || (uint32_t)word == (uint32_t)(secret >> 32);
    const bool is_kernel =
        i % 8 == 0 && (word >> 40 == 0xffff80 || (word >> 40 == 0xffffff && word < -65536ul));
    if (is_it || is_kernel) {
      printf("at %zu: %lx\n", i, (unsigned long)word);
      return true;
    }
  }
  return false;
}

static void leaves_secrets(void* unused) {
  (void)unused;
  uint64_t* pages = (uint64_t*)fresh_pages(secret_pages);
  for (size_t i = 0; i < secret_pages * page / 8; i++) pages[i] = secret;
  int two[2];
  CALL(pipe2, two, O_NONBLOCK);
  for (int i = 0; i < 20; i++) CALL(write, two[1], pages, 4096);
  const long file = CALL(openat, AT_FDCWD, "/tmp/hostile-secret", O_RDWR | O_CREAT, 0600);
  CALL(write, file, pages, 65536);
  CALL(pread64, file, pages, 65536, 0);
  CALL(unlinkat, AT_FDCWD, "/tmp/hostile-secret", 0);
  CALL(sigaltstack, pages, 0);
  CALL(rt_sigprocmask, SIG_BLOCK, pages, 0, 8);
  CALL(ppoll, pages, 64, (&(struct timespec){0, 0}), 0, 8);
  fill_registers();
  for (int i = 0; i < 100; i++) CALL(getpid, 0);
  CALL(exit_group, 0);
}

static void sees_no_pages(void* unused) {
  (void)unused;
  char* pages = fresh_pages(secret_pages);
  for (size_t i = 0; i < secret_pages * page; i += 8)
    if (*(uint64_t*)(pages + i) != 0) leave(1);
  // What grows, what is discarded, what is moved.
  const long from = CALL(brk, 0);
  CALL(brk, from + 64 * page);
  for (long at = (from + 7) & -8; at < from + 64 * page; at += 8)
    if (*(uint64_t*)at != 0) leave(2);
  memset(pages, 1, 16 * page);
  CALL(madvise, pages, 16 * page, MADV_DONTNEED);
  for (size_t i = 0; i < 16 * page; i++)
    if (pages[i] != 0) leave(3);
  char* moved = (char*)CALL(mremap, pages, 2 * page, 64 * page, MREMAP_MAYMOVE);
  for (size_t i = 2 * page; i < 64 * page; i++)
    if (moved[i] != 0) leave(4);
  char* shared = (char*)CALL(mmap, 0, 16 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (size_t i = 0; i < 16 * page; i++)
    if (shared[i] != 0) leave(5);
  // Behind the end of a file that is mapped.
  const long file = CALL(openat, AT_FDCWD, "/tmp/hostile-short", O_RDWR | O_CREAT, 0600);
  CALL(write, file, "abc", 3);
  for (int kind = 1; kind <= 2; kind++) {
    char* at = (char*)CALL(mmap, 0, page, PROT_READ, kind, file, 0);
    for (size_t i = 3; i < page; i++)
      if (at[i] != 0) leave(6);
  }
  // A hole in a file.
  CALL(ftruncate, file, 0);
  CALL(pwrite64, file, "x", 1, 100000);
  char* hole = fresh_pages(25);
  memset(hole, 1, 100000);
  CALL(pread64, file, hole, 100000, 0);
  for (size_t i = 0; i < 100000; i++)
    if (hole[i] != 0) leave(7);
  CALL(unlinkat, AT_FDCWD, "/tmp/hostile-short", 0);
  // Below the stack pointer, where nothing has been yet.
  char* stack = (char*)(((intptr_t)__builtin_frame_address(0) - 256 * page) & -page);
  if (is_secret(stack, 192 * page)) leave(8);
}

void fresh_pages_class(void) {
  for (int i = 0; i < 4; i++) {
    expect_end("secrets", leaves_secrets, NULL, exited(0));
    expect_end("none seen in pages", sees_no_pages, NULL, exited(0));
  }
}

// Structures.

static char out[65536] __attribute__((aligned(4096)));

/// Makes the call; nothing of what it has written may be anybody else's.
static void copied(const char* name, long result, size_t size) {
  static int index;
  index++;
  check(name, result >= 0 || result == -ENOENT);
  check(name, !is_secret(out, size));
  memset(out, 0, size);
}

static int frame_is_bad;
static void looks_at_frame(int signal, siginfo_t* info, void* context) {
  (void)signal;
  frame_is_bad = is_secret(info, sizeof *info);
  ucontext_t* uc = context;
#if defined(__x86_64__)
  // The registers are the thread's own.
  frame_is_bad |= is_secret(uc, offsetof(ucontext_t, uc_mcontext)) << 1;
  frame_is_bad |= is_secret((char*)uc->uc_mcontext.fpregs + 416, 96) << 2;
#else
  frame_is_bad |= is_secret(uc, offsetof(ucontext_t, uc_mcontext)) << 1;
#endif
}

static void sees_no_structs(void* unused) {
  (void)unused;
  const long cwd = AT_FDCWD;
  int two[2];
  CALL(pipe2, two, O_NONBLOCK);
  copied("fstat", CALL(fstat, two[0], out), 144);
  copied("newfstatat", CALL(newfstatat, cwd, "/tmp", out, 0), 144);
  copied("statx", CALL(statx, cwd, "/tmp", 0, 0xfff, out), 256);
  copied("statfs", CALL(statfs, "/tmp", out), 120);
  const long directory = CALL(openat, cwd, "/", O_RDONLY | O_DIRECTORY, 0);
  copied("getdents64", CALL(getdents64, directory, out, sizeof out), sizeof out);
  copied("uname", CALL(uname, out), 390);
  copied("sysinfo", CALL(sysinfo, out), 112);
  copied("getrusage", CALL(getrusage, 0, out), 144);
  copied("times", CALL(times, out), 32);
  copied("getcwd", CALL(getcwd, out, 4096), 4096);
  copied("getitimer", CALL(getitimer, 0, out), 32);
  copied("sigaltstack", CALL(sigaltstack, 0, out), 24);
  copied("rt_sigaction", CALL(rt_sigaction, SIGUSR1, 0, out, 8), 32);
  copied("rt_sigpending", CALL(rt_sigpending, out, 8), 8);
  copied("sched_getaffinity", CALL(sched_getaffinity, 0, 128, out), 128);
  copied("prlimit64", CALL(prlimit64, 0, 7, 0, out), 16);
  copied("clock_gettime", CALL(clock_gettime, 1, out), 16);
  const long timer = CALL(timerfd_create, 1, 0);
  copied("timerfd_gettime", CALL(timerfd_gettime, timer, out), 32);
  const long set = CALL(epoll_create1, 0);
  struct epoll_event wanted = {.events = EPOLLOUT, .data.u64 = 7};
  CALL(epoll_ctl, set, EPOLL_CTL_ADD, two[1], &wanted);
  copied("epoll_pwait", CALL(epoll_pwait, set, out, 8, 0, 0, 8), 128);
  const long pid = CALL(clone, SIGCHLD, 0);
  if (pid == 0) leave(0);
  copied("waitid", CALL(waitid, 0, 0, out, 4 | 0x01000000), 128);
  copied("wait4", CALL(wait4, pid, out, 0, out + 64), 256);
  unsigned long usr1 = 1ul << (SIGUSR1 - 1);
  CALL(rt_sigprocmask, SIG_BLOCK, &usr1, 0, 8);
  CALL(kill, CALL(getpid, 0), SIGUSR1);
  copied("rt_sigtimedwait", CALL(rt_sigtimedwait, &usr1, out, 0, 8), 128);
  // Behind the end of what a pipe or a file has.
  CALL(write, two[1], "abc", 3);
  copied("read of a pipe", CALL(read, two[0], out, 65536), 65536);
  struct sigaction action = {.sa_sigaction = looks_at_frame, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR2, &action, NULL);
  CALL(kill, CALL(getpid, 0), SIGUSR2);
  check("a signal's frame", frame_is_bad == 0);
}

int checks_wrong(void);
static void sees_and_tells(void* unused) {
  sees_no_structs(unused);
  fflush(stdout);
  leave(checks_wrong() == 0 ? 0 : 1);
}

void copied_structs_class(void) {
  for (int i = 0; i < 4; i++) {
    expect_end("secrets", leaves_secrets, NULL, exited(0));
    expect_end("none copied out", sees_and_tells, NULL, exited(0));
  }
}
