// SPDX-License-Identifier: ISC
//
// Calls about processes: each line is of a child that does one thing, and of what its parent is told.

#include "calls.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

static long* common;  // of all processes
static long own;      // of each process its own
static int status;

// A copy of this process.
static long begin(unsigned long flags) {
  return CALL(clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static void end(long code) {
  CALL(exit_group, code);
  __builtin_trap();
}

#define IN_CHILD(...)    \
  do {                   \
    if (begin(0) == 0) { \
      __VA_ARGS__;       \
      end(0);            \
    }                    \
  } while (0)

// Waits for one child; what it is told, or an error.
static long told(void) {
  status = -1;
  const long answer = CALL(wait4, -1, &status, 0, 0);
  return answer > 0 ? status : answer;
}

static void ends(void) {
  IN_CHILD(CALL(exit, 7));
  SAY("exit: of the only thread: %lx\n", told());
  IN_CHILD(CALL(exit, 256 + 3));
  SAY("exit: with 259: %lx\n", told());
  IN_CHILD(CALL(exit_group, -1));
  SAY("exit_group: with -1: %lx\n", told());
  IN_CHILD(CALL(kill, CALL(getpid, 0), SIGKILL));
  SAY("kill: itself: %lx\n", told());
  IN_CHILD(CALL(tgkill, CALL(getpid, 0), CALL(gettid, 0), SIGTERM));
  SAY("tgkill: itself: %lx\n", told());
  IN_CHILD(CALL(tkill, CALL(gettid, 0), SIGUSR2));
  SAY("tkill: itself: %lx\n", told());
  SAY("wait4: without children: %ld\n", told());
}

static void copies(void) {
  set_up();
  own = 1;
  common[0] = 1;
  IN_CHILD({
    own = 2;
    common[0] = own;
    CALL(read, FILE_FD, buffer, 4);
    CALL(close, DIR_FD);
    CALL(chdir, "dir");
    CALL(umask, 0);
  });
  SAY("clone: a copy: %lx, ", told());
  SAY("own %ld, in common %ld, ", own, common[0]);
  SAY("file at %ld, descriptor %ld, here %ld, mask %lo\n", CALL(lseek, FILE_FD, 0, SEEK_CUR),
      CALL(fcntl, DIR_FD, F_GETFD), CALL(faccessat, AT_FDCWD, "file", 0), CALL(umask, 022));
  for (size_t i = 0; i < COUNT(pointers); i++) {
    if (CALL(clone, SIGCHLD | 0x100000, 0, pointers[i].value, 0, 0) == 0) end(3);
    SAY("clone: parent's word %s: %lx\n", pointers[i].name, told());
    const long at = pointers[i].value;
#if defined(__x86_64__)
    if (CALL(clone, SIGCHLD | 0x1200000, 0, 0, at, 0) == 0) end(3);
#else
    if (CALL(clone, SIGCHLD | 0x1200000, 0, 0, 0, at) == 0) end(3);
#endif
    SAY("clone: child's word %s: %lx\n", pointers[i].name, told());
  }
  common[1] = 0;
  const long pid = CALL(clone, SIGCHLD | 0x100000, 0, &common[1], 0, 0);
  if (pid == 0) end(3);
  const long answer = told();
  SAY("clone: parent's word is told: %d, %lx\n", common[1] == pid, answer);
  IN_CHILD(end(CALL(getppid, 0) == common[2] ? 1 : 2));
  SAY("getppid: of nobody that is known: %lx\n", told());
  common[2] = CALL(getpid, 0);
  IN_CHILD(end(CALL(getppid, 0) == common[2] ? 1 : 2));
  SAY("getppid: of this process: %lx\n", told());
  IN_CHILD(end(CALL(getpid, 0) == CALL(gettid, 0) && CALL(getpid, 0) != common[2]));
  SAY("getpid: is its thread's: %lx\n", told());
}

static void waits(void) {
  for (size_t i = 0; i < COUNT(pointers); i++) {
    const long at = pointers[i].value;
    IN_CHILD(end(1));
    const long first = CALL(wait4, -1, at, 0, 0);
    SAY("wait4: status %s: %ld, then %ld\n", pointers[i].name, first, told());
    IN_CHILD(end(1));
    const long second = CALL(wait4, -1, 0, 0, at);
    SAY("wait4: usage %s: %ld, then %ld\n", pointers[i].name, second, told());
    IN_CHILD(end(1));
    const long third = CALL(waitid, 0, 0, at, 4, 0);
    SAY("waitid: information %s: %ld, then %ld\n", pointers[i].name, third, told());
    IN_CHILD(end(1));
    const long fourth = CALL(waitid, 0, 0, 0, 4, at);
    SAY("waitid: usage %s: %ld, then %ld\n", pointers[i].name, fourth, told());
  }
  IN_CHILD(end(5));
  siginfo_t info;
  memset(&info, 0, sizeof info);
  const long kept = CALL(waitid, 0, 0, &info, 4 | 0x1000000, buffer);
  SAY("waitid: kept: %ld, signal %d, code %d, status %d, ", kept, info.si_signo, info.si_code,
      info.si_status);
  SAY("then %lx\n", told());
  IN_CHILD({
    CALL(kill, CALL(getpid, 0), SIGSTOP);
    end(4);
  });
  status = 0;
  const long pid = CALL(wait4, -1, &status, 2, 0);
  SAY("wait4: stopped: %d, %x, ", pid > 0, (unsigned)status);
  SAY("again %ld, ", CALL(wait4, -1, &status, 3, 0));
  CALL(kill, pid, SIGCONT);
  SAY("ended %lx\n", told());
  const long busy = begin(0);
  while (busy == 0) CALL(sched_yield, 0);
  memset(&info, 1, sizeof info);
  SAY("wait4: nothing to tell: %ld, ", CALL(wait4, -1, &status, 1, 0));
  SAY("waitid %ld, ", CALL(waitid, 0, 0, &info, 4 | 1, 0));
  SAY("signal %d, of no child %ld, ", info.si_signo, CALL(wait4, 1 << 22, &status, 0, 0));
  CALL(kill, busy, SIGKILL);
  SAY("killed %lx, ", told());
  IN_CHILD(end(6));
  SAY("of the group %d, ", CALL(wait4, 0, &status, 0, 0) > 0);
  IN_CHILD(end(6));
  SAY("by its number %d\n", CALL(wait4, -CALL(getpgid, 0), &status, 0, 0) > 0);
}

static void groups(void) {
  IN_CHILD({
    const long pid = CALL(getpid, 0);
    common[0] = CALL(setsid, 0) == pid;
    common[1] = CALL(setsid, 0);
    common[2] = CALL(setpgid, 0, 0);
    common[3] = CALL(getsid, 0) == pid && CALL(getpgid, 0) == pid && CALL(getsid, pid) == pid;
    common[4] = CALL(setpgid, 1 << 22, 0);
    common[5] = CALL(setpgid, 0, 1 << 22);
  });
  told();
  SAY("setsid: %ld, again %ld, setpgid %ld, are its own %ld, of another %ld, to another %ld\n", common[0],
      common[1], common[2], common[3], common[4], common[5]);
  IN_CHILD({
    const long pid = CALL(getpid, 0);
    common[0] = CALL(setpgid, 0, 0);
    common[1] = CALL(getpgid, 0) == pid;
    common[2] = CALL(setsid, 0);
    common[3] = CALL(kill, -pid, 0);
    common[4] = CALL(kill, 0, 0);
  });
  told();
  SAY("setpgid: %ld, is its own %ld, setsid %ld, kill of the group %ld, %ld\n", common[0], common[1],
      common[2], common[3], common[4]);
}

static void clears(void) {
  IN_CHILD({
    common[0] = 7;
    end(CALL(set_tid_address, common) == CALL(gettid, 0));
  });
  SAY("set_tid_address: %lx, ", told());
  SAY("of who was alone in its memory %ld\n", common[0]);
  for (size_t i = 0; i < COUNT(pointers); i++) {
    IN_CHILD(end(CALL(set_tid_address, pointers[i].value) == CALL(gettid, 0)));
    SAY("set_tid_address: %s: %lx\n", pointers[i].name, told());
  }
}

static void breaks(void) {
  const long at = CALL(brk, 0);
  SAY("brk: grows %ld, ", CALL(brk, at + 8192) - at);
  ((char*)at)[4096] = 1;
  SAY("shrinks %ld, ", CALL(brk, at + 1) - at);
  SAY("back %ld, ", CALL(brk, at) - at);
  for (size_t i = 0; i < COUNT(pointers); i++)
    SAY("%s %ld, ", pointers[i].name, CALL(brk, pointers[i].value) - at);
  SAY("far %ld\n", CALL(brk, at + (1L << 45)) - at);
}

// This program itself, which ends with the number of its second argument.
static void executes(void) {
  static char self[] = "/proc/self/exe";
  char* const arguments[] = {self, "37", NULL};
  char* const environment[] = {"A=b", NULL};
  char* const none[] = {NULL};
  set_up();
  IN_CHILD(CALL(execve, self, arguments, environment));
  SAY("execve: this program: %lx\n", told());
  IN_CHILD(end(-CALL(execve, self, arguments, pointers[1].value)));
  SAY("execve: environment nowhere: %lx\n", told());
  for (size_t i = 0; i < COUNT(pointers); i++) {
    char* const bad[] = {self, (char*)pointers[i].value, NULL};
    SAY("execve: argument %s: %ld\n", pointers[i].name, CALL(execve, self, bad, none));
    SAY("execve: variable %s: %ld\n", pointers[i].name, CALL(execve, self, arguments, bad));
  }
  enum { long_text = 200 * 1024 };
  char* many = mmap(0, long_text, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(many, 'x', long_text - 1);
  char* const one_long[] = {self, many, NULL};
  SAY("execve: a long argument: %ld\n", CALL(execve, self, one_long, none));
  // Less than that each, but a megabyte in all.
  many[long_text / 2] = 0;
  char* all[12];
  all[0] = self;
  all[1] = "38";
  for (size_t i = 2; i < 11; i++) all[i] = many;
  all[11] = NULL;
  IN_CHILD(CALL(execve, self, all, none));
  SAY("execve: many arguments: %lx\n", told());
  CALL(munmap, many, long_text);
}

static void uses_locks(void) {
  set_up();
  struct flock whole = {.l_type = F_WRLCK};
  struct flock part = {.l_type = F_RDLCK, .l_start = 5, .l_len = 2};
  SAY("fcntl: lock %ld, ", CALL(fcntl, FILE_FD, F_SETLK, &whole));
  common[0] = CALL(getpid, 0);
  IN_CHILD({
    common[1] = CALL(fcntl, FILE_FD, F_SETLK, &part);
    common[2] = CALL(fcntl, FILE_FD, F_GETLK, &part);
    common[3] = part.l_pid == common[0] && part.l_type == F_WRLCK && part.l_start == 0 && part.l_len == 0;
    common[4] = CALL(flock, FILE_FD, 2 | 4);
  });
  told();
  SAY("another's %ld, told %ld %ld, flock %ld, ", common[1], common[2], common[3], common[4]);
  const int second = (int)CALL(openat, AT_FDCWD, "file", O_RDWR);
  SAY("flock of a second %ld, ", CALL(flock, second, 1 | 4));
  SAY("of the first now %ld, ", CALL(flock, FILE_FD, 8));
  SAY("of the second %ld, ", CALL(flock, second, 2 | 4));
  CALL(close, second);  // all of this process' locks go with it
  IN_CHILD(common[1] = CALL(fcntl, FILE_FD, F_SETLK, &part));
  told();
  SAY("after a close %ld\n", common[1]);
}

static void vforks(void) {
#ifdef SYS_vfork
  own = 1;
  // Nothing may be called between the two: they have one stack.
  long pid;
  __asm__ volatile("syscall" : "=a"(pid) : "a"((long)SYS_vfork) : "rcx", "r11", "memory");
  if (pid == 0) {
    own = 2;
    __asm__ volatile("syscall" : : "a"((long)SYS_exit), "D"(9L) : "rcx", "r11", "memory");
  }
  const long answer = told();
  SAY("old vfork: %lx, the parent's word %ld\n", answer, own);
  own = 1;
  if (CALL(fork, 0) == 0) {
    own = 2;
    end(9);
  }
  SAY("old fork: %lx, ", told());
  SAY("the parent's word %ld\n", own);
#endif
}

void report_processes(void) {
  common = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ends();
  copies();
  waits();
  groups();
  clears();
  breaks();
  executes();
  uses_locks();
  vforks();
  munmap(common, 4096);
}
