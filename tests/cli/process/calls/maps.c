// SPDX-License-Identifier: ISC
//
// Files that are mapped: pages come when somebody touches them, as far as the file goes.

#include "calls.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { page = 4096, both = PROT_READ | PROT_WRITE };

static sigjmp_buf before_touching;
static volatile int fault_signal, fault_code;
static char* volatile fault_at;

static void has_faulted(int signal, siginfo_t* info, void* context) {
  (void)context;
  fault_signal = signal;
  fault_code = info->si_code;
  fault_at = info->si_addr;
  siglongjmp(before_touching, 1);
}

static void catch_faults(void) {
  struct sigaction caught;
  memset(&caught, 0, sizeof caught);
  caught.sa_sigaction = has_faulted;
  caught.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &caught, NULL);
  sigaction(SIGSEGV, &caught, NULL);
}

static void ignore_faults_no_more(void) {
  signal(SIGBUS, SIG_DFL);
  signal(SIGSEGV, SIG_DFL);
}

// The byte there, or the signal that comes of it.
static void tell_read(volatile char* map, long at) {
  if (sigsetjmp(before_touching, 1) == 0)
    SAY(" %d", map[at]);
  else
    SAY(" signal %d, %d, at %ld", fault_signal, fault_code, (long)(fault_at - (char*)map));
}

static void tell_write(volatile char* map, long at, char byte) {
  if (sigsetjmp(before_touching, 1) == 0) {
    map[at] = byte;
    SAY(" written");
  } else
    SAY(" signal %d, %d, at %ld", fault_signal, fault_code, (long)(fault_at - (char*)map));
}

static int in_file(long at) {
  char byte = 99;
  const long count = CALL(pread64, FILE_FD, &byte, 1, at);
  return count == 1 ? byte : -1;
}

// The file, of so many bytes 'x'.
static void fill(long size) {
  set_up();
  CALL(ftruncate, FILE_FD, 0);
  memset(buffer, 'x', sizeof buffer);
  for (long at = 0; at < size; at += page) CALL(pwrite64, FILE_FD, buffer, size - at < page ? size - at : page, at);
}

static char* map_file(long size, int flags) {
  return mmap(0, size, both, flags, FILE_FD, 0);
}

static void ends_with_its_file(const char* what, int flags) {
  fill(10);
  char* map = map_file(3 * page, flags);
  SAY("mmap: %s, read:", what);
  tell_read(map, 9);
  tell_read(map, 10);
  tell_read(map, page - 1);
  tell_read(map, page);
  tell_read(map, 3 * page - 1);
  SAY(", written:");
  tell_write(map, page - 1, 'e');
  tell_write(map, page + 5, 'e');
  SAY(", by calls: %ld", CALL(pread64, FILE_FD, map + page, 5, 0));
  SAY(" %ld", CALL(pread64, FILE_FD, map + page - 5, 9, 0));
  SAY(" %ld", CALL(pwrite64, FILE_FD, map + page, 5, 0));
  SAY(" %ld", CALL(getcwd, map + 2 * page, 100));
  SAY(", when it grows:");
  CALL(pwrite64, FILE_FD, "g", 1, 2 * page);
  tell_read(map, page + 5);
  tell_read(map, 2 * page);
  SAY("\n");
  munmap(map, 3 * page);
}

// Somebody else has all of it, too.
static void is_cut_off(void) {
  fill(3 * page);
  char* common = map_file(3 * page, MAP_SHARED);
  char* own = map_file(3 * page, MAP_PRIVATE);
  int go[2];
  CALL(pipe2, go, 0);
  for (int i = 0; i < 3; i++) common[i * page] = own[i * page + 1] == 'x' ? 'a' : 'b';
  own[2 * page] = 'o';
  const pid_t pid = fork();
  if (pid == 0) {
    char byte;
    CALL(read, go[0], &byte, 1);
    int seen = common[5000] == 0 ? 1 : 0;
    if (sigsetjmp(before_touching, 1) == 0)
      seen |= common[2 * page];
    else
      seen |= 2;
    if (sigsetjmp(before_touching, 1) == 0)
      seen |= own[2 * page];
    else
      seen |= 4;
    _exit(seen);
  }
  CALL(ftruncate, FILE_FD, 5000);
  CALL(write, go[1], "g", 1);
  int status = -1;
  waitpid(pid, &status, 0);
  SAY("ftruncate: of what is mapped, common:");
  tell_read(common, page);
  tell_read(common, 4999);
  tell_read(common, 5000);
  tell_read(common, 2 * page);
  tell_write(common, 2 * page, 'w');
  SAY(", own:");
  tell_read(own, page);
  tell_read(own, 2 * page);
  SAY(", a child's %x", (unsigned)status);
  CALL(ftruncate, FILE_FD, 3 * page);
  SAY(", and longer again:");
  tell_read(common, 5000);
  tell_read(common, 2 * page);
  tell_read(own, 2 * page);
  common[2 * page] = 'l';
  SAY(" %d %d\n", in_file(2 * page), in_file(page));
  munmap(common, 3 * page);
  munmap(own, 3 * page);
  CALL(close, go[0]);
  CALL(close, go[1]);
}

