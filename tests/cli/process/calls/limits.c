// SPDX-License-Identifier: ISC
//
// Limits that a process sets for itself, each in a child, and timers that go by its time.

#include "calls.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// The header may name another function so.
#undef prlimit64

// By their numbers, which are Linux' on all machines.
enum { of_time, of_size, of_data, of_space = 9 };

static volatile long* common;  // of all processes

static void set_limit(long resource, long soft, long hard) {
  const uint64_t fresh[2] = {(uint64_t)soft, (uint64_t)hard};
  CALL(prlimit64, 0, resource, fresh, 0);
}

static void count(int signal) {
  common[signal]++;
}

static void catch (int signal, void (*handler)(int)) {
  struct sigaction caught;
  memset(&caught, 0, sizeof caught);
  caught.sa_handler = handler;
  sigaction(signal, &caught, NULL);
}

// Which signal ended it (whether there is a dump depends on who runs this), or what it ended with.
static void tell_end(const char* what, pid_t pid) {
  int status = -1;
  waitpid(pid, &status, 0);
  if (WIFSIGNALED(status))
    SAY("%s: signal %d\n", what, WTERMSIG(status));
  else
    SAY("%s: %x\n", what, (unsigned)status);
}

// What each of them answers, and how many signals came.
enum { first_answer = 64, answer_count = 32 };
#define ANSWER(...) (common[first_answer + n++] = (long)(__VA_ARGS__))

static void tell_answers(const char* what) {
  SAY("%s:", what);
  for (size_t i = 0; i < answer_count; i++) SAY(" %ld", common[first_answer + i]);
  SAY(", signals %ld\n", common[SIGXFSZ]);
}

static void forget(void) {
  for (int i = 0; i < 512; i++) common[i] = 0;
}

// The file has ten bytes, and may have twelve.
static void writes_too_much(void) {
  size_t n = 0;
  catch (SIGXFSZ, count);
  set_limit(of_size, 12, 12);
  CALL(lseek, FILE_FD, 10, SEEK_SET);
  ANSWER(CALL(write, FILE_FD, "abcd", 4));
  ANSWER(CALL(write, FILE_FD, "abcd", 4));
  ANSWER(common[SIGXFSZ]);
  ANSWER(CALL(write, FILE_FD, "", 0));
  ANSWER(CALL(lseek, FILE_FD, 0, SEEK_CUR));
  ANSWER(CALL(pwrite64, FILE_FD, "abcd", 4, 11));
  ANSWER(CALL(pwrite64, FILE_FD, "abcd", 4, 12));
  ANSWER(CALL(pwrite64, FILE_FD, "abcd", 4, 1000));
  const struct iovec parts[3] = {{"ab", 2}, {"cd", 2}, {"ef", 2}};
  ANSWER(CALL(pwritev, FILE_FD, parts, 3, 9));
  ANSWER(CALL(pwritev, FILE_FD, parts, 3, 8));
  ANSWER(CALL(pwritev, FILE_FD, parts, 3, 12));
  CALL(lseek, FILE_FD, 7, SEEK_SET);
  ANSWER(CALL(writev, FILE_FD, parts, 3));
  ANSWER(CALL(writev, FILE_FD, parts, 3));
  ANSWER(CALL(writev, FILE_FD, parts, 0));
  ANSWER(common[SIGXFSZ]);
  ANSWER(CALL(ftruncate, FILE_FD, 13));
  ANSWER(CALL(ftruncate, FILE_FD, 12));
  ANSWER(CALL(truncate, "file", 13));
  ANSWER(CALL(truncate, "file", 11));
  ANSWER(CALL(fallocate, FILE_FD, 0, 0, 12));
  ANSWER(CALL(fallocate, FILE_FD, 0, 0, 13));
  ANSWER(common[SIGXFSZ]);
  CALL(write, PIPE_OUT, "abcdefghijklmnop", 16);
  ANSWER(CALL(write, PIPE_OUT, "abcd", 4));
  ANSWER(CALL(sendfile, SOCKET_A, FILE_FD, 0, 12));
  const long longer = CALL(openat, AT_FDCWD, "new", O_RDWR | O_CREAT | O_APPEND, 0644);
  ANSWER(CALL(write, longer, "0123456789", 10));
  CALL(lseek, longer, 0, SEEK_SET);
  ANSWER(CALL(write, longer, "abcd", 4));
  ANSWER(CALL(write, longer, "abcd", 4));
  // What is longer already stays, and may be read and made shorter.
  set_limit(of_size, 5, 12);
  CALL(lseek, longer, 0, SEEK_SET);
  ANSWER(CALL(read, longer, buffer, 100));
  ANSWER(CALL(ftruncate, longer, 8));
  ANSWER(CALL(ftruncate, longer, 9));
  set_limit(of_size, 0, 0);
  ANSWER(CALL(pwrite64, FILE_FD, "a", 1, 0));
  _exit(0);
}

