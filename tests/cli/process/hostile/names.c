// SPDX-License-Identifier: ISC
//
// Names of things that are not given to this process: descriptors, processes, paths. And the witness: a
// process that others must not disturb.

#include "harness.h"

#include <sys/stat.h>

void foreign_handles_class(void) {
  char bytes[64];
  for (long fd = 3; fd < 1100; fd++) {
    if (on_linux) CALL(close, fd);
    check("an open descriptor", CALL(fcntl, fd, F_GETFD) == -EBADF);
  }
  const long guesses[] = {
      -1, 1024, 1 << 20, 0x7fffffff, (long)1 << 32 | 500, (long)1 << 62, (long)0x8000000000000000 | 500};
  for (size_t i = 0; i < COUNT(guesses); i++) {
    expect("read", CALL(read, guesses[i] | 512, bytes, sizeof bytes), -EBADF);
    expect("write", CALL(write, guesses[i] | 512, bytes, sizeof bytes), -EBADF);
    expect("dup", CALL(dup, guesses[i] | 512), -EBADF);
    expect("dup3", CALL(dup3, guesses[i] | 512, 10, 0), -EBADF);
    check("dup to it", CALL(dup3, 0, guesses[i] | (long)0x40000000, 0) < 0);
    expect("mmap", CALL(mmap, 0, page, PROT_READ, MAP_SHARED, guesses[i] | 512, 0), -EBADF);
    expect("fstat", CALL(fstat, guesses[i] | 512, bytes), -EBADF);
    expect("openat", CALL(openat, guesses[i] | 512, "x", O_RDONLY, 0), -EBADF);
    expect("fchdir", CALL(fchdir, guesses[i] | 512), -EBADF);
    expect("epoll_ctl", CALL(epoll_ctl, guesses[i] | 512, 1, 0, bytes), -EBADF);
  }
  if (on_linux) return;
  static const char* const paths[] = {
      "/proc/1/mem",   "/proc/self/mem", "/proc/1/fd/0",      "/proc/1/maps", "/proc/kcore",
      "/dev/mem",      "/dev/kmem",      "/dev/port",         "/sys/kernel",  "/proc/self/fd/3",
      "/dev/fd/3",     "/scheme/memory", "/scheme/irq/1",     "/scheme/disk", "/scheme/pci",
      "/scheme/trace", "/scheme/log",    "/scheme/sys/power", "/scheme/net",  "/scheme/nothing"};
  for (size_t i = 0; i < COUNT(paths); i++) check(paths[i], CALL(openat, AT_FDCWD, paths[i], O_RDWR, 0) < 0);
}

// Nobody here but the process itself and its children.
static bool signals_none(long pid) {
  for (int signal = 0; signal < 64; signal += 9)
    if (CALL(kill, pid, signal) != -ESRCH) return false;
  return true;
}

void foreign_processes_class(void) {
  if (on_linux) {
    check("not here", true);
    return;
  }
  const long self = CALL(getpid, 0);
  for (long pid = 1; pid < self + 100; pid++)
    if (pid != self) {
      check("kill", signals_none(pid));
      expect("tkill", CALL(tkill, pid, SIGKILL), -ESRCH);
      expect("tgkill", CALL(tgkill, pid, pid, SIGKILL), -ESRCH);
      expect("a group", CALL(kill, -pid, SIGKILL), pid == 1 ? -ESRCH : -ESRCH);
      expect("getpgid", CALL(getpgid, pid), -ESRCH);
      expect("getsid", CALL(getsid, pid), -ESRCH);
      expect("setpgid", CALL(setpgid, pid, 0), -ESRCH);
      expect("setpgid to it", CALL(setpgid, 0, pid), -EPERM);
      expect("wait4", CALL(wait4, pid, 0, 1, 0), -ECHILD);
    }
  const long none[] = {0x7fffffff, -0x7fffffff, 1 << 22};
  for (size_t i = 0; i < COUNT(none); i++) expect("kill", CALL(kill, none[i], SIGKILL), -ESRCH);
  expect("all others", CALL(kill, -1, SIGKILL), -ESRCH);
  int status;
  expect("no child", CALL(wait4, -1, &status, 0, 0), -ECHILD);
  expect("a parent", CALL(getppid, 0), 0);
}

