// SPDX-License-Identifier: ISC
#pragma once

// The host's end of the host link (docs/host-link.md): bytes to events and back. Pure: no input or output.
//
// Invariant: whatever bytes the guest sends, the decoder neither fails nor keeps more than one frame.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace bactrian {

inline constexpr std::string_view link_mark{
    "\0\xff"
    "BACTRIAN-LINK1",
    16};
inline constexpr uint16_t link_version = 1;
inline constexpr size_t link_max_stdin = 4096;  ///< most payload of one stdin frame

enum class FrameType : uint8_t {
  out = 0x01,
  err = 0x02,
  log = 0x03,
  exit = 0x04,
  hello = 0x05,
  report = 0x06,
  alert = 0x07,
  trace = 0x08,
  in = 0x81,
  in_end = 0x82,
};

enum class ExitReason : uint8_t { exit = 0, panic = 1, signal = 2 };

struct GuestExit {
  int32_t status = 0;
  ExitReason reason = ExitReason::exit;
  /// The status that `run` ends with.
  int host_status() const;
};

struct GuestHello {
  uint16_t version = 0;
  std::string arch;
};

/// What the decoder found. Each function is called in the order of the bytes.
struct LinkEvents {
  std::function<void(std::string_view)> noise;            ///< bytes outside of frames
  std::function<void(FrameType, std::string_view)> text;  ///< out, err, log, report, alert or trace
  std::function<void(const GuestHello&)> hello;
  std::function<void(const GuestExit&)> exit;
};

class LinkDecoder {
 public:
  explicit LinkDecoder(LinkEvents events) : events_(std::move(events)) {}

  /// Takes the next bytes of the line, cut anywhere.
  void feed(std::string_view bytes);
  /// The line has ended: gives held-back noise out.
  void finish();

  bool synced() const { return state_ != State::hunting; }
  /// True when the line ended inside of a frame.
  bool mid_frame() const { return state_ == State::frames && !buffer_.empty(); }

 private:
  enum class State { hunting, frames, over };

  void hunt();
  bool take_frame();
  void deliver(FrameType type, std::string_view payload);
  void lose_place();

  LinkEvents events_;
  State state_ = State::hunting;
  std::string buffer_;  ///< bytes not yet understood: less than a mark, or less than a frame
};

/// One frame as bytes. `payload` is at most 65535 bytes.
std::string encode_frame(FrameType type, std::string_view payload);

/// The stdin frames for `bytes`, cut to link_max_stdin.
std::string encode_stdin(std::string_view bytes);

}  // namespace bactrian
