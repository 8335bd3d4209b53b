// SPDX-License-Identifier: ISC
#pragma once

// HostLink: all that the machine says to the outside, over the UART: framed for `bactrian run`
// (docs/host-link.md), or plain text for a person. Frames of different writers follow each other whole.

#include "frames.h"

#include <nucleus/spin_lock.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {

enum class LinkMode : std::uint8_t { plain, framed };

class HostLink {
 public:
  constexpr HostLink() = default;

  /// Chooses the mode; framed: sends the mark and `hello`. Once, before other CPUs and the program run.
  void start(LinkMode mode, std::string_view arch_name);
  LinkMode mode() const { return mode_; }

  /// Sends `payload` in as many frames as it takes; plain: as text, log, report and exit left out. `payload`
  /// is resident memory. Context: any; takes Rank::host_link_output for a frame at a time.
  void send(FrameType type, std::span<const char> payload);
  void send(FrameType type, std::string_view payload) {
    send(type, std::span{payload.data(), payload.size()});
  }
  /// Plain mode: what a terminal shows of a person's keys, as it is.
  void send_echo(std::span<const char> text);
  void send_exit(std::int32_t status, ExitReason reason);

  /// Plain mode: whether a newline becomes carriage return and newline.
  void set_newline_translation(bool on) { translate_newlines_ = on; }

  /// Panic: from now on this CPU alone sends, without locks. Ends the frame that another one was in.
  void break_in();

 private:
  void send_frame(FrameType type, std::span<const char> payload);
  void send_mark();
  void send_hello();
  void send_text(std::span<const char> text);
  template <typename Write>
  void exclusively(Write&& write);

  SpinLock lock_{Rank::host_link_output};
  LinkMode mode_ = LinkMode::plain;
  bool translate_newlines_ = true;
  bool broken_in_ = false;
  volatile bool in_frame_ = false;
  std::string_view arch_name_;
};

/// The machine's one.
HostLink& host_link();

}  // namespace nucleus
