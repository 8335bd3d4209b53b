// SPDX-License-Identifier: ISC

#include "console.h"

#include <syscall/signal_table.h>

#include <nucleus/immortal.h>
#include <nucleus/log.h>
#include <nucleus/program_hooks.h>

#include <arch/uart.h>

#include <algorithm>
#include <cstring>

namespace nucleus {
namespace {

constinit Immortal<Console> the_console;

/// Whether the UART tells of input.
void receive_input(bool on) {
  if (LineCarrier* const carrier = host_link().carrier()) return carrier->want_input(on);
  arch::uart_interrupts({.receive = on});
}

}  // namespace

Console& console() {
  return the_console.value;
}

void console_input_arrived() {
  the_console.value.input_arrived();
}

Result<> Console::start() {
  auto line = Owned<LineDiscipline>{};
  auto bytes = Owned<ByteRing<8192>>{};
  if (is_terminal()) {
    line = TRY(make_owned<LineDiscipline>());
  } else {
    bytes = TRY(make_owned<ByteRing<8192>>());
  }
  input_.with([&](Input& input) {
    input.line = std::move(line);
    input.bytes = std::move(bytes);
    input.receiving = true;
  });
  receive_input(true);
  input_arrived();
  return {};
}

// Input.

/// How many bytes from the UART surely find a place.
std::size_t Console::room(const Input& input) const {
  return is_terminal() ? input.line->room() : input.bytes->room();
}

/// Returns the signals that keys asked for, as bits.
unsigned Console::take_in(Input& input, std::span<char> bytes) {
  unsigned signals = 0;
  if (!is_terminal()) {
    const bool was_lost = input.decoder.lost();
    for (const char byte : input.decoder.feed(bytes)) input.bytes->push(byte);
    if (input.decoder.lost() && !was_lost)
      log_warning("host link: malformed input; standard input ends here");
    return signals;
  }
  for (const char byte : bytes) {
    const LineDiscipline::Effect effect = input.line->key(byte);
    host_link().send_echo(effect.echoed());
    if (effect.signal != 0) signals |= 1u << effect.signal;
  }
  return signals;
}

/// Moves bytes from the UART until it is empty or there is no room. Returns the signals that keys asked for.
unsigned Console::pull(Input& input) {
  unsigned signals = 0;
  for (;;) {
    char bytes[64];
    const std::size_t wanted = std::min(room(input), sizeof bytes);
    if (wanted == 0) {
      input.receiving = false;
      receive_input(false);
      return signals;
    }
    if (host_link().carrier() != nullptr) return signals;
    const std::size_t count = arch::uart_read({bytes, wanted});
    if (count == 0) return signals;
    signals |= take_in(input, {bytes, count});
  }
}

void Console::send_signals(unsigned signals) {
  for (int signal = 1; signals >> signal != 0; signal++) {
    if (signals >> signal & 1) send_signal_to_program(signal);
  }
}

void Console::input_arrived() {
  if (LineCarrier* const carrier = host_link().carrier()) return carrier->interrupted();
  take_from_uart();
}

std::size_t Console::room() {
  return input_.with([&](Input& input) { return room(input); });
}

void Console::bring(std::span<char> bytes) {
  const unsigned signals = input_.with([&](Input& input) {
    const unsigned asked = take_in(input, bytes);
    if (room(input) == 0) {
      input.receiving = false;
      receive_input(false);
    }
    return asked;
  });
  watchers_.notify();
  send_signals(signals);
}

Result<> Console::give_line(LineCarrier& carrier) {
  TRY(host_link().give_line(carrier));
  carrier.want_input(input_.with([](Input& input) { return input.receiving; }));
  return {};
}

void Console::take_line_back() {
  host_link().take_line_back();
  arch::uart_interrupts({.receive = input_.with([](Input& input) { return input.receiving; })});
  take_from_uart();
}

void Console::take_from_uart() {
  const unsigned signals = input_.with([&](Input& input) { return input.receiving ? pull(input) : 0u; });
  watchers_.notify();
  send_signals(signals);
}

/// What has come in, at most to.size() bytes; or the end, which a terminal tells only before the first byte.
Console::Taken Console::take(Input& input, std::span<char> to, bool first) {
  Taken taken;
  if (is_terminal()) {
    taken.end = first && input.line->take_end();
    if (!taken.end) taken.count = input.line->take(to);
  } else {
    taken.count = input.bytes->take(to);
    taken.end = taken.count == 0 && input.decoder.ended();
  }
  return taken;
}

Result<std::size_t> Console::read(std::span<std::byte> to) {
  if (to.empty()) return std::size_t{0};
  std::size_t done = 0;
  bool ended = false;
  unsigned signals = 0;
  while (done < to.size()) {
    // By way of the kernel stack: program memory must not fault under a spin lock.
    char bytes[256];
    const std::size_t wanted = std::min(to.size() - done, sizeof bytes);
    const Taken taken = input_.with([&](Input& input) {
      const Taken result = take(input, {bytes, wanted}, done == 0);
      if (!input.receiving && room(input) > 0) {
        input.receiving = true;
        receive_input(true);
        signals |= pull(input);
      }
      return result;
    });
    std::memcpy(to.data() + done, bytes, taken.count);
    done += taken.count;
    ended = taken.end;
    if (ended || taken.count < wanted || is_terminal()) break;
  }
  send_signals(signals);
  if (done == 0 && !ended) return Error::would_block;
  return done;
}

bool Console::readable() {
  return input_.with([&](Input& input) {
    return is_terminal() ? input.line->readable() : !input.bytes->empty() || input.decoder.ended();
  });
}

std::size_t Console::available() {
  return input_.with(
      [&](Input& input) { return is_terminal() ? input.line->available() : input.bytes->size(); });
}

// Output.

void Console::write(Stream stream, std::span<const std::byte> from) {
  const FrameType type = stream == Stream::output ? FrameType::standard_output : FrameType::standard_error;
  auto text = std::span{reinterpret_cast<const char*>(from.data()), from.size()};
  while (!text.empty()) {
    const auto piece = text.first(std::min(text.size(), max_sent_payload));
    if (LineCarrier* const carrier = host_link().carrier()) carrier->make_room();
    host_link().send(type, piece);
    text = text.subspan(piece.size());
  }
}

// The terminal.

TerminalSettings Console::settings() {
  return input_.with([](Input& input) { return input.line->settings(); });
}

void Console::set_settings(const TerminalSettings& settings) {
  input_.with([&](Input& input) { input.line->set_settings(settings); });
  host_link().set_newline_translation(settings.nl_to_crnl);
  watchers_.notify();
}

void Console::flush_input() {
  input_.with([](Input& input) { input.line->flush(); });
}

}  // namespace nucleus