static void sends_too_much(void) {
  size_t n = 0;
  catch (SIGXFSZ, count);
  set_limit(of_size, 4, 4);
  const long into = CALL(openat, AT_FDCWD, "new", O_RDWR | O_CREAT, 0644);
  ANSWER(CALL(sendfile, into, FILE_FD, 0, 10));
  ANSWER(CALL(lseek, into, 0, SEEK_CUR));
  ANSWER(CALL(sendfile, into, FILE_FD, 0, 10));
  _exit(0);
}

static void limits_files(void) {
  forget();
  set_up();
  pid_t pid = fork();
  if (pid == 0) writes_too_much();
  tell_end("setrlimit: of files", pid);
  tell_answers("setrlimit: of files");
  forget();
  set_up();
  pid = fork();
  if (pid == 0) sends_too_much();
  tell_end("setrlimit: of files, sendfile", pid);
  tell_answers("setrlimit: of files, sendfile");
  set_up();
  pid = fork();
  if (pid == 0) {
    set_limit(of_size, 3, 3);
    CALL(write, FILE_FD, "abcd", 4);
    CALL(write, FILE_FD, "abcd", 4);
    _exit(1);
  }
  tell_end("setrlimit: of files, and what it does by itself", pid);
  set_up();
  pid = fork();
  if (pid == 0) {
    signal(SIGXFSZ, SIG_IGN);
    set_limit(of_size, 3, 3);
    if (fork() == 0) _exit((int)-CALL(pwrite64, FILE_FD, "abcd", 4, 3));
    int status = -1;
    wait(&status);
    _exit(WEXITSTATUS(status));
  }
  tell_end("setrlimit: of files, of a child's child", pid);
}

// Timers that go by the time of the process.

