// SPDX-License-Identifier: ISC
//
// Threads of one process that depend on each other, in an order that a seed gives: nothing is lost, and
// nobody waits for ever.

#include "harness.h"

#include <time.h>

enum { thread_count = 6 };

static unsigned long seed;
static struct thread threads[thread_count];
static long counts[thread_count];

static int rounds(void) {
  return thorough ? 500 : 100;
}

static unsigned next(unsigned long* state) {
  *state = *state * 6364136223846793005ul + 1442695040888963407ul;
  return (unsigned)(*state >> 33);
}

// Something that takes a moment, or an exit from user mode, or none.
static void idle(unsigned long* state) {
  const struct timespec moment = {0, next(state) % 100000};
  switch (next(state) % 8) {
    case 0:
      CALL(sched_yield, 0);
      break;
    case 1:
      CALL(nanosleep, &moment, 0);
      break;
    case 2: {
      char* pages = fresh_pages(2);
      pages[page] = 1;
      CALL(munmap, pages, 2 * page);
      break;
    }
    case 3:
      CALL(getpid, 0);
      break;
    case 4:
      for (volatile unsigned i = next(state) % 2000; i > 0; i--) continue;
      break;
    default:
      break;
  }
}

// A lock: 0 free, 1 taken, 2 taken and somebody waits.

static void lock(int* word) {
  int was = 0;
  if (__atomic_compare_exchange_n(word, &was, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) return;
  while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0) CALL(futex, word, 128, 2, 0);
}

static void unlock(int* word) {
  if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2) CALL(futex, word, 129, 1);
}

static int mutex, lockings;
static long guarded_count, unguarded;

static void takes_the_lock(void* which) {
  unsigned long state = seed * 31 + (unsigned long)which;
  for (int i = 0; i < lockings; i++) {
    idle(&state);
    lock(&mutex);
    const long before = guarded_count;
    if (next(&state) % 4 == 0) idle(&state);
    guarded_count = before + 1;
    unlock(&mutex);
  }
}

static void start_all(void (*body)(void*)) {
  for (long i = 0; i < thread_count; i++)
    if (!start_thread(&threads[i], body, (void*)i)) leave(98);
}

static void join_all(void) {
  for (int i = 0; i < thread_count; i++) join(&threads[i]);
}

static void locks(void* with) {
  seed = (unsigned long)with;
  lockings = rounds();
  start_all(takes_the_lock);
  join_all();
  leave(guarded_count == (long)thread_count * rounds() ? 0 : 1);
}

// Waiters of a word that are woken one by one by way of the lock: FUTEX_CMP_REQUEUE.

static int turn;
static int waiting;

static void waits_for_a_turn(void* which) {
  unsigned long state = seed * 37 + (unsigned long)which;
  for (int i = 0; i < rounds() / 10; i++) {
    idle(&state);
    lock(&mutex);
    const int seen = __atomic_load_n(&turn, __ATOMIC_ACQUIRE);
    waiting++;
    unlock(&mutex);
    while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == seen) CALL(futex, &turn, 128, seen, 0);
    // Who was moved to the lock's word may have others behind him.
    while (__atomic_exchange_n(&mutex, 2, __ATOMIC_ACQUIRE) != 0) CALL(futex, &mutex, 128, 2, 0);
    counts[(long)which]++;
    unlock(&mutex);
  }
}

static void turns(void* with) {
  seed = (unsigned long)with;
  unsigned long state = seed;
  start_all(waits_for_a_turn);
  for (int left = thread_count * (rounds() / 10); left > 0;) {
    idle(&state);
    lock(&mutex);
    left -= waiting;
    waiting = 0;
    const int now = __atomic_add_fetch(&turn, 1, __ATOMIC_RELEASE);
    if (next(&state) % 2 == 0) {
      CALL(futex, &turn, 132, 1, 1000, &mutex, now);
    } else {
      CALL(futex, &turn, 129, 1000);
    }
    unlock(&mutex);
  }
  join_all();
  for (int i = 0; i < thread_count; i++)
    if (counts[i] != rounds() / 10) leave(1);
  leave(0);
}

void thread_locks_class(void) {
  for (unsigned long i = 1; i <= (thorough ? 20 : 3); i++) {
    expect_end("locks", locks, (void*)i, exited(0));
    expect_end("turns", turns, (void*)i, exited(0));
  }
}

// Signals to one thread, whatever it does: its handler runs, in it, and what it did goes on.

static int ids[thread_count];
static long handled[thread_count];
static bool over;
static int ends[2];

