// SPDX-License-Identifier: ISC
#pragma once

// OpenFile: what a descriptor stands for, shared by its duplicates. Operations never wait: what cannot be
// done now returns Error::would_block, and nucleus/syscall waits with watchers(). They take what lock they
// need themselves.

#include "node.h"
#include "watchers.h"

#include <nucleus/address.h>
#include <nucleus/ref.h>
#include <nucleus/result.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace nucleus {

/// Readiness, with the bits of poll().
struct PollEvents {
  static constexpr std::uint16_t input = 0x001;
  static constexpr std::uint16_t output = 0x004;
  static constexpr std::uint16_t error = 0x008;
  static constexpr std::uint16_t hang_up = 0x010;
  static constexpr std::uint16_t invalid = 0x020;
};

/// For what a file was opened, and how it behaves. `append` and `non_blocking` can change later.
struct OpenMode {
  bool readable = false;
  bool writable = false;
  bool append = false;
  bool non_blocking = false;
};

enum class Whence : std::uint8_t { start, current, end };

class OpenFile : public RefCounted {
 public:
  virtual ~OpenFile() = default;

  const bool readable;
  const bool writable;
  std::atomic<bool> append;
  std::atomic<bool> non_blocking;

  const Ref<Node>& node() const { return node_; }

  // `to` and `from` are checked program memory, or the nucleus' own. Fewer bytes than asked may be moved, at
  // least one if any were asked for; read returns 0 at the end. Errors of all: would_block, and what each
  // kind has.

  virtual Result<std::size_t> read(std::span<std::byte> to);
  virtual Result<std::size_t> write(std::span<const std::byte> from);
  /// At a place of their own, leaving the file's alone. Errors: not_seekable.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> to);
  virtual Result<std::size_t> write_at(std::uint64_t offset, std::span<const std::byte> from);
  /// The memory of the pages from `offset` (page-aligned) on, with a reference to each, as many as fit into
  /// `frames` and the file has; returns how many. Errors: no_device (not a regular file), no_space.
  virtual Result<std::size_t> lend_pages(std::uint64_t offset, std::span<Frame> frames);
  /// Returns the new position. Errors: not_seekable, invalid_argument (before the start).
  virtual Result<std::uint64_t> seek(std::int64_t offset, Whence whence);
  /// Errors: invalid_argument (not a regular file), file_too_large.
  virtual Result<> resize(std::uint64_t size);

  /// What would not block now.
  virtual std::uint16_t ready() const { return PollEvents::input | PollEvents::output; }
  /// Who is told when ready() changes; null: it never does.
  virtual Watchers* watchers() { return nullptr; }
  /// True for the console of a person.
  virtual bool is_terminal() const { return false; }
  /// Bytes that can be read now (FIONREAD).
  virtual std::size_t available() const { return 0; }

 protected:
  OpenFile(Ref<Node> node, const OpenMode& mode)
      : readable{mode.readable},
        writable{mode.writable},
        append{mode.append},
        non_blocking{mode.non_blocking},
        node_{std::move(node)} {}

 private:
  Ref<Node> node_;
};

}  // namespace nucleus
