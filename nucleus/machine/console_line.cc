// SPDX-License-Identifier: ISC

// The console's line in the hands of a driver in the program: what waits to be sent, and when the UART may
// interrupt.

#include "on_kernel_stack.h"

#include <nucleus.h>

#include <link/byte_ring.h>
#include <link/console.h>
#include <link/frames.h>
#include <link/line_carrier.h>

#include <nucleus/device_interrupts.h>
#include <nucleus/heap.h>
#include <nucleus/immortal.h>
#include <nucleus/locked.h>
#include <nucleus/mutex.h>
#include <nucleus/thread.h>
#include <nucleus/time.h>

#include <arch/cpu.h>
#include <arch/uart.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace nucleus {
namespace {

constexpr unsigned console_line = first_soft_line;

class ConsoleLine final : public LineCarrier {
 public:
  constexpr ConsoleLine() = default;

  Result<unsigned> start();

  void make_room() override;
  void settle() override;
  void send(std::span<const char> bytes) override;
  void want_input(bool on) override;
  void interrupted() override;
  void finish() override;
  bool let_go(bool alone) override;

  std::size_t outgoing(std::span<char> to);
  void sent() { in_hand_.store(false, std::memory_order_release); }
  void rest();

 private:
  using Ring = ByteRing<65536>;
  /// For several writers at once, each with newlines that become two bytes.
  static constexpr std::size_t spare = 8 * 2 * max_sent_payload;
  struct State {
    Owned<Ring> waiting;
    bool wants_input = false;
    bool serving = true;  // the driver is at it; it will rest
    bool closed = false;  // it gets nothing any more
  };

  static void apply(const State& state);
  bool drain(State& state);
  template <typename Step>
  void patiently(Step&& step);

  /// Under Rank::host_link_output or Rank::console, if any.
  Locked<State, Rank::uart> state_;
  /// The driver has bytes that it writes to the UART just now.
  std::atomic<bool> in_hand_{false};
  std::atomic<bool> ends_{false};
};

constinit Immortal<ConsoleLine> the_line;
constinit Mutex taking;
constinit std::atomic<int> the_event{-1};

void ConsoleLine::apply(const State& state) {
  arch::uart_interrupts({.receive = !state.serving && state.wants_input,
                         .transmit = !state.serving && !state.waiting->empty()});
}

Result<unsigned> ConsoleLine::start() {
  auto ring = TRY(make_owned<Ring>());
  if (the_event < 0)
    the_event = static_cast<int>(TRY(claim_line(console_line, {.level = false}, Sharing::none)));
  state_.with([&](State& state) {
    if (!state.waiting) state.waiting = std::move(ring);
    state.serving = false;
    state.closed = false;
  });
  TRY(console().give_line(*this));
  return static_cast<unsigned>(the_event.load());
}

/// Sends all that waits from here. Whether the driver was in the middle of something, and stays there: it has
/// lost its CPU, which is of no use to wait for with a lock held. make_room() does not let it come to that.
bool ConsoleLine::drain(State& state) {
  for (unsigned tries = 0; in_hand_.load(std::memory_order_acquire) && tries < 1'000'000; ++tries)
    arch::relax();
  const bool in_its_way = in_hand_.exchange(false, std::memory_order_acquire);
  char piece[256];
  while (const std::size_t count = state.waiting->take(piece)) arch::uart_write({piece, count});
  return in_its_way;
}

/// Calls step(State&) until it returns true, but never for long. The driver, which is about to write what it
/// has taken, may have lost its CPU to the one who waits here.
template <typename Step>
void ConsoleLine::patiently(Step&& step) {
  const Deadline deadline = Deadline::after(10'000'000'000);
  while (!state_.with(step) && !deadline.passed()) yield();
}

void ConsoleLine::make_room() {
  patiently([&](State& state) {
    if (state.waiting->room() >= spare) return true;
    if (in_hand_.load(std::memory_order_acquire)) return false;
    (void)drain(state);
    return true;
  });
}

void ConsoleLine::settle() {
  patiently([&](State& state) {
    state.closed = true;
    if (in_hand_.load(std::memory_order_acquire)) return false;
    (void)drain(state);
    return true;
  });
}

void ConsoleLine::send(std::span<const char> bytes) {
  state_.with([&](State& state) {
    if (state.waiting->room() < bytes.size()) (void)drain(state);
    for (const char byte : bytes) (void)state.waiting->push(byte);
    if (!state.serving) apply(state);
  });
}

void ConsoleLine::want_input(bool on) {
  state_.with([&](State& state) {
    state.wants_input = on;
    if (!state.serving) apply(state);
  });
}

void ConsoleLine::interrupted() {
  state_.with([&](State& state) {
    state.serving = true;
    apply(state);
  });
  line_arrived(console_line);
}

// Without locks: this CPU may hold them. The driver may be the one that has failed, so not for ever.
void ConsoleLine::finish() {
  ends_.store(true);
  const std::uint64_t until_ns = monotonic_ns() + 200'000'000;
  while (in_hand_.load() && monotonic_ns() < until_ns) arch::relax();
}

bool ConsoleLine::let_go(bool alone) {
  const auto end = [&](State& state) {
    arch::uart_interrupts({});
    state.serving = true;
    return drain(state);
  };
  return alone ? end(state_.without_lock()) : state_.with(end);
}

std::size_t ConsoleLine::outgoing(std::span<char> to) {
  return state_.with([&](State& state) {
    // Before the look at the end, which looks at this after it has said that it is.
    in_hand_.store(true);
    const std::size_t count = state.closed || ends_.load() ? 0 : state.waiting->take(to);
    if (count == 0) in_hand_.store(false);
    return count;
  });
}

void ConsoleLine::rest() {
  state_.with([&](State& state) {
    state.serving = false;
    apply(state);
  });
}

/// Whether a driver has the line: what it says is of no use otherwise.
bool is_given() {
  return host_link().carrier() != nullptr;
}

std::uint32_t model_of(arch::UartModel model) {
  return model == arch::UartModel::pl011 ? NUCLEUS_UART_PL011 : NUCLEUS_UART_16550;
}

}  // namespace
}  // namespace nucleus