static void try_path(const char* what, const char* path) {
  char bytes[512];
  long results[] = {
      CALL(openat, AT_FDCWD, path, O_RDONLY, 0),   CALL(newfstatat, AT_FDCWD, path, bytes, 0),
      CALL(mkdirat, AT_FDCWD, path, 0700),         CALL(unlinkat, AT_FDCWD, path, 0),
      CALL(readlinkat, AT_FDCWD, path, bytes, 64), CALL(chdir, path),
  };
  for (size_t i = 0; i < COUNT(results); i++) check(what, results[i] < 0);
}

void paths_class(void) {
  static char text[16384];
  char bytes[512];
  CALL(mkdirat, AT_FDCWD, "/tmp/hostile", 0700);
  CALL(chdir, "/tmp/hostile");
  // Upwards is never above the root.
  struct stat root, up;
  CALL(newfstatat, AT_FDCWD, "/", &root, 0);
  text[0] = '\0';
  for (int i = 0; i < 300; i++) strcat(text, "../");
  expect("far upwards", CALL(newfstatat, AT_FDCWD, text, &up, 0), 0);
  check("is the root", root.st_ino == up.st_ino && root.st_dev == up.st_dev);
  expect("chdir far upwards", CALL(chdir, text), 0);
  expect("where one is", CALL(getcwd, bytes, sizeof bytes), 2);
  CALL(chdir, "/tmp/hostile");
  // Symbolic links: to themselves, in a circle, far upwards, to what is not there.
  CALL(symlinkat, "self", AT_FDCWD, "self");
  CALL(symlinkat, "b", AT_FDCWD, "a");
  CALL(symlinkat, "a", AT_FDCWD, "b");
  CALL(symlinkat, "../../../../../../..", AT_FDCWD, "up");
  expect("a link to itself", CALL(openat, AT_FDCWD, "self", O_RDONLY, 0), -ELOOP);
  expect("links in a circle", CALL(openat, AT_FDCWD, "a", O_RDONLY, 0), -ELOOP);
  expect("through one", CALL(openat, AT_FDCWD, "a/x/../y", O_RDONLY, 0), -ELOOP);
  expect("not followed", CALL(openat, AT_FDCWD, "self", O_RDONLY | O_NOFOLLOW, 0), -ELOOP);
  expect("a link upwards", CALL(newfstatat, AT_FDCWD, "up", &up, 0), 0);
  check("is the root, too", root.st_ino == up.st_ino);
  const char* const links[] = {"self", "a", "b", "up"};
  for (size_t i = 0; i < COUNT(links); i++) CALL(unlinkat, AT_FDCWD, links[i], 0);
  // A chain that is too long.
  char from[16], to_[16];
  for (int i = 0; i < 60; i++) {
    snprintf(from, sizeof from, "c%d", i);
    snprintf(to_, sizeof to_, "c%d", i + 1);
    CALL(symlinkat, to_, AT_FDCWD, from);
  }
  expect("a long chain", CALL(openat, AT_FDCWD, "c0", O_RDONLY, 0), -ELOOP);
  for (int i = 0; i < 60; i++) {
    snprintf(from, sizeof from, "c%d", i);
    CALL(unlinkat, AT_FDCWD, from, 0);
  }
  // Names that are too long, and paths that are.
  memset(text, 'x', 300);
  text[300] = '\0';
  try_path("a long name", text);
  memset(text, 'x', sizeof text - 1);
  try_path("a very long name", text);
  for (size_t i = 0; i < sizeof text - 1; i++) text[i] = i % 2 ? '/' : 'x';
  try_path("a very long path", text);
  text[4095] = '\0';
  try_path("a path of the limit", text);
  memset(text, '/', 4095);
  check("many slashes", CALL(newfstatat, AT_FDCWD, text, bytes, 0) == 0);
  try_path("nothing", "");
  try_path("a file as a directory", "/dev/null/x");
  try_path("bytes that are no text", "/tmp/\xff\xfe\x80/x");
  // Not on Linux: who has a namespace has nothing beside it.
  if (!on_linux) {
    try_path("a scheme that there is not", "/scheme/nothing/x");
    try_path("the scheme of schemes", "/scheme/../scheme/memory/..//memory");
    try_path("with a dot", "/scheme/./memory");
    try_path("a scheme by a link", "/scheme//memory");
    expect("a directory of schemes is not made", CALL(mkdirat, AT_FDCWD, "/scheme/mine", 0700) < 0, 1);
    expect("a link into what is not there", CALL(symlinkat, "/scheme/memory", AT_FDCWD, "link"), 0);
    check("leads nowhere", CALL(openat, AT_FDCWD, "link", O_RDONLY, 0) < 0);
    CALL(unlinkat, AT_FDCWD, "link", 0);
  }
  // A directory that is gone.
  CALL(mkdirat, AT_FDCWD, "gone", 0700);
  CALL(chdir, "gone");
  CALL(unlinkat, AT_FDCWD, "/tmp/hostile/gone", AT_REMOVEDIR);
  check("in a directory that is gone", CALL(openat, AT_FDCWD, "x", O_RDWR | O_CREAT, 0600) < 0);
  CALL(chdir, "/");
  expect("nothing is left", CALL(unlinkat, AT_FDCWD, "/tmp/hostile", AT_REMOVEDIR), 0);
}

