// SPDX-License-Identifier: ISC

#include "input_decoder.h"

namespace nucleus {

/// The header is complete.
void InputDecoder::begin_payload() {
  if (type_ == static_cast<std::uint8_t>(FrameType::end_of_input)) {
    state_ = State::ended;
  } else {
    state_ = remaining_ > 0 ? State::payload : State::type;
  }
}

std::span<char> InputDecoder::feed(std::span<char> bytes) {
  std::size_t kept = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    switch (state_) {
      case State::type:
        type_ = byte;
        state_ = byte >= static_cast<std::uint8_t>(FrameType::input) &&
                         byte <= static_cast<std::uint8_t>(FrameType::last_reserved)
                     ? State::length_low
                     : State::lost;
        break;
      case State::length_low:
        remaining_ = byte;
        state_ = State::length_high;
        break;
      case State::length_high:
        remaining_ = static_cast<std::uint16_t>(remaining_ | byte << 8);
        begin_payload();
        break;
      case State::payload:
        if (type_ == static_cast<std::uint8_t>(FrameType::input)) bytes[kept++] = c;
        if (--remaining_ == 0) state_ = State::type;
        break;
      case State::ended:
      case State::lost:
        return bytes.first(kept);
    }
  }
  return bytes.first(kept);
}

}  // namespace nucleus
