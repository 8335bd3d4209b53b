// SPDX-License-Identifier: ISC
#pragma once

// Who carries the bytes of the console's line in place of the nucleus: a driver in the program. What is sent
// and received stays the nucleus' affair (HostLink, Console); the carrier moves bytes to and from the UART.

#include <span>

namespace nucleus {

class LineCarrier {
 public:
  /// Waits until some frames of the largest size can surely wait to be sent. Context: thread, no lock held.
  virtual void make_room() = 0;
  /// Sends all that waits; the driver gets nothing any more. Context: thread, no lock held.
  virtual void settle() = 0;
  /// Sends, sooner or later and in order. Context: any; under Rank::host_link_output, or alone in a panic.
  virtual void send(std::span<const char> bytes) = 0;
  /// Whether input is to be taken from the UART. Context: any, Rank::console may be held.
  virtual void want_input(bool on) = 0;
  /// The UART has interrupted. Context: interrupts, no lock held.
  virtual void interrupted() = 0;
  /// A panic begins, and other CPUs still run: the driver gets no more, and has a moment for what it has
  /// taken.
  virtual void finish() {}
  /// The end: sends what is left. `alone`: in a panic, without locks. Returns whether some of it may be lost.
  virtual bool let_go(bool alone) = 0;

 protected:
  ~LineCarrier() = default;
};

}  // namespace nucleus
