// SPDX-License-Identifier: ISC
#include "run/session.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "run/link.h"
#include "run/report.h"
#include "run/streams.h"
#include "support/process.h"
#include "support/signals.h"
#include "support/text.h"

namespace bactrian {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto power_off_grace = seconds(3);         ///< from the exit frame to the emulator's end
constexpr auto emulator_grace = milliseconds(1000);  ///< from SIGTERM to SIGKILL
constexpr char escape_key = 0x1d;                    ///< Ctrl-]
constexpr size_t most_outbox = 64 * 1024;            ///< input read ahead of the guest

constexpr int signal_status = 128;  ///< added to the signal that ended a process
constexpr int status_of_sigpipe = signal_status + 13;

class Session {
 public:
  Session(const SessionSpec& spec, Process process)
      : spec_(spec),
        process_(std::move(process)),
        deadline_(spec.timeout ? Deadline(Clock::now() + *spec.timeout) : std::nullopt),
        noise_("firmware | ", spec.verbose),
        log_("nucleus  | ", spec.verbose),
        emulator_text_("qemu     | ", spec.verbose),
        decoder_({.noise = [this](std::string_view bytes) { noise_.add(bytes); },
                  .text = [this](FrameType type, std::string_view bytes) { on_text(type, bytes); },
                  .hello = [this](const GuestHello& hello) { on_hello(hello); },
                  .exit = [this](const GuestExit& exit) { on_exit(exit); }}) {
    fcntl(process_.in().get(), F_SETFL, O_NONBLOCK);
    // Input sent before the guest's hello could be lost in the UART's reset.
    input_wanted_ = !spec.link;
  }

  Result<SessionEnd> run() {
    while (!failure_ && process_.out().valid()) {
      step();
      if (interrupted())
        failure_ = interrupted_error();
      else if (exit_ && Clock::now() >= *power_off_by_)
        break;
      else if (!exit_ && deadline_ && Clock::now() >= *deadline_)
        failure_ = late();
    }
    decoder_.finish();
    noise_.flush();
    log_.flush();
    return conclude();
  }

 private:
  // --- one turn -------------------------------------------------------------------------------------

  void step() {
    const bool read_input = input_wanted_ && outbox_.size() < most_outbox;
    pollfd waits[] = {{process_.out().get(), POLLIN, 0},
                      {process_.err().get(), POLLIN, 0},
                      {read_input ? spec_.in : -1, POLLIN, 0},
                      {outbox_.empty() ? -1 : process_.in().get(), POLLOUT, 0},
                      {interrupt_fd(), POLLIN, 0}};
    poll(waits, std::size(waits), milliseconds_until(exit_ ? power_off_by_ : deadline_));
    if (waits[0].revents != 0) read_line();
    if (waits[1].revents != 0) read_emulator_text();
    if (waits[2].revents != 0) read_input_bytes();
    if (waits[3].revents != 0) send_outbox();
  }

  /// Bytes that are there, or "" at the end (the descriptor is then closed).
  static std::string take(Fd& fd) {
    char buffer[65536];
    const ssize_t count = read(fd.get(), buffer, sizeof buffer);
    if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) fd.reset();
    return count > 0 ? std::string(buffer, static_cast<size_t>(count)) : std::string();
  }

  void read_line() {
    const std::string bytes = take(process_.out());
    if (spec_.link)
      decoder_.feed(bytes);
    else
      write_out(spec_.out, bytes);
  }

  void read_emulator_text() { emulator_text_.add(take(process_.err())); }

