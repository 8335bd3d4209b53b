// SPDX-License-Identifier: ISC
#pragma once

// InputDecoder: what the host sends, taken apart byte by byte. It keeps three bytes of state, never fails,
// and yields at most as many bytes as it is fed. After a byte that cannot begin a frame nothing is believed
// any more: the input has ended, as far as the program is concerned.

#include "frames.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

class InputDecoder {
 public:
  /// Decodes `bytes` in place: returns the part of it, from its start on, that now holds standard input.
  std::span<char> feed(std::span<char> bytes);

  /// No more will come: the end was announced, or the place is lost.
  bool ended() const { return state_ == State::ended || state_ == State::lost; }
  bool lost() const { return state_ == State::lost; }

 private:
  enum class State : std::uint8_t { type, length_low, length_high, payload, ended, lost };

  void begin_payload();

  State state_ = State::type;
  std::uint8_t type_ = 0;
  std::uint16_t remaining_ = 0;
};

}  // namespace nucleus
