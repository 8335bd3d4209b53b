// SPDX-License-Identifier: ISC
#pragma once

// Other programs: started, waited for and ended.
//
// Invariant: no child outlives us. Each dies with the thread that started it (PR_SET_PDEATHSIG: so start
// children only from threads that wait for them), its Process ends it at the end of the scope, and every
// wait ends on Ctrl-C. Children run in a process group of their own, which is ended whole.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;  ///< none: wait for ever

/// Milliseconds until then, as poll() takes them: -1 for no deadline, 0 for one that has passed.
int milliseconds_until(Deadline deadline);

enum class Stream {
  null,     ///< /dev/null
  inherit,  ///< ours
  pipe,     ///< a pipe whose other end is in the Process
};

enum class Group {
  own,     ///< a new process group: Ctrl-C reaches only us, and we end the child
  shared,  ///< ours: for children that talk to the terminal themselves (sudo)
};

enum class Environment { inherit, empty };

struct Command {
  std::vector<std::string> argv;
  fs::path program = {};  ///< what runs; empty: argv[0], looked up in the child's PATH when it has no '/'
  fs::path folder = {};   ///< working directory; empty: ours
  std::vector<std::pair<std::string, std::string>> env = {};  ///< set over `environment`
  Environment environment = Environment::inherit;
  Stream in = Stream::null;
  Stream out = Stream::inherit;
  Stream err = Stream::inherit;
  bool err_to_out = false;  ///< stderr goes where stdout goes
  Group group = Group::own;
};

class Process {
 public:
  /// Starts the command. Errors: no such program, or it cannot be executed.
  static Result<Process> start(const Command& command);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  ///< ends the child if it still runs

  pid_t pid() const { return pid_; }
  Fd& in() { return in_; }
  Fd& out() { return out_; }
  Fd& err() { return err_; }
  /// Readable for poll() once the child has ended.
  int end_fd() const { return pidfd_.get(); }

  /// Waits for the end: the status as a shell tells it (0-255, 128 + N when killed by signal N), or nothing
  /// when the deadline passed or a signal came first; the child then still runs.
  std::optional<int> wait(Deadline deadline);

  /// Ends the child and its group: SIGTERM, and SIGKILL after `grace`. Returns the status as wait() does.
  int end(std::chrono::milliseconds grace);

 private:
  Process() = default;
  pid_t pid_ = -1;
  Group group_ = Group::own;
  Fd pidfd_, in_, out_, err_;
  std::optional<int> status_;
};

struct Finished {
  int status = 0;  ///< as Process::wait; 124 when the time ran out
  bool timed_out = false;
  std::string out, err;  ///< what came through the streams that were Stream::pipe
};

/// Told what came through stdout, as it comes (it is in Finished::out too).
using OnOutput = std::function<void(std::string_view)>;

/// Runs the command to its end, feeding `input` where in is Stream::pipe. On Ctrl-C the child is ended and
/// the error is interrupted_error().
Result<Finished> run(const Command& command, std::optional<std::chrono::milliseconds> timeout = {},
                     std::string_view input = {}, const OnOutput& on_output = {});

/// As run(), but a non-zero status is an error too: "DOING failed", with the last lines of the captured
/// stderr (or stdout).
Result<Finished> run_checked(const Command& command, std::string_view doing, const OnOutput& on_output = {});

/// The first line that a command prints; empty where it fails.
std::string first_line_of(const std::vector<std::string>& argv);

/// The file that `name` runs: itself when it has a '/', else the first in PATH; empty when there is none.
fs::path find_program(std::string_view name);

}  // namespace bactrian
