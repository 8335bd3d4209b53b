// SPDX-License-Identifier: ISC
#pragma once

// HostLink: all that the machine says to the outside, over the UART: framed for `bactrian run`
// (docs/host-link.md), or plain text for a person. Frames of different writers follow each other whole.

#include "frames.h"
#include "line_carrier.h"

#include <nucleus/result.h>
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

  /// From now on `carrier`, which lives for ever, has the line. Errors: busy (another has it).
  Result<> give_line(LineCarrier& carrier);
  /// The nucleus has it again. Also where nobody else had it. Context: any, no lock held.
  void take_line_back();
  LineCarrier* carrier() const { return carrier_; }

  /// A panic begins: see LineCarrier::finish().
  void let_driver_finish() {
    if (carrier_ != nullptr) carrier_->finish();
  }
  /// Panic: from now on this CPU alone sends, without locks. Ends the frame that another one was in.
  void break_in();

 private:
  void send_frame(FrameType type, std::span<const char> payload);
  void send_mark();
  void find_mark_again();
  void put(std::span<const char> bytes);
  void send_hello();
  void send_text(std::span<const char> text);
  template <typename Write>
  void exclusively(Write&& write);

  SpinLock lock_{Rank::host_link_output};
  LinkMode mode_ = LinkMode::plain;
  bool translate_newlines_ = true;
  bool broken_in_ = false;
  volatile bool in_frame_ = false;
  LineCarrier* volatile carrier_ = nullptr;  // set under the lock
  std::string_view arch_name_;
};

/// The machine's one.
HostLink& host_link();

}  // namespace nucleus
