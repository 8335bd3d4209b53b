// SPDX-License-Identifier: ISC
//
// Calls by which threads wait for each other, or by which one does something to all of them.

#include "calls.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { wait_ = 0, wake = 1, cmp_requeue = 4, of_one_process = 128 };

static int* common;  // of all processes
static int own[2];

// One that nobody wakes goes on at some time, so that all of this ends.
static void* waits(void* at) {
  const struct timespec long_time = {30, 0};
  return (void*)CALL(futex, at, wait_, 0, &long_time);
}

static const struct timespec moment = {0, 1000000};

static long when_somebody_waits(long operation, int* from, int* into) {
  long moved = 0;
  for (int i = 0; i < 30000 && moved == 0; i++) {
    CALL(nanosleep, &moment, 0);
    moved = CALL(futex, from, operation, 0, 1, into, 0);
  }
  return moved;
}

// Who waits in memory of one kind goes on to wait in memory of another, and is woken there.
static void moves_between(const char* what, int* from, int* into) {
  pthread_t thread;
  void* answer;
  if (pthread_create(&thread, NULL, waits, from) != 0) return;
  SAY("futex: moved %s: %ld, ", what, when_somebody_waits(cmp_requeue, from, into));
  SAY("woken where it was %ld, ", CALL(futex, from, wake, 9));
  SAY("where it is %ld, ", CALL(futex, into, wake, 9));
  pthread_join(thread, &answer);
  SAY("told %ld\n", (long)answer);
}

// Operations of one process and those of any do not meet, also where only one process is.
static void* waits_alone(void* at) {
  const struct timespec long_time = {30, 0};
  return (void*)CALL(futex, at, wait_ | of_one_process, 0, &long_time);
}

static void meets_its_kind(const char* what, void* waits_so(void*), int kind, int* from, int* into) {
  pthread_t thread;
  void* answer;
  if (pthread_create(&thread, NULL, waits_so, from) != 0) return;
  SAY("futex: %s: %ld, ", what, when_somebody_waits(cmp_requeue | kind, from, into));
  SAY("of the other kind %ld, ", CALL(futex, into, wake | (kind ^ of_one_process), 9));
  SAY("of its own %ld, ", CALL(futex, into, wake | kind, 9));
  pthread_join(thread, &answer);
  SAY("told %ld\n", (long)answer);
}

// Another process finds whoever waits in memory that both have.
static void is_found_by_others(void) {
  pthread_t thread;
  void* answer;
  if (pthread_create(&thread, NULL, waits, &own[0]) != 0) return;
  SAY("futex: moved to where others are: %ld, ", when_somebody_waits(cmp_requeue, &own[0], &common[0]));
  const pid_t pid = fork();
  if (pid == 0) _exit((int)CALL(futex, &common[0], wake, 9));
  int status = -1;
  waitpid(pid, &status, 0);
  pthread_join(thread, &answer);
  SAY("woken by another process %x, told %ld\n", (unsigned)status, (long)answer);
}

// A thread's end is told to others where its word says, whatever memory that is in.
static void* clears_its_word(void* at) {
  CALL(set_tid_address, at);
  CALL(exit, 0);
  return NULL;
}

static void ends_are_told(const char* what, int* at) {
  static pthread_t thread;
  *at = 1;
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &detached, clears_its_word, at) != 0) return;
  const struct timespec long_time = {30, 0};
  long answer = 0;
  while (*(volatile int*)at == 1 && answer != -110) answer = CALL(futex, at, wait_, 1, &long_time);
  SAY("exit: a thread's word in %s memory: %d, late %d\n", what, *at, answer == -110);
}

// A program that a thread executes has one thread, with the process' number.
static void* executes(void* number) {
  static char self[] = "/proc/self/exe";
  char* const arguments[] = {self, number, NULL};
  char* const environment[] = {NULL};
  CALL(execve, self, arguments, environment);
  _exit(99);
}

static void a_thread_executes(char* number) {
  const pid_t pid = fork();
  if (pid == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, executes, number);
    for (;;) CALL(nanosleep, &moment, 0);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  SAY("execve: by another thread, %s: %x\n", number, (unsigned)status);
}

void report_threads(void) {
  set_up();
  common = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  moves_between("within own memory", &own[0], &own[1]);
  moves_between("within common memory", &common[0], &common[1]);
  moves_between("from own to common memory", &own[0], &common[0]);
  moves_between("from common to own memory", &common[0], &own[0]);
  meets_its_kind("in own memory, by any", waits, 0, &own[0], &own[1]);
  meets_its_kind("in own memory, by one process", waits_alone, of_one_process, &own[0], &own[1]);
  meets_its_kind("in common memory, by any", waits, 0, &common[0], &common[1]);
  meets_its_kind("in common memory, by one process", waits_alone, of_one_process, &common[0], &common[1]);
  is_found_by_others();
  ends_are_told("own", &own[0]);
  ends_are_told("common", &common[0]);
  a_thread_executes("37");
  a_thread_executes("leads");
  munmap(common, 4096);
}