static long own_number(void) {
  const int id = (int)CALL(gettid, 0);
  for (long i = 0; i < thread_count; i++)
    if (ids[i] == id) return i;
  return -1;
}

static void handles(int signal) {
  (void)signal;
  const long own = own_number();
  if (own < 0) {
    __atomic_fetch_add(&unguarded, 1, __ATOMIC_RELAXED);
    return;
  }
  __atomic_fetch_add(&handled[own], 1, __ATOMIC_RELEASE);
  CALL(futex, &handled[own], 129, 1000);
}

static bool is_interruption_or(long answer, long other) {
  return answer == -EINTR || answer == other;
}

static void is_disturbed(void* which) {
  const long own = (long)which;
  unsigned long state = seed * 41 + (unsigned long)own;
  static int never;
  ids[own] = (int)CALL(gettid, 0);
  __atomic_store_n(&counts[own], 1, __ATOMIC_RELEASE);
  double sum = (double)own, step = 0.5;
  long steps = 0;
  while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
    const struct timespec moment = {0, 2000000};
    bool good = true;
    char byte;
    switch (own) {
      case 0:
        good = is_interruption_or(CALL(futex, &never, 128, 0, &moment), -ETIMEDOUT);
        break;
      case 1:
        good = is_interruption_or(CALL(nanosleep, &moment, 0), 0);
        break;
      case 2:
        good = is_interruption_or(CALL(read, ends[0], &byte, 1), 1);
        break;
      case 3:
        good = is_interruption_or(CALL(ppoll, 0, 0, &moment, 0, 8), 0);
        break;
      case 4:
        idle(&state);
        break;
      default:
        for (int i = 0; i < 1000; i++) {
          sum += step;
          steps++;
        }
        good = sum == (double)own + (double)steps * 0.5;
        break;
    }
    if (!good) __atomic_fetch_add(&unguarded, 1, __ATOMIC_RELAXED);
  }
}

static void signals(void* with) {
  seed = (unsigned long)with;
  unsigned long state = seed;
  struct sigaction action = {.sa_handler = handles};
  sigaction(SIGUSR1, &action, NULL);
  CALL(pipe2, ends, 0);
  start_all(is_disturbed);
  const long pid = CALL(getpid, 0);
  for (int i = 0; i < thread_count; i++)
    while (!__atomic_load_n(&counts[i], __ATOMIC_ACQUIRE)) CALL(sched_yield, 0);
  for (int i = 0; i < rounds(); i++) {
    const unsigned whom = next(&state) % thread_count;
    const long before = __atomic_load_n(&handled[whom], __ATOMIC_ACQUIRE);
    if (CALL(tgkill, pid, ids[whom], SIGUSR1) != 0) leave(2);
    for (;;) {
      const long now = __atomic_load_n(&handled[whom], __ATOMIC_ACQUIRE);
      if (now != before) break;
      CALL(futex, &handled[whom], 128, (int)now, 0);
    }
  }
  __atomic_store_n(&over, true, __ATOMIC_RELEASE);
  CALL(write, ends[1], "x", 1);
  join_all();
  leave(unguarded == 0 ? 0 : 1);
}

// Those to the process go to whoever does not block them: the others never see one.

static void blocks_all(void* which) {
  const uint64_t all = ~0ul;
  CALL(rt_sigprocmask, 0, &all, 0, 8);
  is_disturbed(which);
}

static void process_signals(void* with) {
  seed = (unsigned long)with;
  unsigned long state = seed;
  struct sigaction action = {.sa_handler = handles};
  const uint64_t usr1 = 1ul << (SIGUSR1 - 1);
  sigaction(SIGUSR1, &action, NULL);
  CALL(pipe2, ends, 0);
  CALL(rt_sigprocmask, 0, &usr1, 0, 8);
  for (long i = 0; i < thread_count; i++)
    if (!start_thread(&threads[i], i == (long)(seed % thread_count) ? is_disturbed : blocks_all, (void*)i))
      leave(98);
  for (int i = 0; i < thread_count; i++)
    while (!__atomic_load_n(&counts[i], __ATOMIC_ACQUIRE)) CALL(sched_yield, 0);
  // Nobody takes it but one that unblocks it in its own time: this one, by waiting for it.
  for (int i = 0; i < rounds(); i++) {
    idle(&state);
    CALL(kill, CALL(getpid, 0), SIGUSR1);
    if (CALL(rt_sigtimedwait, &usr1, 0, 0, 8) != SIGUSR1) leave(2);
  }
  __atomic_store_n(&over, true, __ATOMIC_RELEASE);
  CALL(write, ends[1], "x", 1);
  join_all();
  for (int i = 0; i < thread_count; i++)
    if (handled[i] != 0) leave(3);
  leave(unguarded == 0 ? 0 : 1);
}

