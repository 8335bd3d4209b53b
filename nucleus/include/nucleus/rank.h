// SPDX-License-Identifier: ISC
#pragma once

// The order of all locks of the nucleus, outermost first. A CPU may only take a lock whose rank is greater
// than that of every lock it holds; debug builds check it. There is no "unranked": a new lock gets a place in
// this list.

#include <cstdint>

namespace nucleus {

enum class Rank : std::uint8_t {
  // Held while others are taken: files, signals, link.
  process,           // signal dispositions, timers of the program
  descriptor_table,  // descriptor numbers
  file_tree,         // names and directories
  file_node,         // one file's contents
  pipe,
  console,  // terminal input and its readers
  host_link_input,
  futex,        // one bucket of the futex table
  wait_queue,   // queues of no other owner
  interpreter,  // ACPICA's own
  // Memory.
  mapping,  // the program's address-range list and page table
  kernel_stacks,
  kernel_mapping,  // stack and device windows
  space_numbers,
  heap,
  frame_cache,  // one CPU's
  frames,
  entropy,
  // Running.
  thread_list,
  exited_threads,
  timers,     // one CPU's timer queue
  scheduler,  // one CPU's run queue
  shootdown,
  interrupt_controller,
  // Leaves.
  log,
  host_link_output,  // also under log: lines go out through the link
  uart,
};

}  // namespace nucleus
