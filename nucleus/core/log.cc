// SPDX-License-Identifier: ISC

#include <nucleus/locked.h>
#include <nucleus/log.h>

#include <arch/uart.h>

#include <array>
#include <cstring>

namespace nucleus {

namespace {

constexpr std::size_t line_size = 256;

struct Log {
  std::array<char, 4096> ring{};
  std::size_t written = 0;  // ever; the ring holds the last ring.size() of them
  LogSink sink = nullptr;
  LogLevel level = LogLevel::warning;

  void keep(std::string_view text) {
    for (char c : text) ring[written++ % ring.size()] = c;
  }
};

constinit Locked<Log, Rank::log> the_log;

std::string_view prefix_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug: ";
    case LogLevel::info:
      return "";
    case LogLevel::warning:
      return "warning: ";
    case LogLevel::error:
      return "error: ";
  }
  return "";
}

}  // namespace

void log_line(LogLevel level, std::string_view format, std::span<const FormatArgument> arguments) {
  std::array<char, line_size> line;
  const std::string_view prefix = prefix_of(level);
  std::memcpy(line.data(), prefix.data(), prefix.size());
  const std::string_view body = format_arguments(std::span{line}.subspan(prefix.size()), format, arguments);
  const std::string_view whole{line.data(), prefix.size() + body.size()};
  the_log.with([&](Log& log) {
    log.keep(whole);
    log.keep("\n");
    if (level < log.level) return;
    if (log.sink) return log.sink(level, whole);
    arch::uart_write(whole);
    arch::uart_write(std::string_view{"\n"});
  });
}

void set_log_sink(LogSink sink) {
  the_log.with([&](Log& log) { log.sink = sink; });
}

void set_log_level(LogLevel level) {
  the_log.with([&](Log& log) { log.level = level; });
}

void visit_log_ring(void (*visit)(std::string_view text)) {
  const Log& log = the_log.without_lock();
  const std::size_t size = log.ring.size();
  if (log.written > size) {
    const std::size_t oldest = log.written % size;
    visit({log.ring.data() + oldest, size - oldest});
    visit({log.ring.data(), oldest});
  } else {
    visit({log.ring.data(), log.written});
  }
}

}  // namespace nucleus