using nucleus::the_line;

int nucleus_console_take(nucleus_device_registers* registers) {
  const arch::UartPlace place = arch::uart_place();
  if (place.model == arch::UartModel::none) return -1;
  int event = -1;
  nucleus::on_kernel_stack([&] {
    nucleus::MutexGuard guard{nucleus::taking};
    if (nucleus::is_given()) return;
    const auto started = the_line.value.start();
    if (started.ok()) event = static_cast<int>(started.value());
  });
  if (event < 0) return -1;
  const std::uint32_t count = place.model == arch::UartModel::pl011 ? 1024 : 8;
  *registers = {.space = place.ports ? NUCLEUS_SPACE_PORTS : NUCLEUS_SPACE_MEMORY,
                .stride = place.stride,
                .width = place.width,
                .model = nucleus::model_of(place.model),
                .base = place.base,
                .size = std::uint64_t{count} * place.stride};
  return event;
}

uint32_t nucleus_console_outgoing(char* to, uint32_t size) {
  char piece[64];
  std::size_t count = 0;
  nucleus::on_kernel_stack([&] {
    if (nucleus::is_given())
      count = the_line.value.outgoing({piece, std::min<std::size_t>(size, sizeof piece)});
  });
  std::memcpy(to, piece, count);
  return static_cast<uint32_t>(count);
}

void nucleus_console_sent() {
  the_line.value.sent();
}

uint32_t nucleus_console_room() {
  std::size_t room = 0;
  nucleus::on_kernel_stack([&] {
    if (nucleus::is_given()) room = nucleus::console().room();
  });
  return static_cast<uint32_t>(room);
}

void nucleus_console_incoming(const char* from, uint32_t size) {
  while (size > 0) {
    char piece[64];
    const auto count = std::min<std::uint32_t>(size, sizeof piece);
    std::memcpy(piece, from, count);
    nucleus::on_kernel_stack([&] {
      nucleus::console().bring({piece, std::min<std::size_t>(count, nucleus::console().room())});
    });
    from += count;
    size -= count;
  }
}

void nucleus_console_rest() {
  nucleus::on_kernel_stack([] {
    if (nucleus::is_given()) the_line.value.rest();
  });
}

void nucleus_console_give_back() {
  nucleus::on_kernel_stack([] {
    nucleus::MutexGuard guard{nucleus::taking};
    if (!nucleus::is_given()) return;
    the_line.value.settle();
    nucleus::console().take_line_back();
  });
}
