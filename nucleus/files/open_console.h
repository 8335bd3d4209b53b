// SPDX-License-Identifier: ISC
#pragma once

// The console as an open file: standard input, output, error, and /dev/tty.

#include "open_file.h"

#include <link/console.h>

namespace nucleus {

/// What fstat sees of a standard stream: a terminal, or something like a pipe.
class StreamNode final : public Node {
 public:
  StreamNode(NodeKind kind, const NodeAttributes& attributes) : Node{kind, attributes} {}
};

class OpenConsole final : public OpenFile {
 public:
  OpenConsole(Ref<Node> node, const OpenMode& mode, Console::Stream stream)
      : OpenFile{std::move(node), mode}, stream_{stream} {}

  Result<std::size_t> read(std::span<std::byte> to) override { return console().read(to); }
  Result<std::size_t> write(std::span<const std::byte> from) override {
    console().write(stream_, from);
    return from.size();
  }
  std::uint16_t ready() const override {
    std::uint16_t events = 0;
    if (writable) events |= PollEvents::output;
    if (readable && console().readable()) events |= PollEvents::input;
    return events;
  }
  Watchers* watchers() override { return readable ? &console().watchers() : nullptr; }
  bool is_terminal() const override { return console().is_terminal(); }
  std::size_t available() const override { return console().available(); }

 private:
  const Console::Stream stream_;
};

}  // namespace nucleus
