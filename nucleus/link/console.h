// SPDX-License-Identifier: ISC
#pragma once

// Console: the program's standard input, output and error. Framed, they are three streams that the host keeps
// apart, like pipes. Plain, they are one terminal.

#include "byte_ring.h"
#include "host_link.h"
#include "input_decoder.h"
#include "line_discipline.h"

#include <files/watchers.h>

#include <nucleus/heap.h>
#include <nucleus/locked.h>
#include <nucleus/result.h>

#include <cstddef>
#include <span>

namespace nucleus {

class Console {
 public:
  enum class Stream : std::uint8_t { output, error };

  constexpr Console() = default;

  /// Lets input come in. After HostLink::start(). Errors: out_of_memory.
  Result<> start();
  bool is_terminal() const { return host_link().mode() == LinkMode::plain; }

  /// Standard input without waiting; 0 at its end. Errors: would_block.
  Result<std::size_t> read(std::span<std::byte> to);
  /// Sends all of `from`. Context: thread.
  void write(Stream stream, std::span<const std::byte> from);
  bool readable();
  std::size_t available();
  Watchers& watchers() { return watchers_; }

  /// The UART has interrupted: takes what it has. Context: any, no lock held.
  void input_arrived();

  // The line in the hands of a driver. Context: thread, no lock held.

  /// From now on `carrier` moves the bytes. Errors: busy (somebody does).
  Result<> give_line(LineCarrier& carrier);
  void take_line_back();
  /// How many bytes of input have room, for sure.
  std::size_t room();
  /// What has come in, no more than there is room for.
  void bring(std::span<char> bytes);

  TerminalSettings settings();
  void set_settings(const TerminalSettings& settings);
  void flush_input();

 private:
  struct Input {
    InputDecoder decoder;
    Owned<ByteRing<8192>> bytes;  // framed only
    Owned<LineDiscipline> line;   // terminal only
    bool receiving = false;       // else the UART keeps what comes, until there is room
  };
  struct Taken {
    std::size_t count = 0;
    bool end = false;
  };

  std::size_t room(const Input& input) const;
  void take_from_uart();
  unsigned pull(Input& input);
  unsigned take_in(Input& input, std::span<char> bytes);
  Taken take(Input& input, std::span<char> to, bool first);
  void send_signals(unsigned signals);

  Locked<Input, Rank::console> input_;
  Watchers watchers_;
};

/// The machine's one.
Console& console();

}  // namespace nucleus
