// SPDX-License-Identifier: ISC
#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "support/signals.h"
#include "support/text.h"

namespace bactrian {

namespace {

using std::chrono::milliseconds;

fs::path find_in(std::string_view name, std::string_view search) {
  if (name.find('/') != std::string_view::npos) return fs::path(name);
  for (const auto& folder : split(search, ':')) {
    fs::path candidate = fs::path(folder) / name;
    std::error_code code;
    if (access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate, code)) return candidate;
  }
  return {};
}

std::string_view search_path(const Command& command) {
  for (const auto& [name, value] : command.env)
    if (name == "PATH") return value;
  const char* path = std::getenv("PATH");
  return path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> result;
  const bool inherit = command.environment == Environment::inherit;
  for (char** entry = environ; inherit && *entry != nullptr; entry++) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(command.env.begin(), command.env.end(),
                                      [&](const auto& pair) { return pair.first == name; });
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : command.env) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (auto& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// The two ends of one standard stream: the child's (or -1 to inherit) and ours.
struct Ends {
  Fd child, ours;
};

Result<Ends> open_ends(Stream stream, int number) {
  Ends ends;
  if (stream == Stream::null) {
    ends.child = Fd(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!ends.child.valid()) return system_error("cannot open /dev/null", errno);
  } else if (stream == Stream::pipe) {
    int both[2];
    if (pipe2(both, O_CLOEXEC) != 0) return system_error("cannot make a pipe", errno);
    const int child = number == STDIN_FILENO ? 0 : 1;
    ends.child = Fd(both[child]);
    ends.ours = Fd(both[1 - child]);
  }
  return ends;
}

/// What the child does between fork and exec. Only async-signal-safe calls. Returns errno on failure.
int become(const char* program, char* const* argv, char* const* envp, const char* folder,
           const Command& command, const int (&streams)[3], pid_t parent) {
  if (command.group == Group::own) setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // the parent died before the line above
  signal(SIGPIPE, SIG_DFL);
  for (int number = 0; number < 3; number++)
    if (streams[number] >= 0 && dup2(streams[number], number) < 0) return errno;
  if (command.err_to_out && dup2(STDOUT_FILENO, STDERR_FILENO) < 0) return errno;
  if (folder != nullptr && chdir(folder) != 0) return errno;
  execve(program, argv, envp);
  return errno;
}

}  // namespace

int milliseconds_until(Deadline deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::duration_cast<milliseconds>(*deadline - Clock::now()).count() + 1;
  return static_cast<int>(std::clamp<long long>(left, 0, 3600 * 1000));
}

std::string first_line_of(const std::vector<std::string>& argv) {
  const auto finished = run(Command{.argv = argv, .out = Stream::pipe, .err = Stream::null});
  if (!finished.ok() || finished.value().status != 0) return "";
  return finished.value().out.substr(0, finished.value().out.find('\n'));
}

fs::path find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  const fs::path found = find_in(name, path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path);
  std::error_code code;
  return !found.empty() && fs::exists(found, code) ? found : fs::path();
}