// All threads of a process stand still while it is stopped.

static volatile long* seen;

static void counts_up(void* which) {
  unsigned long state = (unsigned long)which;
  for (;;) {
    seen[(long)which] = seen[(long)which] + 1;
    if (which != NULL) idle(&state);
  }
}

// A CPU may take a moment to hear of it.
static bool stand_still(long before[4]) {
  const struct timespec moment = {0, 3000000};
  for (int tries = 0; tries < 500; tries++) {
    for (int k = 0; k < 4; k++) before[k] = seen[k];
    CALL(nanosleep, &moment, 0);
    bool same = true;
    for (int k = 0; k < 4; k++) same = same && seen[k] == before[k];
    if (same) return true;
  }
  return false;
}

static void stops(void* with) {
  unsigned long state = (unsigned long)with;
  seen = (volatile long*)CALL(mmap, 0, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const long pid = CALL(clone, SIGCHLD, 0);
  if (pid == 0) {
    for (long i = 1; i < 4; i++) start_thread(&threads[i], counts_up, (void*)i);
    counts_up(NULL);
  }
  for (int i = 1; i < 4; i++)
    while (seen[i] == 0) CALL(sched_yield, 0);
  for (int i = 0; i < rounds() / 20; i++) {
    int status = 0;
    idle(&state);
    CALL(kill, pid, SIGSTOP);
    if (CALL(wait4, pid, &status, 2, 0) != pid || (status & 0xff) != 0x7f) leave(2);
    long before[4];
    if (!stand_still(before)) leave(3);
    CALL(kill, pid, SIGCONT);
    for (int k = 0; k < 4; k++)
      while (seen[k] == before[k]) CALL(sched_yield, 0);
  }
  CALL(kill, pid, SIGKILL);
  leave(wait_for(pid) == SIGKILL ? 0 : 4);
}

void thread_signals_class(void) {
  for (unsigned long i = 1; i <= (thorough ? 20 : 3); i++) {
    expect_end("to threads", signals, (void*)i, exited(0));
    expect_end("stops", stops, (void*)i, exited(0));
  }
  for (unsigned long i = 1; i <= (thorough ? 20 : 3); i++)
    expect_end("to the process", process_signals, (void*)i, exited(0));
}

// Threads that begin and end others, until the process ends, or executes something, under them.

static void begins_others(void* which) {
  unsigned long state = seed * 43 + (unsigned long)which;
  for (int i = 0; i < rounds() / 4; i++) {
    struct thread other;
    idle(&state);
    if (!start_thread(&other, next(&state) % 2 ? takes_the_lock : (void (*)(void*))idle, &state)) leave(98);
    if (next(&state) % 2) idle(&state);
    join(&other);
  }
  counts[(long)which] = 1;
}

// Who sleeps with the lock keeps all others waiting, for some milliseconds on a busy machine: so there are few
// of that.
static void start_beginners(unsigned long with) {
  seed = with;
  lockings = rounds() / 20;
  start_all(begins_others);
}

static void begins(void* with) {
  start_beginners((unsigned long)with);
  join_all();
  for (int i = 0; i < thread_count; i++)
    if (counts[i] != 1) leave(1);
  leave(0);
}

static void ends_at_some_time(void* with) {
  unsigned long state = (unsigned long)with;
  start_beginners((unsigned long)with);
  for (unsigned i = next(&state) % 20; i > 0; i--) idle(&state);
  leave(7);
}

static void is_killed_at_some_time(void* with) {
  unsigned long state = (unsigned long)with;
  const long pid = CALL(clone, SIGCHLD, 0);
  if (pid == 0) {
    start_beginners((unsigned long)with);
    join_all();
    for (;;) CALL(sched_yield, 0);
  }
  for (unsigned i = next(&state) % 20; i > 0; i--) idle(&state);
  CALL(kill, pid, SIGKILL);
  leave(wait_for(pid) == SIGKILL ? 0 : 1);
}

void thread_lives_class(void) {
  for (unsigned long i = 1; i <= (thorough ? 10 : 1); i++) expect_end("begins", begins, (void*)i, exited(0));
  for (unsigned long i = 1; i <= (thorough ? 200 : 10); i++) {
    expect_end("ends at some time", ends_at_some_time, (void*)i, exited(7));
    expect_end("is killed at some time", is_killed_at_some_time, (void*)i, exited(0));
  }
}
