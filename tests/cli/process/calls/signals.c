// SPDX-License-Identifier: ISC
//
// Calls that signals end, or that tell of them.

#include "calls.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t handled;

static void handle(int signal) {
  handled += signal;
}

static void catch (int signal) {
  struct sigaction caught;
  memset(&caught, 0, sizeof caught);
  caught.sa_handler = handle;
  sigaction(signal, &caught, NULL);
}

static uint64_t mask(void) {
  uint64_t now = 0;
  CALL(rt_sigprocmask, 0, 0, &now, 8);
  return now;
}

// And again, until the next: the first may come before what it is to end has begun.
static void alarm_in(long us) {
  const struct itimerval timer = {{0, us == 0 ? 0 : 50000}, {0, us}};
  CALL(setitimer, 0, &timer, 0);
}

static const uint64_t usr1 = 1ull << (SIGUSR1 - 1);

static void send_myself(int signal) {
  CALL(tgkill, CALL(getpid, 0), CALL(gettid, 0), signal);
}

static void returns(void) {
  catch (SIGUSR1);
  handled = 0;
  send_myself(SIGUSR1);
  SAY("rt_sigreturn: handled %d, mask %lx\n", (int)handled, (long)mask());
  CALL(rt_sigprocmask, SIG_BLOCK, &usr1, 0, 8);
  handled = 0;
  send_myself(SIGUSR1);
  uint64_t pending = 0;
  CALL(rt_sigpending, &pending, 8);
  SAY("rt_sigpending: %lx, handled %d\n", (long)pending, (int)handled);
  const uint64_t none = 0;
  SAY("rt_sigsuspend: %ld, ", CALL(rt_sigsuspend, &none, 8));
  SAY("handled %d, mask %lx\n", (int)handled, (long)mask());
  for (size_t i = 0; i < COUNT(pointers); i++) {
    const long at = pointers[i].value;
    send_myself(SIGUSR1);
    SAY("rt_sigtimedwait: set %s: %ld, ", pointers[i].name, CALL(rt_sigtimedwait, at, 0, 0, 8));
    SAY("time %ld, ", CALL(rt_sigtimedwait, &usr1, 0, at, 8));
    SAY("information %ld, ", CALL(rt_sigtimedwait, &usr1, at, 0, 8));
    pending = 0;
    CALL(rt_sigpending, &pending, 8);
    SAY("pending %lx\n", (long)pending);
    CALL(rt_sigtimedwait, &usr1, 0, &soon, 8);
  }
  send_myself(SIGUSR1);
  siginfo_t info;
  memset(&info, 0, sizeof info);
  SAY("rt_sigtimedwait: %ld, ", CALL(rt_sigtimedwait, &usr1, &info, 0, 8));
  SAY("signal %d, code %d, from here %d\n", info.si_signo, info.si_code, info.si_pid == CALL(getpid, 0));
  CALL(rt_sigprocmask, SIG_UNBLOCK, &usr1, 0, 8);
}

static void ends_waits(void) {
  const struct timespec second = {1, 0};
  struct timespec left = {-1, -1};
  catch (SIGALRM);
  handled = 0;
  alarm_in(2000);
  SAY("nanosleep: %ld, ", CALL(nanosleep, &second, &left));
  SAY("handled %d, left %d\n", handled > 0,
      left.tv_sec == 0 && left.tv_nsec > 0 && left.tv_nsec < 1000000000);
  for (size_t i = 0; i < COUNT(pointers); i++) {
    alarm_in(2000);
    SAY("nanosleep: left %s: %ld\n", pointers[i].name, CALL(nanosleep, &second, pointers[i].value));
    alarm_in(2000);
    SAY("clock_nanosleep: left %s: %ld\n", pointers[i].name,
        CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &second, pointers[i].value));
  }
  struct timespec then;
  CALL(clock_gettime, CLOCK_MONOTONIC, &then);
  then.tv_sec += 5;
  left.tv_sec = -1;
  alarm_in(2000);
  SAY("clock_nanosleep: until then: %ld, ", CALL(clock_nanosleep, CLOCK_MONOTONIC, 1, &then, &left));
  SAY("left %d\n", (int)left.tv_sec);
  set_up();
  catch (SIGALRM);
  alarm_in(2000);
  SAY("read: of an empty stream: %ld, ",
      (CALL(read, PIPE_IN, buffer, 3), CALL(fcntl, PIPE_IN, 4, 0), CALL(read, PIPE_IN, buffer, 3)));
  alarm_in(2000);
  SAY("epoll_pwait %ld, ", CALL(epoll_pwait, EPOLL_FD, buffer, 4, -1, 0, 8));
  alarm_in(2000);
  SAY("ppoll %ld, ", (polled[0].fd = -1, CALL(ppoll, polled, 2, 0, 0, 8)));
  alarm_in(2000);
  SAY("futex %ld, ", CALL(futex, &word, 0, 0, 0));
  alarm_in(2000);
  SAY("pselect6 %ld\n", CALL(pselect6, 0, 0, 0, 0, 0, 0));
#ifdef SYS_pause
  handled = 0;
  alarm_in(2000);
  SAY("old pause: %ld, ", CALL(pause, 0));
  SAY("handled %d\n", handled > 0);
#endif
  alarm_in(0);
  signal(SIGALRM, SIG_DFL);
  signal(SIGUSR1, SIG_DFL);
}

static void breaks_pipes(void) {
  set_up();
  signal(SIGPIPE, SIG_IGN);
  CALL(close, PIPE_IN);
  CALL(close, SOCKET_B);
  SAY("write: nobody reads: %ld, ", CALL(write, PIPE_OUT, "x", 1));
  SAY("sendto: %ld\n", CALL(sendto, SOCKET_A, "x", 1, 0, 0, 0));
  signal(SIGPIPE, SIG_DFL);
}

void report_signals(void) {
  set_up();
  returns();
  ends_waits();
  breaks_pipes();
}
