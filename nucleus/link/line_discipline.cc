// SPDX-License-Identifier: ISC

#include "line_discipline.h"

namespace nucleus {
namespace {

constexpr char end_of_file = 4;
constexpr char bell = 7;
constexpr char backspace = 8;
constexpr char kill_line = 21;
constexpr char interrupt = 3;
constexpr char quit = 28;
constexpr char rub_out = 127;
constexpr int signal_interrupt = 2;
constexpr int signal_quit = 3;

bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < 32;
}

void append(LineDiscipline::Effect& effect, char byte) {
  if (effect.echo_size < sizeof effect.echo) effect.echo[effect.echo_size++] = byte;
}

}  // namespace

void LineDiscipline::show(Effect& effect, char byte) const {
  if (!settings_.echo) return;
  if (byte == '\n') {
    append(effect, '\r');
    append(effect, '\n');
  } else if (is_control(byte) && byte != '\t') {
    append(effect, '^');
    append(effect, static_cast<char>(byte + 64));
  } else {
    append(effect, byte);
  }
}

/// Removes the last character of the line, which in UTF-8 may be several bytes.
void LineDiscipline::erase(Effect& effect) {
  char removed = 0;
  do {
    removed = line_.unpush();
  } while ((static_cast<unsigned char>(removed) & 0xc0) == 0x80 && !line_.empty());
  if (!settings_.echo) return;
  for (int column = 0; column < (is_control(removed) && removed != '\t' ? 2 : 1); column++) {
    append(effect, backspace);
    append(effect, ' ');
    append(effect, backspace);
  }
}

void LineDiscipline::finish_line() {
  while (!line_.empty()) ready_.push(line_.pop());
}

LineDiscipline::Effect LineDiscipline::key(char byte) {
  if (byte == '\r' && settings_.cr_to_nl) byte = '\n';
  if (settings_.signals && (byte == interrupt || byte == quit)) {
    Effect effect;
    flush();
    show(effect, byte);
    show(effect, '\n');
    effect.signal = byte == interrupt ? signal_interrupt : signal_quit;
    return effect;
  }
  if (settings_.canonical) return edit(byte);
  Effect effect;
  if (ready_.push(byte)) show(effect, byte);
  return effect;
}

LineDiscipline::Effect LineDiscipline::edit(char byte) {
  Effect effect;
  switch (byte) {
    case backspace:
    case rub_out:
      if (!line_.empty()) erase(effect);
      return effect;
    case kill_line:
      while (!line_.empty()) line_.unpush();
      show(effect, byte);
      show(effect, '\n');
      return effect;
    case end_of_file:
      if (line_.empty()) {
        ends_++;
      } else {
        finish_line();
      }
      return effect;
    default:
      break;
  }
  // One place is kept for the newline.
  const bool fits = ready_.room() > line_.size() && (byte == '\n' ? line_.room() > 0 : line_.room() > 1);
  if (!fits) {
    append(effect, bell);
    return effect;
  }
  line_.push(byte);
  show(effect, byte);
  if (byte == '\n') finish_line();
  return effect;
}

std::size_t LineDiscipline::take(std::span<char> to) {
  if (!settings_.canonical) return ready_.take(to);
  std::size_t count = 0;
  while (count < to.size() && !ready_.empty()) {
    to[count++] = ready_.pop();
    if (to[count - 1] == '\n') break;
  }
  return count;
}

bool LineDiscipline::take_end() {
  if (!ready_.empty() || ends_ == 0) return false;
  ends_--;
  return true;
}

void LineDiscipline::set_settings(const TerminalSettings& settings) {
  if (settings_.canonical && !settings.canonical) finish_line();
  settings_ = settings;
}

void LineDiscipline::flush() {
  while (!line_.empty()) line_.unpush();
  while (!ready_.empty()) ready_.pop();
  ends_ = 0;
}

}  // namespace nucleus