// What one's own mapping shows until it is written to.
static void is_not_copied_yet(void) {
  fill(3 * page);
  char* common = map_file(3 * page, MAP_SHARED);
  char* own = map_file(3 * page, MAP_PRIVATE);
  SAY("mmap: of one's own:");
  tell_read(own, 0);
  common[0] = 'a';
  tell_read(own, 0);
  common[page] = 'b';
  tell_read(own, page);
  CALL(pwrite64, FILE_FD, "c", 1, 2);
  tell_read(own, 2);
  own[1] = 'o';
  common[0] = 'd';
  CALL(pwrite64, FILE_FD, "e", 1, 2);
  tell_read(own, 0);
  tell_read(own, 1);
  tell_read(own, 2);
  tell_read(common, 1);
  tell_read(common, 2);
  SAY(", in the file %d %d\n", in_file(0), in_file(1));
  munmap(common, 3 * page);
  munmap(own, 3 * page);
}

// Stores that nobody has read yet stay when a call writes beside them.
static void is_written_beside(void) {
  fill(3 * page);
  char* map = map_file(3 * page, MAP_SHARED);
  map[page] = 'a';
  CALL(pwrite64, FILE_FD, "b", 1, page + 1);
  SAY("pwrite64: beside what was stored:");
  tell_read(map, page);
  tell_read(map, page + 1);
  SAY(", in the file %d %d\n", in_file(page), in_file(page + 1));
  munmap(map, 3 * page);
}

// Pages that nobody has touched yet, by calls that read or write that very file.
static void is_given_to_calls(void) {
  fill(6 * page);
  for (int i = 0; i < 6; i++) CALL(pwrite64, FILE_FD, &"abcdef"[i], 1, i * page);
  char* map = map_file(6 * page, MAP_SHARED);
  SAY("pread64: into its own mapping: %ld", CALL(pread64, FILE_FD, map + 2 * page, page, 0));
  SAY(" %ld", CALL(pread64, FILE_FD, map + 3 * page, page, 3 * page));
  tell_read(map, 2 * page);
  tell_read(map, 3 * page);
  SAY(", pwrite64 from it: %ld", CALL(pwrite64, FILE_FD, map + 4 * page, page, page));
  SAY(" %ld", CALL(pwrite64, FILE_FD, map + 5 * page, page, 5 * page));
  tell_read(map, page);
  SAY(", in the file");
  for (int i = 0; i < 6; i++) SAY(" %d", in_file(i * page));
  SAY("\n");
  munmap(map, 6 * page);
}

// Stores are in the file, whatever the page was before.
static void is_stored(void) {
  fill(5 * page);
  char* map = map_file(5 * page, MAP_SHARED);
  SAY("msync: after reading:");
  tell_read(map, 0);
  map[0] = 'a';
  SAY(" %ld, %d", CALL(msync, map, page, MS_SYNC), in_file(0));
  mprotect(map + page, page, PROT_READ);
  tell_read(map, page);
  tell_write(map, page, 'b');
  mprotect(map + page, page, both);
  map[page] = 'b';
  tell_read(map, 2 * page);
  const pid_t pid = fork();
  if (pid == 0) {
    map[2 * page] = 'c';
    _exit(map[page]);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  map[3 * page] = 'd';
  madvise(map + 3 * page, page, MADV_DONTNEED);
  map[4 * page] = 'e';
  munmap(map, 5 * page);
  SAY(", in the file %d %d %d %d, a child's %x\n", in_file(page), in_file(2 * page), in_file(3 * page), in_file(4 * page),
      (unsigned)status);
}

// Words for threads to meet at, in pages that nobody has touched.
static void meets_there(void) {
  fill(2 * page);
  char* map = map_file(4 * page, MAP_SHARED);
  const struct timespec moment = {0, 1000};
  SAY("futex: in a file: other %ld, ", CALL(futex, map, 0, 1, &moment));
  SAY("the same %ld, ", CALL(futex, map + page, 0, 0x78787878, &moment));
  SAY("of one process %ld, ", CALL(futex, map + page, 128, 0x78787878, &moment));
  SAY("behind it %ld %ld, ", CALL(futex, map + 2 * page, 0, 0, &moment), CALL(futex, map + 2 * page, 128, 0, &moment));
  SAY("moved %ld %ld\n", CALL(futex, map, 4, 1, 1, map + page, 0x78787878), CALL(futex, map, 4, 1, 1, map + page, 0));
  munmap(map, 4 * page);
}

static void ends_without_a_handler(void) {
  fill(10);
  ignore_faults_no_more();
  const pid_t pid = fork();
  if (pid == 0) {
    char* map = map_file(2 * page, MAP_SHARED);
    map[page] = 'a';
    _exit(0);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  SAY("mmap: behind the end, without a handler: signal %d\n", status & 127);
}

// A large file with almost nothing in it, again and again.
static void is_large_and_empty(void) {
  enum { size = 64 << 20, middle = size / 2 };
  set_up();
  CALL(ftruncate, FILE_FD, 0);
  CALL(ftruncate, FILE_FD, size);
  CALL(pwrite64, FILE_FD, "m", 1, middle);
  long sum = 0;
  for (int i = 0; i < 1000; i++) {
    volatile char* map = map_file(size, i % 2 ? MAP_SHARED : MAP_PRIVATE);
    sum += map[0] + map[middle] + map[size - 1];
    map[page * i] = 1;
    munmap((char*)map, size);
  }
  SAY("mmap: of 64 MiB, 1000 times: %ld, in the file %d %d\n", sum, in_file(page * 7), in_file(page * 8));
  CALL(ftruncate, FILE_FD, 0);
}

void report_maps(void) {
  catch_faults();
  ends_with_its_file("in common", MAP_SHARED);
  ends_with_its_file("one's own", MAP_PRIVATE);
  is_cut_off();
  is_not_copied_yet();
  is_written_beside();
  is_given_to_calls();
  is_stored();
  meets_there();
  ends_without_a_handler();
  is_large_and_empty();
}
