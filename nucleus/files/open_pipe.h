// SPDX-License-Identifier: ISC
#pragma once

// Pipes: a PipeNode that both ends share, and the two ends as open files.

#include "node.h"
#include "open_file.h"
#include "pipe_buffer.h"

#include <utility>

namespace nucleus {

class PipeNode final : public Node {
 public:
  static constexpr NodeKind node_kind = NodeKind::pipe;
  /// A write of up to this many bytes is never mixed with another's.
  static constexpr std::size_t atomic_size = 4096;

  PipeNode(const NodeAttributes& attributes, PipeBuffer buffer)
      : Node{node_kind, attributes}, buffer{std::move(buffer)} {}

  PipeBuffer buffer;
  unsigned readers = 0;
  unsigned writers = 0;
  Watchers watchers;
};

enum class PipeEnd : std::uint8_t { reading, writing };

class OpenPipe final : public OpenFile {
 public:
  /// The first user of that end, of a pipe that nobody else knows yet.
  OpenPipe(Ref<PipeNode> node, PipeEnd end, bool non_blocking);
  /// The other end learns of the end of file, or of the broken pipe.
  ~OpenPipe() override;

  Result<std::size_t> read(std::span<std::byte> to) override;
  /// Errors: broken_pipe, would_block.
  Result<std::size_t> write(std::span<const std::byte> from) override;
  std::uint16_t ready() const override;
  Watchers* watchers() override { return &pipe_.watchers; }
  std::size_t available() const override;

 private:
  PipeNode& pipe_;
};

/// A pipe: its reading and its writing end. Takes the file lock. Errors: out_of_memory.
Result<std::pair<Ref<OpenFile>, Ref<OpenFile>>> make_pipe(bool non_blocking);

}  // namespace nucleus
