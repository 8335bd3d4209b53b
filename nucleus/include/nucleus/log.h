// SPDX-License-Identifier: ISC
#pragma once

// The nucleus' log: single lines, formatted without floating point, kept in a small ring for panic and given
// to a sink. Until a sink is set lines go to the polled UART if they are warnings or worse, or verbose was
// asked for.
//
//   log_info("memory: {} KiB usable, image at {:x}", kib, address);
//
// {} takes integers, pointers, bool, char, C strings, string views, PhysAddr, VirtAddr; {:x} prints
// hexadecimal with 0x.

#include <nucleus/address.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One argument of a format, without its type's template.
struct FormatArgument {
  enum class Kind : std::uint8_t { unsigned_number, signed_number, text, character, boolean, address } kind;
  union {
    std::uint64_t number;
    std::int64_t signed_number;
    struct {
      const char* data;
      std::size_t size;
    } text;
  };

  template <std::unsigned_integral T>
  constexpr FormatArgument(T value)
      : kind{Kind::unsigned_number}, number{value} {}  // NOLINT: implicit on purpose
  template <std::signed_integral T>
  constexpr FormatArgument(T value) : kind{Kind::signed_number}, signed_number{value} {}  // NOLINT
  constexpr FormatArgument(bool value) : kind{Kind::boolean}, number{value} {}            // NOLINT
  constexpr FormatArgument(char value)                                                    // NOLINT
      : kind{Kind::character}, number{static_cast<unsigned char>(value)} {}
  constexpr FormatArgument(std::string_view value)  // NOLINT
      : kind{Kind::text}, text{value.data(), value.size()} {}
  constexpr FormatArgument(const char* value) : FormatArgument{std::string_view{value}} {}  // NOLINT
  constexpr FormatArgument(PhysAddr value) : kind{Kind::address}, number{value.value} {}    // NOLINT
  constexpr FormatArgument(VirtAddr value) : kind{Kind::address}, number{value.value} {}    // NOLINT
  FormatArgument(const void* value) : FormatArgument{VirtAddr::of(value)} {}                // NOLINT
};

/// Formats into `buffer`, cutting what does not fit; no terminating zero. Returns the part written.
std::string_view format_arguments(std::span<char> buffer, std::string_view format,
                                  std::span<const FormatArgument> arguments);
template <typename... Arguments>
std::string_view format(std::span<char> buffer, std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{0u}, FormatArgument{arguments}...};
  return format_arguments(buffer, text, std::span{list}.subspan(1));
}

/// Context: any; takes Rank::log.
void log_line(LogLevel level, std::string_view format, std::span<const FormatArgument> arguments);

template <typename... Arguments>
void log(LogLevel level, std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{0u}, FormatArgument{arguments}...};
  log_line(level, text, std::span{list}.subspan(1));
}
template <typename... Arguments>
void log_debug(std::string_view text, const Arguments&... arguments) {
  log(LogLevel::debug, text, arguments...);
}
template <typename... Arguments>
void log_info(std::string_view text, const Arguments&... arguments) {
  log(LogLevel::info, text, arguments...);
}
template <typename... Arguments>
void log_warning(std::string_view text, const Arguments&... arguments) {
  log(LogLevel::warning, text, arguments...);
}
template <typename... Arguments>
void log_error(std::string_view text, const Arguments&... arguments) {
  log(LogLevel::error, text, arguments...);
}

/// Where lines go from now on: called with one line without its newline, under Rank::log; must not log. Null:
/// the UART.
using LogSink = void (*)(LogLevel level, std::string_view line);
void set_log_sink(LogSink sink);
/// Lines below `level` are kept in the ring only. At first: warning.
void set_log_level(LogLevel level);

/// Calls visit(char) on the ring's text, oldest first, without a lock: for panic.
void visit_log_ring(void (*visit)(std::string_view text));

}  // namespace nucleus
