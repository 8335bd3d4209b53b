// SPDX-License-Identifier: ISC
#include "run/link.h"

#include <algorithm>

#include "support/result.h"

namespace bactrian {

namespace {

constexpr size_t header_size = 3;

uint8_t byte_at(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

uint32_t little(std::string_view bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; i++) value |= static_cast<uint32_t>(byte_at(bytes, at + i)) << (8 * i);
  return value;
}

/// A type that a frame from the guest may have; the reserved ones are skipped by their length.
bool plausible(uint8_t type) {
  return type >= 0x01 && type <= 0x1f;
}

/// How many bytes at the end of `text` could be the start of the mark.
size_t mark_prefix_at_end(std::string_view text) {
  for (size_t size = std::min(text.size(), link_mark.size() - 1); size > 0; size--)
    if (text.ends_with(link_mark.substr(0, size))) return size;
  return 0;
}

}  // namespace

int GuestExit::host_status() const {
  switch (reason) {
    case ExitReason::exit:
      return status & 0xff;
    case ExitReason::signal:
      return 128 + (status & 0x7f);
    case ExitReason::panic:
      break;
  }
  return static_cast<int>(ExitStatus::panic);
}

void LinkDecoder::feed(std::string_view bytes) {
  buffer_.append(bytes);
  // Each step consumes something or leaves the state as it is.
  for (;;) {
    if (state_ == State::hunting) {
      hunt();
      if (state_ == State::hunting) return;
    }
    if (state_ == State::over) {
      if (!buffer_.empty()) events_.noise(buffer_);
      buffer_.clear();
      return;
    }
    if (!take_frame()) return;
  }
}

void LinkDecoder::finish() {
  if (state_ == State::hunting && !buffer_.empty()) {
    events_.noise(buffer_);
    buffer_.clear();
  }
}

void LinkDecoder::hunt() {
  const size_t at = buffer_.find(link_mark);
  const size_t noise = at == std::string::npos ? buffer_.size() - mark_prefix_at_end(buffer_) : at;
  if (noise > 0) events_.noise(std::string_view(buffer_).substr(0, noise));
  buffer_.erase(0, at == std::string::npos ? noise : at + link_mark.size());
  if (at != std::string::npos) state_ = State::frames;
}

/// Takes one frame off the buffer, or moves to another state; false when more bytes are needed.
bool LinkDecoder::take_frame() {
  if (buffer_.empty()) return false;
  if (!plausible(byte_at(buffer_, 0))) {
    // A guest that starts its link again (a second mark) is in no frame either.
    lose_place();
    return true;
  }
  if (buffer_.size() < header_size) return false;
  const size_t size = header_size + little(buffer_, 1, 2);
  if (buffer_.size() < size) return false;
  const std::string frame = buffer_.substr(0, size);
  buffer_.erase(0, size);
  deliver(static_cast<FrameType>(frame[0]), std::string_view(frame).substr(header_size));
  return true;
}

void LinkDecoder::deliver(FrameType type, std::string_view payload) {
  switch (type) {
    case FrameType::out:
    case FrameType::err:
    case FrameType::log:
    case FrameType::report:
    case FrameType::alert:
    case FrameType::trace:
      events_.text(type, payload);
      return;
    case FrameType::hello:
      if (payload.size() < 2) return;
      events_.hello(
          {.version = static_cast<uint16_t>(little(payload, 0, 2)), .arch = std::string(payload.substr(2))});
      return;
    case FrameType::exit: {
      if (payload.size() < 5) return;
      const uint8_t reason = byte_at(payload, 4);
      state_ = State::over;
      events_.exit({.status = static_cast<int32_t>(little(payload, 0, 4)),
                    .reason = reason <= 2 ? static_cast<ExitReason>(reason) : ExitReason::panic});
      return;
    }
    case FrameType::in:
    case FrameType::in_end:
      break;
  }
  // A reserved type: skipped.
}

void LinkDecoder::lose_place() {
  state_ = State::hunting;
}

std::string encode_frame(FrameType type, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(type);
  frame += static_cast<char>(payload.size() & 0xff);
  frame += static_cast<char>(payload.size() >> 8 & 0xff);
  frame += payload;
  return frame;
}

std::string encode_stdin(std::string_view bytes) {
  std::string frames;
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, link_max_stdin);
    frames += encode_frame(FrameType::in, part);
    bytes.remove_prefix(part.size());
  }
  return frames;
}

}  // namespace bactrian
