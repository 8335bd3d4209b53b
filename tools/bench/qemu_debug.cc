// SPDX-License-Identifier: ISC
#include "bench/qemu_debug.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "support/signals.h"

namespace bactrian {
namespace {

Error silence_of(std::string_view what) {
  return Error{.message = "QEMU's " + std::string(what) + " does not answer",
               .remedy = "use a QEMU that counts instructions (7.2 or newer)"};
}

Result<nlohmann::json> execute(QemuSocket& socket, const std::string& command) {
  TRY(socket.send("{\"execute\":\"" + command + "\"}\n"));
  while (true) {
    std::string line;
    for (char c = TRY(socket.receive()); c != '\n'; c = TRY(socket.receive())) line += c;
    nlohmann::json reply = nlohmann::json::parse(line, nullptr, false);
    if (reply.is_object() && reply.contains("return")) return reply["return"];
    if (!reply.is_object() || reply.contains("error")) return socket.silent();
    // Otherwise the greeting or an event.
  }
}

}  // namespace

Result<QemuSocket> QemuSocket::connect(const fs::path& path, const Process& qemu, Clock::time_point deadline,
                                       std::string_view what) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path)
    return Error{.message = "the path of a socket is too long"};
  std::strcpy(address.sun_path, path.c_str());
  while (Clock::now() < deadline && !interrupted()) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      return QemuSocket(std::move(fd), deadline, what);
    }
    pollfd end = {qemu.end_fd(), POLLIN, 0};
    if (poll(&end, 1, 20) > 0) break;  // otherwise QEMU has not made it yet
  }
  return silence_of(what);
}

Error QemuSocket::silent() const {
  return silence_of(what_);
}

Result<void> QemuSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return silent();
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<char> QemuSocket::receive() {
  while (at_ == buffer_.size()) {
    pollfd waits[] = {{fd_.get(), POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0 || poll(waits, 2, static_cast<int>(left)) == 0) return silent();
    if (interrupted()) return interrupted_error();
    char bytes[4096];
    ssize_t count = read(fd_.get(), bytes, sizeof bytes);
    if (count <= 0) return silent();
    buffer_.assign(bytes, static_cast<size_t>(count));
    at_ = 0;
  }
  return buffer_[at_++];
}

Result<void> QemuDebugger::run_to(uint64_t address) {
  char point[40];
  std::snprintf(point, sizeof point, "1,%llx,1", static_cast<unsigned long long>(address));
  TRY(exchange(std::string("Z") + point));
  std::string stop = TRY(exchange("c"));
  if (!stop.starts_with('T') && !stop.starts_with('S')) {
    return Error{.message = "the image ended before it came to its breakpoint"};
  }
  TRY(exchange(std::string("z") + point));
  return {};
}

Result<std::string> QemuDebugger::exchange(const std::string& packet) {
  unsigned sum = 0;
  for (unsigned char c : packet) sum += c;
  char end[4];
  std::snprintf(end, sizeof end, "#%02x", sum & 0xff);
  TRY(socket_.send("$" + packet + end));
  while (TRY(socket_.receive()) != '$') {
  }
  std::string reply;
  for (char c = TRY(socket_.receive()); c != '#'; c = TRY(socket_.receive())) reply += c;
  for (int i = 0; i < 2; ++i) TRY(socket_.receive());
  TRY(socket_.send("+"));
  return reply;
}

Result<QemuMonitor> QemuMonitor::open(QemuSocket socket) {
  QemuMonitor monitor(std::move(socket));
  TRY(execute(monitor.socket_, "qmp_capabilities"));
  return monitor;
}

Result<uint64_t> QemuMonitor::instructions() {
  nlohmann::json reply = TRY(execute(socket_, "query-replay"));
  if (!reply.is_object() || !reply.value("icount", nlohmann::json()).is_number_unsigned())
    return socket_.silent();
  return reply["icount"].get<uint64_t>();
}

}  // namespace bactrian
