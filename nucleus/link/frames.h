// SPDX-License-Identifier: ISC
#pragma once

// The frames of the host link, docs/host-link.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nucleus {

inline constexpr std::string_view link_sync_mark{
    "\0\xff"
    "BACTRIAN-LINK1",
    16};
inline constexpr std::uint16_t link_version = 1;
inline constexpr std::size_t frame_header_size = 3;
/// The guest's frames are never longer: so much may be missing of one that a panic breaks into.
inline constexpr std::size_t max_sent_payload = 1024;

enum class FrameType : std::uint8_t {
  standard_output = 0x01,
  standard_error = 0x02,
  log = 0x03,
  exit = 0x04,
  hello = 0x05,
  report = 0x06,
  alert = 0x07,
  trace = 0x08,
  input = 0x81,
  end_of_input = 0x82,
  last_reserved = 0x9f,  // types up to this one are skipped by their length
};

enum class ExitReason : std::uint8_t { exit = 0, panic = 1, signal = 2 };

constexpr std::array<char, frame_header_size> frame_header(FrameType type, std::size_t payload_size) {
  return {static_cast<char>(type), static_cast<char>(payload_size & 0xff),
          static_cast<char>(payload_size >> 8 & 0xff)};
}

/// The payload of an exit frame.
constexpr std::array<char, 5> exit_payload(std::int32_t status, ExitReason reason) {
  const auto bits = static_cast<std::uint32_t>(status);
  return {static_cast<char>(bits), static_cast<char>(bits >> 8), static_cast<char>(bits >> 16),
          static_cast<char>(bits >> 24), static_cast<char>(reason)};
}

}  // namespace nucleus
