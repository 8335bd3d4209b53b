// SPDX-License-Identifier: ISC
#include "bench/icount.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "support/process.h"
#include "support/signals.h"

namespace bactrian {
namespace {

Error silent(std::string_view what) {
  return Error{.message = "QEMU's " + std::string(what) + " does not answer",
               .remedy = "use a QEMU that counts instructions (7.2 or newer)"};
}

/// A conversation over a Unix socket that QEMU listens on.
class Socket {
 public:
  static Result<Socket> connect(const fs::path& path, const Process& qemu, Clock::time_point deadline,
                                std::string_view what) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.string().size() >= sizeof address.sun_path)
      return Error{.message = "the path of a socket is too long"};
    std::strcpy(address.sun_path, path.c_str());
    while (Clock::now() < deadline && !interrupted()) {
      Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        return Socket(std::move(fd), deadline, what);
      }
      pollfd end = {qemu.end_fd(), POLLIN, 0};
      if (poll(&end, 1, 20) > 0) break;  // otherwise QEMU has not made it yet
    }
    return silent(what);
  }

  Result<void> send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return silent(what_);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return {};
  }

  Result<char> receive() {
    while (at_ == buffer_.size()) {
      pollfd waits[] = {{fd_.get(), POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      if (left <= 0 || poll(waits, 2, static_cast<int>(left)) == 0) return silent(what_);
      if (interrupted()) return interrupted_error();
      char bytes[4096];
      ssize_t count = read(fd_.get(), bytes, sizeof bytes);
      if (count <= 0) return silent(what_);
      buffer_.assign(bytes, static_cast<size_t>(count));
      at_ = 0;
    }
    return buffer_[at_++];
  }

 private:
  Socket(Fd fd, Clock::time_point deadline, std::string_view what)
      : fd_(std::move(fd)), deadline_(deadline), what_(what) {}

  Fd fd_;
  Clock::time_point deadline_;
  std::string what_;
  std::string buffer_;
  size_t at_ = 0;
};

/// The gdb remote protocol, as much as a breakpoint takes. Spec: [gdb/remote "Packets"].
class Debugger {
 public:
  explicit Debugger(Socket socket) : socket_(std::move(socket)) {}

  /// Runs until the instruction at `address` is next.
  Result<void> run_to(uint64_t address) {
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

 private:
  Result<std::string> exchange(const std::string& packet) {
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

  Socket socket_;
};

/// QEMU's machine protocol: one JSON object a line each way.
class Monitor {
 public:
  static Result<Monitor> open(Socket socket) {
    Monitor monitor(std::move(socket));
    TRY(monitor.execute("qmp_capabilities"));
    return monitor;
  }

  Result<uint64_t> instructions() {
    nlohmann::json reply = TRY(execute("query-replay"));
    if (!reply.is_object() || !reply.value("icount", nlohmann::json()).is_number_unsigned())
      return silent("counter");
    return reply["icount"].get<uint64_t>();
  }

 private:
  explicit Monitor(Socket socket) : socket_(std::move(socket)) {}

  Result<nlohmann::json> execute(const std::string& command) {
    TRY(socket_.send("{\"execute\":\"" + command + "\"}\n"));
    while (true) {
      std::string line;
      for (char c = TRY(socket_.receive()); c != '\n'; c = TRY(socket_.receive())) line += c;
      nlohmann::json reply = nlohmann::json::parse(line, nullptr, false);
      if (reply.is_object() && reply.contains("return")) return reply["return"];
      if (!reply.is_object() || reply.contains("error")) return silent("monitor");
      // Otherwise the greeting or an event.
    }
  }

  Socket socket_;
};

/// Where the machine starts in the image: a physical address.
uint64_t first_instruction(const ElfFile& elf) {
  if (elf.arch() == Arch::x86_64 && elf.pvh_entry()) return *elf.pvh_entry();
  uint64_t lowest = UINT64_MAX;
  for (const ElfSegment& segment : elf.segments()) lowest = std::min(lowest, segment.physical_address);
  return lowest;
}

/// The same address of the image in physical memory.
uint64_t physical(const ElfFile& elf, uint64_t address) {
  for (const ElfSegment& segment : elf.segments()) {
    if (address >= segment.virtual_address && address - segment.virtual_address < segment.memory_size)
      return segment.physical_address + (address - segment.virtual_address);
  }
  return address;
}

/// The first function whose name holds `part`.
Result<uint64_t> function_named(const ElfFile& elf, std::string_view part) {
  for (const ElfSymbol& symbol : elf.functions()) {
    if (symbol.name.find(part) != std::string::npos) return symbol.address;
  }
  return Error{.message = "the image has no function '" + std::string(part) + "'"};
}

/// Where QEMU's further CPUs begin to run code of the image, with paging off.
Result<uint64_t> first_of_secondary(const ElfFile& elf) {
  // In real mode, in the page that docs/boot.md names.
  if (elf.arch() == Arch::x86_64) return 0x8000;
  return physical(elf, TRY(function_named(elf, "arch_secondary_entry")));
}

Result<uint64_t> count_between(const BareProgram& program, unsigned cpus, uint64_t from, uint64_t to,
                               std::chrono::seconds timeout) {
  TempFolder scratch = TRY(TempFolder::create("bactrian-icount"));
  fs::path gdb = scratch.path() / "gdb", qmp = scratch.path() / "qmp";
  Machine machine = program.machine(cpus, 256ULL << 20);
  machine.gdb_socket = gdb;
  for (const std::string& word : {std::string("-icount"), std::string("shift=0"), std::string("-qmp"),
                                  "unix:" + qmp.string() + ",server=on,wait=off"}) {
    machine.extra.push_back(word);
  }
  Process process = TRY(Process::start(
      {.argv = qemu_command(machine), .in = Stream::null, .out = Stream::null, .err = Stream::null}));
  auto deadline = Clock::now() + timeout;
  Debugger debugger(TRY(Socket::connect(gdb, process, deadline, "gdb server")));
  Monitor monitor = TRY(Monitor::open(TRY(Socket::connect(qmp, process, deadline, "monitor"))));
  TRY(debugger.run_to(from));
  uint64_t before = TRY(monitor.instructions());
  TRY(debugger.run_to(to));
  uint64_t after = TRY(monitor.instructions());
  return after - before;
}

}  // namespace

Result<uint64_t> instructions_to_main(const BareProgram& program, const ElfFile& elf,
                                      std::chrono::seconds timeout) {
  std::vector<ElfSymbol> functions = elf.functions();
  auto main =
      std::find_if(functions.begin(), functions.end(), [](const ElfSymbol& s) { return s.name == "main"; });
  if (main == functions.end()) return Error{.message = "the image has no symbol `main`"};
  return count_between(program, 1, first_instruction(elf), main->address, timeout);
}

Result<uint64_t> instructions_of_further_cpu(const BareProgram& program, const ElfFile& elf,
                                             std::chrono::seconds timeout) {
  return count_between(program, 2, TRY(first_of_secondary(elf)), TRY(function_named(elf, "run_secondary")),
                       timeout);
}

}  // namespace bactrian