static long cpu_ns(void) {
  struct timespec now;
  CALL(clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1000000000l + now.tv_nsec;
}

// Until so many signals came, or for ten seconds.
static void computes_until(int signal, long wanted) {
  const long begun = cpu_ns();
  while (common[signal] < wanted && cpu_ns() - begun < 10000000000l)
    for (int i = 0; i < 20000 && common[signal] < wanted; i++) continue;
}

static void set_timer(int which, long first_us, long interval_us) {
  const struct itimerval timer = {{0, interval_us}, {0, first_us}};
  CALL(setitimer, which, &timer, 0);
}

static void goes_by_cpu_time(const char* name, int which, int signal) {
  const struct timespec while_ = {0, 300000000};
  struct itimerval now;
  forget();
  catch (signal, count);
  set_timer(which, 150000, 0);
  SAY("setitimer: %s: asleep %ld, signals %ld, ", name, CALL(nanosleep, &while_, 0), common[signal]);
  CALL(getitimer, which, &now);
  SAY("left %d, ", now.it_value.tv_sec == 0 && now.it_value.tv_usec > 50000 && now.it_value.tv_usec <= 160000);
  const long begun = cpu_ns();
  computes_until(signal, 1);
  const long took = cpu_ns() - begun;
  CALL(getitimer, which, &now);
  SAY("computing %ld, in its time %d, left %ld\n", common[signal], took > 50000000 && took < 2000000000,
      (long)now.it_value.tv_usec);
  set_timer(which, 1000, 20000);
  computes_until(signal, 6);
  CALL(getitimer, which, &now);
  SAY("setitimer: %s: again and again %d, left %d\n", name, common[signal] >= 6,
      now.it_value.tv_usec > 0 && now.it_value.tv_usec <= 30000);
  set_timer(which, 0, 0);
  // Those that are forked have none.
  set_timer(which, 100000, 0);
  const pid_t pid = fork();
  if (pid == 0) {
    CALL(getitimer, which, &now);
    _exit(now.it_value.tv_usec == 0);
  }
  set_timer(which, 0, 0);
  tell_end("setitimer: in a child", pid);
  catch (signal, SIG_DFL);
}

// At the soft limit, and each second after that, there is a signal; the hard one kills.

static void count_and_look(int signal) {
  uint64_t now[2];
  CALL(prlimit64, 0, of_time, 0, now);
  common[signal]++;
  common[first_answer] = (long)now[0];
}

static void limits_time(void) {
  forget();
  catch (SIGXCPU, count_and_look);
  pid_t pid = fork();
  if (pid == 0) {
    set_limit(of_time, 1, 2);
    computes_until(SIGXCPU, 5);
    _exit(1);
  }
  tell_end("setrlimit: of time, hard", pid);
  SAY("setrlimit: of time, signals before %ld, then the limit was %ld\n", common[SIGXCPU], common[first_answer]);
  catch (SIGXCPU, SIG_DFL);
  forget();
  pid = fork();
  if (pid == 0) {
    set_limit(of_time, 1, 9);
    const pid_t child = fork();
    if (child == 0) {
      computes_until(SIGXCPU, 5);
      _exit(1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    _exit(WIFSIGNALED(status) ? WTERMSIG(status) : 1);
  }
  tell_end("setrlimit: of time, a child's child", pid);
  pid = fork();
  if (pid == 0) {
    computes_until(SIGXCPU, 1);
    _exit(1);
  }
  // Another may set it, too.
  const uint64_t fresh[2] = {1, 9};
  CALL(prlimit64, pid, of_time, fresh, 0);
  tell_end("setrlimit: of time, by another", pid);
}

// What may be written and is the process' own is limited: here far above what this program has already.

enum { mib = 1 << 20 };

static long map(long size, int rights, int flags, long fd) {
  return CALL(mmap, 0, size, rights, flags, fd, 0);
}

static long is_there(long at) {
  return at > 0 ? 1 : at;
}

static void has_too_much(void) {
  size_t n = 0;
  const int own = MAP_PRIVATE | MAP_ANONYMOUS;
  const int both = PROT_READ | PROT_WRITE;
  set_limit(of_data, 0, 48 * mib);
  ANSWER(is_there(map(4096, both, own, -1)));
  ANSWER(is_there(map(60 * mib, both, own, -1)));
  set_limit(of_data, 24 * mib, 24 * mib);
  const long first = map(8 * mib, both, own, -1);
  ANSWER(is_there(first));
  ANSWER(is_there(map(24 * mib, both, own, -1)));
  ANSWER(is_there(map(24 * mib, both, MAP_PRIVATE, FILE_FD)));
  const long second = map(24 * mib, PROT_READ, own, -1);
  ANSWER(is_there(second));
  ANSWER(CALL(mprotect, second, 24 * mib, both));
  ANSWER(CALL(mprotect, second, 4096, both));
  ANSWER(is_there(map(24 * mib, both, MAP_SHARED | MAP_ANONYMOUS, -1)));
  ANSWER(is_there(map(24 * mib, PROT_NONE, own, -1)));
  ANSWER(CALL(mremap, first, 8 * mib, 32 * mib, 1));
  ANSWER(CALL(mremap, first, 8 * mib, 4 * mib, 0) == first);
  ANSWER(CALL(mmap, first, 4 * mib, both, own | MAP_FIXED, -1, 0) == first);
  const long at = CALL(brk, 0);
  ANSWER(CALL(brk, at + 32 * mib) - at);
  ANSWER(CALL(brk, at + 4096) - at);
  set_limit(of_data, 4096, 4096);
  ANSWER(is_there(map(4096, both, own, -1)));
  ANSWER(CALL(mprotect, second, 8192, both));
  ANSWER(CALL(munmap, first, 4 * mib));
  ANSWER(is_there(map(4096, both, own, -1)));
  ANSWER(is_there(map(4096, PROT_READ, own, -1)));
  ANSWER(CALL(brk, at + 8192) - at);
  common[first_answer + answer_count] = CALL(brk, at) - at;
  const pid_t pid = fork();
  if (pid == 0) _exit((int)-map(4096, both, own, -1));
  int status = -1;
  waitpid(pid, &status, 0);
  ANSWER(status);
  _exit(0);
}

static void limits_data(void) {
  forget();
  set_up();
  const pid_t pid = fork();
  if (pid == 0) has_too_much();
  tell_end("setrlimit: of data", pid);
  tell_answers("setrlimit: of data");
  SAY("brk: taken back by who has too much: %ld\n", common[first_answer + answer_count]);
}

// What does not fit is found out when the old memory has gone.
static void executes_within(const char* what, long resource, long most) {
  static char self[] = "/proc/self/exe";
  char* const arguments[] = {self, "37", NULL};
  char* const none[] = {NULL};
  const pid_t pid = fork();
  if (pid == 0) {
    set_limit(resource, most, most);
    _exit((int)-CALL(execve, self, arguments, none));
  }
  tell_end(what, pid);
}

static void limits_execution(void) {
  executes_within("execve: within little data", of_data, 65536);
  executes_within("execve: within enough data", of_data, 1L << 30);
  executes_within("execve: within little space", of_space, 65536);
}

void report_limits(void) {
  common = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  limits_files();
  limits_data();
  limits_execution();
  limits_time();
  goes_by_cpu_time("virtual", ITIMER_VIRTUAL, SIGVTALRM);
  goes_by_cpu_time("profiling", ITIMER_PROF, SIGPROF);
  munmap((void*)common, 4096);
}