// The witness: for each byte on descriptor 0 it says on 1 whether its memory and its registers are what they
// were.

enum { witness_pages = 64 };
static const uint64_t pattern = 0x3ff0123456789abc;

static long read_keeping_registers(char* byte, bool* kept) {
  uint64_t before = pattern, first = 0, last = 0;
  long got;
#if defined(__x86_64__)
  __asm__ volatile("movq %0, %%xmm2; movq %0, %%xmm14" ::"r"(before) : "xmm2", "xmm14");
  got = CALL(read, 0, byte, 1);
  __asm__ volatile("movq %%xmm2, %0; movq %%xmm14, %1" : "=r"(first), "=r"(last));
#elif defined(__aarch64__)
  __asm__ volatile("fmov d10, %0; fmov d30, %0" ::"r"(before) : "v10", "v30");
  got = CALL(read, 0, byte, 1);
  __asm__ volatile("fmov %0, d10; fmov %1, d30" : "=r"(first), "=r"(last));
#else
  __asm__ volatile("fmv.d.x f9, %0; fmv.d.x f30, %0" ::"r"(before) : "f9", "f30");
  got = CALL(read, 0, byte, 1);
  __asm__ volatile("fmv.x.d %0, f9; fmv.x.d %1, f30" : "=r"(first), "=r"(last));
#endif
  *kept = first == pattern && last == pattern;
  return got;
}

void witness(void) {
  uint64_t* pages = (uint64_t*)fresh_pages(witness_pages);
  const size_t words = witness_pages * page / 8;
  for (size_t i = 0; i < words; i++) pages[i] = pattern * (i + 1);
  for (;;) {
    char byte;
    bool kept;
    const long got = read_keeping_registers(&byte, &kept);
    if (got == -EINTR) continue;
    if (got != 1) leave(got == 0 ? 0 : 1);
    for (size_t i = 0; i < words; i++) kept = kept && pages[i] == pattern * (i + 1);
    CALL(write, 1, kept ? "y" : "n", 1);
  }
}
