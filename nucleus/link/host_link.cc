// SPDX-License-Identifier: ISC

#include "host_link.h"

#include <arch/uart.h>

#include <algorithm>

namespace nucleus {
namespace {

constinit HostLink the_link;

}  // namespace

HostLink& host_link() {
  return the_link;
}

void HostLink::put(std::span<const char> bytes) {
  if (LineCarrier* const carrier = carrier_) return carrier->send(bytes);
  arch::uart_write(bytes);
}

void HostLink::send_mark() {
  put({link_sync_mark.data(), link_sync_mark.size()});
}

void HostLink::send_hello() {
  char payload[2 + 30];
  payload[0] = static_cast<char>(link_version & 0xff);
  payload[1] = static_cast<char>(link_version >> 8);
  const std::size_t name_size = std::min(arch_name_.size(), sizeof payload - 2);
  std::copy_n(arch_name_.data(), name_size, payload + 2);
  send(FrameType::hello, std::span<const char>{payload, 2 + name_size});
}

void HostLink::start(LinkMode mode, std::string_view arch_name) {
  mode_ = mode;
  arch_name_ = arch_name;
  if (mode == LinkMode::framed) {
    send_mark();
    send_hello();
  }
}

template <typename Write>
void HostLink::exclusively(Write&& write) {
  if (broken_in_) return write();
  const SpinGuard guard{lock_};
  write();
}

void HostLink::send_frame(FrameType type, std::span<const char> payload) {
  const auto header = frame_header(type, payload.size());
  exclusively([&] {
    in_frame_ = true;
    put(header);
    put(payload);
    in_frame_ = false;
  });
}

void HostLink::send_echo(std::span<const char> text) {
  exclusively([&] { put(text); });
}

/// Plain text, in pieces short enough to keep interrupts waiting for less than a millisecond.
void HostLink::send_text(std::span<const char> text) {
  while (!text.empty()) {
    char piece[256];
    std::size_t used = 0;
    std::size_t taken = 0;
    for (; taken < text.size() && used + 2 <= sizeof piece; taken++) {
      if (text[taken] == '\n' && translate_newlines_) piece[used++] = '\r';
      piece[used++] = text[taken];
    }
    text = text.subspan(taken);
    send_echo({piece, used});
  }
}

void HostLink::send(FrameType type, std::span<const char> payload) {
  if (mode_ == LinkMode::plain) {
    const bool is_text = type == FrameType::standard_output || type == FrameType::standard_error ||
                         type == FrameType::log || type == FrameType::alert;
    if (is_text) send_text(payload);
    return;
  }
  while (!payload.empty()) {
    const auto piece = payload.first(std::min(payload.size(), max_sent_payload));
    send_frame(type, piece);
    payload = payload.subspan(piece.size());
  }
}

void HostLink::send_exit(std::int32_t status, ExitReason reason) {
  // Nobody will carry it.
  if (!broken_in_) take_line_back();
  const auto payload = exit_payload(status, reason);
  send(FrameType::exit, payload);
}

Result<> HostLink::give_line(LineCarrier& carrier) {
  const SpinGuard guard{lock_};
  if (carrier_ != nullptr) return Error::busy;
  carrier_ = &carrier;
  return {};
}

void HostLink::take_line_back() {
  const SpinGuard guard{lock_};
  if (carrier_ == nullptr) return;
  const bool lost = carrier_->let_go(false);
  carrier_ = nullptr;
  if (lost && mode_ == LinkMode::framed) find_mark_again();
}

void HostLink::break_in() {
  broken_in_ = true;
  if (carrier_ != nullptr) {
    if (carrier_->let_go(true)) in_frame_ = true;
    carrier_ = nullptr;
  }
  if (mode_ != LinkMode::framed || !in_frame_) return;
  find_mark_again();
  in_frame_ = false;
}

/// Nobody knows how much of the frame was sent: at least all that can be missing, which also makes sure that
/// the host has lost its place and looks for the mark.
void HostLink::find_mark_again() {
  constexpr std::size_t missing = frame_header_size + max_sent_payload + 1;
  constexpr char zeros[64] = {};
  for (std::size_t sent = 0; sent < missing; sent += sizeof zeros) put(zeros);
  send_mark();
}

}  // namespace nucleus
