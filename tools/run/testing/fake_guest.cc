// SPDX-License-Identifier: ISC
//
// Plays an emulator with a guest in it, for the tests of the session: it does what its arguments say, in
// order, on the serial line that is its standard input and output.
//
//   mark | hello [VERSION] | noise TEXT | out TEXT | err TEXT | log TEXT | alert TEXT | report JSON
//   flood BYTES    stdout frames with a pattern       echo       stdin back as stdout, until its end
//   raw-echo       the same without frames            exit STATUS REASON
//   say TEXT       the emulator's own stderr          half       the first half of a frame
//   hang           wait for ever                      hang-hard  the same, deaf to SIGTERM
//   die STATUS     end now with that status           kill SIGNAL   end by that signal
// FAKE_GUEST in the environment, one word each, stands in for the arguments.

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "run/link.h"
#include "support/text.h"

namespace {

using bactrian::FrameType;

void put(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count <= 0) _exit(3);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

/// Exactly `size` bytes of the line; ends the process when there are none.
std::string get(size_t size) {
  std::string bytes(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t count = read(STDIN_FILENO, bytes.data() + done, size - done);
    if (count <= 0) _exit(4);
    done += static_cast<size_t>(count);
  }
  return bytes;
}

void echo_frames() {
  for (;;) {
    const std::string header = get(3);
    const size_t size = static_cast<uint8_t>(header[1]) | static_cast<uint8_t>(header[2]) << 8;
    const std::string payload = get(size);
    if (static_cast<uint8_t>(header[0]) == static_cast<uint8_t>(FrameType::in_end)) return;
    put(encode_frame(FrameType::out, payload));
  }
}

void raw_echo() {
  char buffer[4096];
  ssize_t count;
  while ((count = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) put({buffer, static_cast<size_t>(count)});
}

void flood(size_t bytes) {
  for (size_t sent = 0; sent < bytes;) {
    std::string part;
    while (part.size() < 4000 && sent + part.size() < bytes)
      part += static_cast<char>((sent + part.size()) % 251);
    put(encode_frame(FrameType::out, part));
    sent += part.size();
  }
}

void wait_for_ever() {
  for (;;) pause();
}

class Script {
 public:
  explicit Script(std::vector<std::string> words) : words_(std::move(words)) {}

  void play() {
    while (at_ < words_.size()) step(words_[at_++]);
  }

 private:
  std::string next() { return at_ < words_.size() ? words_[at_++] : ""; }
  int number() { return std::atoi(next().c_str()); }

  void step(const std::string& word) {
    if (word == "mark")
      put(bactrian::link_mark);
    else if (word == "hello")
      put(encode_frame(FrameType::hello, std::string("\1\0x86_64", 8)));
    else if (word == "hello-99")
      put(encode_frame(FrameType::hello, std::string("\x63\0x86_64", 8)));
    else if (word == "noise")
      put(next());
    else if (word == "out")
      put(encode_frame(FrameType::out, next()));
    else if (word == "err")
      put(encode_frame(FrameType::err, next()));
    else if (word == "log")
      put(encode_frame(FrameType::log, next()));
    else if (word == "alert")
      put(encode_frame(FrameType::alert, next()));
    else if (word == "report")
      put(encode_frame(FrameType::report, next()));
    else if (word == "half")
      put(encode_frame(FrameType::out, "whole").substr(0, 5));
    else if (word == "flood")
      flood(static_cast<size_t>(number()));
    else if (word == "echo")
      echo_frames();
    else if (word == "raw-echo")
      raw_echo();
    else if (word == "exit")
      exit_frame();
    else if (word == "say")
      std::fprintf(stderr, "%s\n", next().c_str());
    else if (word == "hang")
      wait_for_ever();
    else if (word == "hang-hard")
      signal(SIGTERM, SIG_IGN), wait_for_ever();
    else if (word == "kill")
      raise(number());
    else if (word == "die")
      _exit(number());
    else
      _exit(99);
  }

  void exit_frame() {
    const auto status = static_cast<uint32_t>(number());
    std::string payload;
    for (int i = 0; i < 4; i++) payload += static_cast<char>(status >> (8 * i));
    put(encode_frame(FrameType::exit, payload + static_cast<char>(number())));
  }

  std::vector<std::string> words_;
  size_t at_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (const char* script = std::getenv("FAKE_GUEST")) words = bactrian::split(script, ' ');
  Script(std::move(words)).play();
}