  void read_input_bytes() {
    char buffer[link_max_stdin];
    const ssize_t count = read(spec_.in, buffer, sizeof buffer);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count > 0) {
      const std::string_view bytes(buffer, static_cast<size_t>(count));
      if (spec_.keys && bytes.find(escape_key) != std::string_view::npos) {
        failure_ = interrupted_error();
        return;
      }
      outbox_ += spec_.link ? encode_stdin(bytes) : std::string(bytes);
      return;
    }
    // The end, or no standard input at all (closed): the same to the program.
    input_wanted_ = false;
    if (spec_.link) outbox_ += encode_frame(FrameType::in_end, "");
  }

  void send_outbox() {
    const ssize_t count = write(process_.in().get(), outbox_.data(), outbox_.size());
    if (count > 0)
      outbox_.erase(0, static_cast<size_t>(count));
    else if (errno != EINTR && errno != EAGAIN)
      outbox_.clear();  // the emulator is ending
  }

  void write_out(int fd, std::string_view bytes) {
    if (failure_) return;
    switch (write_all(fd, bytes, deadline_)) {
      case WriteEnd::done:
        break;
      case WriteEnd::closed:
        // As a program whose reader went away: quietly.
        failure_ = Error{.message = "", .status = status_of_sigpipe};
        break;
      case WriteEnd::failed:
        failure_ = system_error("cannot write the program's output", errno);
        break;
      case WriteEnd::interrupted:
        failure_ = interrupted_error();
        break;
      case WriteEnd::late:
        failure_ = late();
        break;
    }
  }

  // --- what the guest says --------------------------------------------------------------------------

  void on_text(FrameType type, std::string_view bytes) {
    switch (type) {
      case FrameType::out:
        write_out(spec_.out, bytes);
        break;
      case FrameType::err:
      case FrameType::alert:
        write_out(spec_.err, bytes);
        alerted_ = alerted_ || type == FrameType::alert;
        break;
      case FrameType::log:
        log_.add(bytes);
        break;
      case FrameType::report:
        report_ = bytes;
        break;
      case FrameType::trace:
        if (spec_.trace >= 0) write_out(spec_.trace, bytes);
        break;
      default:
        break;
    }
  }

  void on_hello(const GuestHello& hello) {
    if (hello.version != link_version) {
      failure_ = Error{.message = "the image speaks version " + std::to_string(hello.version) +
                                  " of the host link, this bactrian version " + std::to_string(link_version),
                       .remedy = "build the image again"};
    }
    input_wanted_ = true;
  }

  void on_exit(const GuestExit& exit) {
    exit_ = exit;
    power_off_by_ = Clock::now() + power_off_grace;
    input_wanted_ = false;
    outbox_.clear();
  }

  // --- the end --------------------------------------------------------------------------------------

  Error late() const {
    return Error{.message = "the time limit of " + format_duration(*spec_.timeout) + " has passed",
                 .status = static_cast<int>(ExitStatus::time_limit)};
  }

  Result<SessionEnd> conclude() {
    // Its stdout is closed: it is ending by itself, or it is to be ended.
    const bool leave = !failure_ && (!exit_ || Clock::now() < *power_off_by_);
    const auto ended = leave ? process_.wait(Clock::now() + power_off_grace) : std::nullopt;
    const int emulator_status = ended ? *ended : process_.end(emulator_grace);
    const int killed_by = ended && *ended > signal_status ? *ended - signal_status : 0;
    while (process_.err().valid()) read_emulator_text();
    emulator_text_.flush();

    if (failure_) {
      if (failure_->status == static_cast<int>(ExitStatus::time_limit)) log_.reveal();
      return *failure_;
    }
    if (exit_) {
      if (exit_->reason == ExitReason::panic && !alerted_) log_.reveal();
      if (spec_.verbose && !report_.empty()) print_report(report_);
      return SessionEnd{.status = exit_->host_status(), .had_exit = true, .emulator_status = emulator_status};
    }
    if (killed_by != 0) {
      emulator_text_.reveal();
      return Error{.message = shell_word(spec_.command[0]) + " was ended by signal " +
                              std::to_string(killed_by) + " (" + strsignal(killed_by) +
                              "), which is no doing of the program's",
                   .remedy = "run it again; if it happens again, try another version of QEMU"};
    }
    // A panic before there is a link ends the emulator with a status, too, but says something first.
    if (emulator_status != 0 && !decoder_.synced() && spec_.link && !noise_.had_text()) {
      emulator_text_.reveal();
      return Error{
          .message = shell_word(spec_.command[0]) + " failed with status " + std::to_string(emulator_status),
          .remedy = "see its message above; `bactrian doctor` checks the installation"};
    }
    if (!spec_.link) {
      if (emulator_status != 0) emulator_text_.reveal();
      return SessionEnd{.status = emulator_status, .emulator_status = emulator_status};
    }
    noise_.reveal();
    log_.reveal();
    return Error{.message = decoder_.synced()
                                ? "the machine stopped without an exit status (a reset or a triple fault)"
                                : "the machine stopped before the program started",
                 .remedy = "run it with --verbose, or with --gdb to see where",
                 .status = static_cast<int>(ExitStatus::panic)};
  }

  const SessionSpec& spec_;
  Process process_;
  Deadline deadline_;
  LineView noise_, log_, emulator_text_;
  LinkDecoder decoder_;
  std::string outbox_;  ///< bytes on their way to the guest
  bool input_wanted_ = false;
  bool alerted_ = false;
  std::string report_;
  std::optional<GuestExit> exit_;
  Deadline power_off_by_;
  std::optional<Error> failure_;
};

}  // namespace

Result<SessionEnd> run_session(const SessionSpec& spec) {
  auto process = TRY(Process::start(
      Command{.argv = spec.command, .in = Stream::pipe, .out = Stream::pipe, .err = Stream::pipe}));
  return Session(spec, std::move(process)).run();
}

}  // namespace bactrian
