// SPDX-License-Identifier: ISC
#pragma once

// QEMU under a debugger: stopped where we want, and asked how many instructions it has run.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/files.h"
#include "support/process.h"
#include "support/result.h"

namespace bactrian {

/// A conversation over a Unix socket that QEMU listens on.
class QemuSocket {
 public:
  /// Waits until QEMU has made it. `what` names it in errors.
  static Result<QemuSocket> connect(const fs::path& path, const Process& qemu, Clock::time_point deadline,
                                    std::string_view what);
  Result<void> send(std::string_view bytes);
  Result<char> receive();

  Error silent() const;

 private:
  QemuSocket(Fd fd, Clock::time_point deadline, std::string_view what)
      : fd_(std::move(fd)), deadline_(deadline), what_(what) {}

  Fd fd_;
  Clock::time_point deadline_;
  std::string what_;
  std::string buffer_;
  size_t at_ = 0;
};

/// The gdb remote protocol, as much as a breakpoint takes. Spec: [gdb/remote "Packets"].
class QemuDebugger {
 public:
  explicit QemuDebugger(QemuSocket socket) : socket_(std::move(socket)) {}
  /// Runs until the instruction at `address` is next.
  Result<void> run_to(uint64_t address);

 private:
  Result<std::string> exchange(const std::string& packet);
  QemuSocket socket_;
};

/// QEMU's machine protocol: one JSON object a line each way.
class QemuMonitor {
 public:
  static Result<QemuMonitor> open(QemuSocket socket);
  Result<uint64_t> instructions();

 private:
  explicit QemuMonitor(QemuSocket socket) : socket_(std::move(socket)) {}
  QemuSocket socket_;
};

}  // namespace bactrian
