// SPDX-License-Identifier: ISC
#pragma once

// Structures of the Linux ABI that are the same on all 64-bit architectures.  Spec: [linux/uapi]

#include <cstddef>
#include <cstdint>

namespace nucleus::abi {

/// Which of the two columns of call numbers an architecture uses.
enum class CallNumbers : std::uint8_t { x86_64, generic };

struct Timespec {
  std::int64_t seconds;
  std::int64_t nanoseconds;
};

struct Timeval {
  std::int64_t seconds;
  std::int64_t microseconds;
};

struct IntervalTimer {
  Timeval interval;
  Timeval value;
};

/// One buffer of readv and writev.
struct IoVector {
  std::uint64_t base;
  std::uint64_t length;
};

struct PollDescriptor {
  std::int32_t descriptor;
  std::int16_t wanted;
  std::int16_t found;
};
static_assert(sizeof(PollDescriptor) == 8);

struct ResourceLimit {
  std::uint64_t current;
  std::uint64_t maximum;
};

struct ResourceUsage {
  Timeval user_time;
  Timeval system_time;
  std::int64_t max_resident_kib;
  std::int64_t unused[13];
};
static_assert(sizeof(ResourceUsage) == 144);

struct ProcessTimes {
  std::int64_t user_ticks;
  std::int64_t system_ticks;
  std::int64_t children_user_ticks;
  std::int64_t children_system_ticks;
};

struct SystemNames {
  char system[65];
  char node[65];
  char release[65];
  char version[65];
  char machine[65];
  char domain[65];
};
static_assert(sizeof(SystemNames) == 390);

struct SystemInformation {
  std::int64_t uptime_s;
  std::uint64_t load[3];
  std::uint64_t total_memory;
  std::uint64_t free_memory;
  std::uint64_t shared_memory;
  std::uint64_t buffer_memory;
  std::uint64_t total_swap;
  std::uint64_t free_swap;
  std::uint16_t processes;
  std::uint16_t padding;
  std::uint64_t total_high;
  std::uint64_t free_high;
  std::uint32_t unit;
};
static_assert(sizeof(SystemInformation) == 112);

/// The head of a record of getdents64; the name follows, zero-terminated, then padding to 8 bytes.
struct DirectoryRecord {
  std::uint64_t inode;
  std::int64_t next;
  std::uint16_t length;
  std::uint8_t type;
};
inline constexpr std::size_t directory_record_name = 19;
static_assert(offsetof(DirectoryRecord, type) + 1 == directory_record_name);

struct StatxTime {
  std::int64_t seconds;
  std::uint32_t nanoseconds;
  std::int32_t padding;
};

struct Statx {
  std::uint32_t mask;
  std::uint32_t block_size;
  std::uint64_t attributes;
  std::uint32_t links;
  std::uint32_t owner;
  std::uint32_t group;
  std::uint16_t mode;
  std::uint16_t padding;
  std::uint64_t inode;
  std::uint64_t size;
  std::uint64_t blocks;
  std::uint64_t attributes_mask;
  StatxTime accessed;
  StatxTime born;
  StatxTime changed;
  StatxTime modified;
  std::uint32_t device_number_major;
  std::uint32_t device_number_minor;
  std::uint32_t device_major;
  std::uint32_t device_minor;
  std::uint64_t spare[14];
};
static_assert(sizeof(Statx) == 256);
static_assert(offsetof(Statx, accessed) == 64);

/// The kernel's sigaction, not the libc's, where the architecture has a restorer.
struct SignalActionWithRestorer {
  std::uint64_t handler;
  std::uint64_t flags;
  std::uint64_t restorer;  // ignored: handlers return to nucleus_sigreturn
  std::uint64_t mask;
};
static_assert(sizeof(SignalActionWithRestorer) == 32);

/// The same where it has none.
struct PlainSignalAction {
  std::uint64_t handler;
  std::uint64_t flags;
  std::uint64_t mask;
};
static_assert(sizeof(PlainSignalAction) == 24);

struct SignalStack {
  std::uint64_t base;
  std::uint32_t flags;
  std::uint32_t padding;
  std::uint64_t size;
};
static_assert(sizeof(SignalStack) == 24);

struct SignalInformation {
  std::int32_t signal;
  std::int32_t error;
  std::int32_t code;
  std::int32_t padding;
  union {
    struct {
      std::int32_t process;
      std::uint32_t user;
      std::uint64_t value;
    } sender;
    std::uint64_t address;  // of a fault
    std::uint8_t rest[112];
  };
};
static_assert(sizeof(SignalInformation) == 128);

struct WindowSize {
  std::uint16_t rows;
  std::uint16_t columns;
  std::uint16_t width;
  std::uint16_t height;
};

/// The kernel's termios (TCGETS), shorter than the libc's.
struct Terminal {
  std::uint32_t input_flags;
  std::uint32_t output_flags;
  std::uint32_t control_flags;
  std::uint32_t local_flags;
  std::uint8_t line_discipline;
  std::uint8_t control_characters[19];
};
static_assert(sizeof(Terminal) == 36);

}  // namespace nucleus::abi
