// SPDX-License-Identifier: ISC
#pragma once

// The simulated machine as tests see it: its size, its clock, and when interrupts come.

#include <nucleus/boot_info.h>

#include <cstdint>
#include <functional>

namespace arch {
enum class UserExit : std::uint8_t;
struct UserState;
}  // namespace arch

namespace host {

/// Maps `size` bytes of memory at physical address `start`, and returns what a boot path would say of it.
nucleus::BootInfo make_memory(nucleus::PhysAddr start, std::uint64_t size);

/// How often a line was let through.
unsigned unmask_count(unsigned line);

/// Moves the clock, then delivers the timer interrupt if it is due.
void advance_clock(std::uint64_t ns);

/// Called each time that interrupts are turned on, which is the end of each locked section: where a test can
/// have another thread run. Empty: nothing happens there.
extern std::function<void()> at_interrupt_point;

/// CPUs of the machine: set before it boots. With more than one, it is still one host thread that runs at a
/// time: which CPU goes on is drawn at random at each step (an interrupt mask changed, a lock waited for, a
/// clock read, an interrupt sent), from a generator that restart_schedule() seeds. So a schedule can be had
/// again.
extern unsigned cpus;
void restart_schedule(unsigned seed);

/// What a user does when it is entered, until it comes back; how many tags translations have; what was loaded
/// last.
extern std::function<arch::UserExit(arch::UserState&)> user_code;
extern unsigned space_tags;
extern unsigned loaded_tag;
extern std::uint64_t loaded_root;

/// TLB flushes since the start, in calls.
std::uint64_t flush_count();

}  // namespace host
