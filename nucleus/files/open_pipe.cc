// SPDX-License-Identifier: ISC

#include "open_pipe.h"

#include "file_system.h"

namespace nucleus {

OpenPipe::OpenPipe(Ref<PipeNode> node, PipeEnd end, bool non_blocking)
    : OpenFile{node,
               {.readable = end == PipeEnd::reading,
                .writable = end == PipeEnd::writing,
                .append = false,
                .non_blocking = non_blocking}},
      pipe_{*node} {
  (readable ? pipe_.readers : pipe_.writers)++;
}

OpenPipe::~OpenPipe() {
  const FileGuard guard;
  (readable ? pipe_.readers : pipe_.writers)--;
  pipe_.watchers.notify();
}

Result<std::size_t> OpenPipe::read(std::span<std::byte> to) {
  const FileGuard guard;
  if (pipe_.buffer.size() == 0) {
    if (pipe_.writers == 0 || to.empty()) return std::size_t{0};
    return Error::would_block;
  }
  const std::size_t count = pipe_.buffer.take(to);
  pipe_.watchers.notify();
  return count;
}

Result<std::size_t> OpenPipe::write(std::span<const std::byte> from) {
  const FileGuard guard;
  if (pipe_.readers == 0) return Error::broken_pipe;
  const std::size_t room = pipe_.buffer.room();
  const bool atomic = from.size() <= PipeNode::atomic_size;
  if (room == 0 || (atomic && room < from.size())) {
    if (from.empty()) return std::size_t{0};
    return Error::would_block;
  }
  const std::size_t count = pipe_.buffer.put(from);
  pipe_.watchers.notify();
  return count;
}

std::uint16_t OpenPipe::ready() const {
  const FileGuard guard;
  std::uint16_t events = 0;
  if (readable) {
    if (pipe_.buffer.size() > 0) events |= PollEvents::input;
    if (pipe_.writers == 0) events |= PollEvents::hang_up;
  } else {
    if (pipe_.buffer.room() >= PipeNode::atomic_size) events |= PollEvents::output;
    if (pipe_.readers == 0) events |= PollEvents::error | PollEvents::output;
  }
  return events;
}

std::size_t OpenPipe::available() const {
  const FileGuard guard;
  return pipe_.buffer.size();
}

Result<std::pair<Ref<OpenFile>, Ref<OpenFile>>> make_pipe(bool non_blocking) {
  PipeBuffer buffer = TRY(PipeBuffer::create());
  const NodeAttributes attributes =
      with_files([](FileSystem& files) { return files.tree.new_attributes(0600); });
  auto node = Ref<PipeNode>::adopt(new (std::nothrow) PipeNode{attributes, std::move(buffer)});
  if (!node) return Error::out_of_memory;
  auto reading = Ref<OpenFile>::adopt(new (std::nothrow) OpenPipe{node, PipeEnd::reading, non_blocking});
  auto writing = Ref<OpenFile>::adopt(new (std::nothrow) OpenPipe{node, PipeEnd::writing, non_blocking});
  if (!reading || !writing) return Error::out_of_memory;
  return std::pair{std::move(reading), std::move(writing)};
}

}  // namespace nucleus
