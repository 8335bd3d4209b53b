// SPDX-License-Identifier: ISC
#include "support/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace bactrian {

namespace {

std::atomic<bool> flag{false};
int pipe_ends[2] = {-1, -1};

extern "C" void on_signal(int) {
  const int saved = errno;
  flag.store(true);
  [[maybe_unused]] const ssize_t written = write(pipe_ends[1], "x", 1);
  errno = saved;
}

}  // namespace

void catch_signals() {
  if (pipe_ends[0] >= 0) return;
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: blocked calls return EINTR and see the flag
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old {};
    // nohup and background jobs of a script start us with a signal ignored: leave it so.
    if (sigaction(number, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) continue;
    sigaction(number, &action, nullptr);
  }
  signal(SIGPIPE, SIG_IGN);
}

bool interrupted() {
  return flag.load();
}

int interrupt_fd() {
  return pipe_ends[0];
}

}  // namespace bactrian
