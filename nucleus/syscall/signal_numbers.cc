// SPDX-License-Identifier: ISC

#include "signal_numbers.h"

#include <iterator>

namespace nucleus {

const char* signal_name(int number) {
  static constexpr const char* names[] = {
      "signal",    "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
      "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
      "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
      "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};
  return number > 0 && static_cast<unsigned>(number) < std::size(names) ? names[number] : names[0];
}

}  // namespace nucleus