Result<Process> Process::start(const Command& command) {
  const fs::path program =
      command.program.empty() ? find_in(command.argv.at(0), search_path(command)) : command.program;
  if (program.empty())
    return Error{.message = "the program '" + command.argv[0] + "' is not installed",
                 .remedy = "`bactrian doctor` lists what is missing"};
  auto argv = command.argv;
  auto environment = environment_of(command);
  const auto argv_pointers = pointers(argv);
  const auto environment_pointers = pointers(environment);
  auto in = TRY(open_ends(command.in, STDIN_FILENO));
  auto out = TRY(open_ends(command.out, STDOUT_FILENO));
  auto err = TRY(open_ends(command.err_to_out ? Stream::inherit : command.err, STDERR_FILENO));
  const int streams[3] = {in.child.get(), out.child.get(), err.child.get()};

  // The write end closes on a successful exec; otherwise the child's errno comes through.
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return system_error("cannot make a pipe", errno);
  Fd report_read(report[0]), report_write(report[1]);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return system_error("cannot start '" + command.argv[0] + "'", errno);
  if (pid == 0) {
    const int code =
        become(program.c_str(), argv_pointers.data(), environment_pointers.data(),
               command.folder.empty() ? nullptr : command.folder.c_str(), command, streams, parent);
    [[maybe_unused]] const ssize_t written = write(report[1], &code, sizeof code);
    _exit(127);
  }
  report_write.reset();
  int code = 0;
  ssize_t count;
  while ((count = read(report_read.get(), &code, sizeof code)) < 0 && errno == EINTR) {
  }
  if (count == static_cast<ssize_t>(sizeof code)) {
    waitpid(pid, nullptr, 0);
    return system_error("cannot run '" + program.string() + "'", code);
  }
  Process process;
  process.pid_ = pid;
  process.group_ = command.group;
  process.pidfd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  process.in_ = std::move(in.ours);
  process.out_ = std::move(out.ours);
  process.err_ = std::move(err.ours);
  return process;
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      group_(other.group_),
      pidfd_(std::move(other.pidfd_)),
      in_(std::move(other.in_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      status_(other.status_) {}

Process::~Process() {
  if (pid_ > 0 && !status_) end(milliseconds(500));
}

std::optional<int> Process::wait(Deadline deadline) {
  while (!status_) {
    int raw = 0;
    const pid_t done = waitpid(pid_, &raw, WNOHANG);
    if (done == pid_) {
      status_ = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
      break;
    }
    if (done < 0 && errno != EINTR) {
      status_ = 127;  // somebody else reaped it; cannot happen while we are its only waiter
      break;
    }
    if (deadline && Clock::now() >= *deadline) return {};
    pollfd waits[2] = {{pidfd_.get(), POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    poll(waits, 2, milliseconds_until(deadline));
    if (waits[1].revents != 0 && waits[0].revents == 0) return {};
  }
  return status_;
}

int Process::end(milliseconds grace) {
  const auto send = [this](int number) { group_ == Group::own ? kill(-pid_, number) : kill(pid_, number); };
  if (!status_) {
    send(SIGTERM);
    // Not wait(): that returns at once after Ctrl-C, and the grace is meant for just that case.
    const auto until = Clock::now() + grace;
    while (!status_ && Clock::now() < until) {
      pollfd ended{pidfd_.get(), POLLIN, 0};
      if (poll(&ended, 1, milliseconds_until(until)) > 0) break;
    }
    // The group may hold more than its leader; those left get no more time.
    send(SIGKILL);
    int raw = 0;
    while (waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
    }
    status_ = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
  }
  return *status_;
}

Result<Finished> run(const Command& command, std::optional<milliseconds> timeout, std::string_view input,
                     const OnOutput& on_output) {
  auto process = TRY(Process::start(command));
  const Deadline deadline = timeout ? Deadline(Clock::now() + *timeout) : std::nullopt;
  Finished finished;
  if (process.in().valid()) {
    if (input.empty())
      process.in().reset();
    else
      fcntl(process.in().get(), F_SETFL, O_NONBLOCK);
  }
  const auto drain = [](Fd& fd, std::string& into, const OnOutput& told) {
    char buffer[65536];
    const ssize_t count = read(fd.get(), buffer, sizeof buffer);
    if (count > 0) {
      into.append(buffer, static_cast<size_t>(count));
      if (told) told({buffer, static_cast<size_t>(count)});
    } else if (count == 0 || errno != EINTR)
      fd.reset();
  };
  while (process.out().valid() || process.err().valid() || process.in().valid()) {
    pollfd waits[] = {{process.out().get(), POLLIN, 0},
                      {process.err().get(), POLLIN, 0},
                      {process.in().get(), POLLOUT, 0},
                      {interrupt_fd(), POLLIN, 0}};
    poll(waits, std::size(waits), milliseconds_until(deadline));
    if (interrupted() || (deadline && Clock::now() >= *deadline)) break;
    if (waits[0].revents != 0) drain(process.out(), finished.out, on_output);
    if (waits[1].revents != 0) drain(process.err(), finished.err, {});
    if (waits[2].revents != 0) {
      const ssize_t count = write(process.in().get(), input.data(), input.size());
      if (count > 0) input.remove_prefix(static_cast<size_t>(count));
      const bool failed = count < 0 && errno != EAGAIN && errno != EINTR;  // the child closed its stdin
      if (input.empty() || failed) process.in().reset();
    }
  }
  const auto status = interrupted() ? std::nullopt : process.wait(deadline);
  if (status) {
    finished.status = *status;
    return finished;
  }
  process.end(milliseconds(2000));
  if (interrupted()) return interrupted_error();
  finished.timed_out = true;
  finished.status = static_cast<int>(ExitStatus::time_limit);
  return finished;
}

static std::string last_lines(std::string_view text, size_t count) {
  text = trim(text);
  size_t start = text.size();
  while (count > 0 && start != std::string_view::npos && start > 0) {
    start = text.rfind('\n', start - 1);
    count--;
  }
  return std::string(start == std::string_view::npos ? text : trim(text.substr(start)));
}

Result<Finished> run_checked(const Command& command, std::string_view doing, const OnOutput& on_output) {
  auto finished = TRY(run(command, {}, {}, on_output));
  if (finished.status == 0) return finished;
  const std::string tail = last_lines(finished.err.empty() ? finished.out : finished.err, 20);
  return Error{.message = std::string(doing) + " failed (" + command.argv[0] + " ended with status " +
                          std::to_string(finished.status) + ")" + (tail.empty() ? "" : ":\n" + tail)};
}

}  // namespace bactrian
