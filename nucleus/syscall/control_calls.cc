// SPDX-License-Identifier: ISC

// fcntl, flock and ioctl.  Spec: [posix "fcntl"], [linux/uapi "asm-generic/ioctls.h, asm-generic/termbits.h"]

#include "calls.h"
#include "descriptors.h"
#include "open_flags.h"

#include <syscall/abi/common.h>

#include <files/pipe_buffer.h>

#include <link/console.h>

#include <arch/linux_abi.h>

namespace nucleus::call {
namespace {

enum FileControl : int {
  duplicate_descriptor = 0,
  get_descriptor_flags = 1,
  set_descriptor_flags = 2,
  get_status_flags = 3,
  set_status_flags = 4,
  get_record_lock = 5,
  set_record_lock = 6,
  wait_for_record_lock = 7,
  get_open_file_lock = 36,
  set_open_file_lock = 37,
  wait_for_open_file_lock = 38,
  duplicate_with_close_on_exec = 1030,
  set_pipe_size = 1031,
  get_pipe_size = 1032,
};

std::uint32_t status_flags(const OpenFile& file) {
  std::uint32_t flags = arch::linux_abi::open_large_file;
  if (file.writable) flags |= file.readable ? open_flags::read_write : open_flags::write_only;
  if (file.append) flags |= open_flags::append;
  if (file.non_blocking) flags |= open_flags::non_blocking;
  return flags;
}

/// There is one process, and its own locks never conflict.
Result<long> tell_no_lock(VirtAddr lock) {
  constexpr std::int16_t unlocked = 2;  // F_UNLCK, in l_type, the first member of struct flock
  TRY(store_to_program(lock, unlocked));
  return 0L;
}

Result<long> descriptor_flags(int descriptor) {
  return long{
      TRY(descriptors().with([&](DescriptorTable& table) { return table.close_on_exec(descriptor); }))};
}

Result<long> change_descriptor_flags(int descriptor, bool close_on_exec) {
  TRY(descriptors().with(
      [&](DescriptorTable& table) { return table.set_close_on_exec(descriptor, close_on_exec); }));
  return 0L;
}

}  // namespace

Result<long> control_file(const Arguments& arguments) {
  const int descriptor = arguments.integer(0);
  Ref<OpenFile> file = TRY(file_of(descriptor));
  switch (arguments.integer(1)) {
    case duplicate_descriptor:
      return new_descriptor(std::move(file), false, arguments.integer(2));
    case duplicate_with_close_on_exec:
      return new_descriptor(std::move(file), true, arguments.integer(2));
    case get_descriptor_flags:
      return descriptor_flags(descriptor);
    case set_descriptor_flags:
      return change_descriptor_flags(descriptor, (arguments.flags(2) & 1) != 0);
    case get_status_flags:
      return static_cast<long>(status_flags(*file));
    case set_status_flags:
      file->append = (arguments.flags(2) & open_flags::append) != 0;
      file->non_blocking = (arguments.flags(2) & open_flags::non_blocking) != 0;
      return 0L;
    case get_record_lock:
    case get_open_file_lock:
      return tell_no_lock(arguments.address(2));
    case set_record_lock:
    case wait_for_record_lock:
    case set_open_file_lock:
    case wait_for_open_file_lock:
      return 0L;
    case set_pipe_size:
    case get_pipe_size:
      if (file->node()->kind != NodeKind::pipe) return Error::bad_descriptor;
      return static_cast<long>(PipeBuffer::capacity);
    default:
      return Error::invalid_argument;
  }
}

Result<long> lock_file(const Arguments& arguments) {
  (void)TRY(file_of(arguments.integer(0)));
  return 0L;
}

namespace {

enum DeviceControl : std::uint32_t {
  get_terminal = 0x5401,
  set_terminal = 0x5402,
  set_terminal_drained = 0x5403,
  set_terminal_flushed = 0x5404,
  send_break = 0x5409,
  flush_terminal = 0x540b,
  get_foreground_group = 0x540f,
  set_foreground_group = 0x5410,
  get_window_size = 0x5413,
  set_window_size = 0x5414,
  count_readable = 0x541b,
  set_non_blocking = 0x5421,
  clear_close_on_exec = 0x5450,
  set_close_on_exec_control = 0x5451,
};

// Bits of termios.
constexpr std::uint32_t input_cr_to_nl = 0400;          // ICRNL
constexpr std::uint32_t output_process = 01;            // OPOST
constexpr std::uint32_t output_nl_to_crnl = 04;         // ONLCR
constexpr std::uint32_t control_defaults = 0277 | 015;  // CS8 | CREAD | HUPCL, B9600
constexpr std::uint32_t local_signals = 01;             // ISIG
constexpr std::uint32_t local_canonical = 02;           // ICANON
constexpr std::uint32_t local_echo = 010;               // ECHO
constexpr std::uint32_t local_echo_editing = 0105060;   // ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN

abi::Terminal terminal_of(const TerminalSettings& settings) {
  abi::Terminal terminal{};
  if (settings.cr_to_nl) terminal.input_flags |= input_cr_to_nl;
  if (settings.nl_to_crnl) terminal.output_flags |= output_process | output_nl_to_crnl;
  terminal.control_flags = control_defaults;
  if (settings.signals) terminal.local_flags |= local_signals;
  if (settings.canonical) terminal.local_flags |= local_canonical | local_echo_editing;
  if (settings.echo) terminal.local_flags |= local_echo;
  constexpr std::uint8_t characters[] = {3, 28, 127, 21, 4, 0, 1};  // INTR QUIT ERASE KILL EOF TIME MIN
  for (unsigned i = 0; i < sizeof characters; i++) terminal.control_characters[i] = characters[i];
  return terminal;
}

TerminalSettings settings_of(const abi::Terminal& terminal) {
  constexpr std::uint32_t crnl = output_process | output_nl_to_crnl;
  return {.cr_to_nl = (terminal.input_flags & input_cr_to_nl) != 0,
          .nl_to_crnl = (terminal.output_flags & crnl) == crnl,
          .canonical = (terminal.local_flags & local_canonical) != 0,
          .echo = (terminal.local_flags & local_echo) != 0,
          .signals = (terminal.local_flags & local_signals) != 0};
}

Result<long> control_terminal(std::uint32_t request, const Arguments& arguments) {
  switch (request) {
    case get_terminal:
      TRY(store_to_program(arguments.address(2), terminal_of(console().settings())));
      return 0L;
    case set_terminal:
    case set_terminal_drained:
    case set_terminal_flushed: {
      const auto terminal = TRY(load_from_program<abi::Terminal>(arguments.address(2)));
      if (request == set_terminal_flushed) console().flush_input();
      console().set_settings(settings_of(terminal));
      return 0L;
    }
    case flush_terminal:
      if (arguments.integer(2) != 1) console().flush_input();  // 1: TCOFLUSH
      return 0L;
    case get_foreground_group:
      TRY(store_to_program(arguments.address(2), std::int32_t{1}));
      return 0L;
    case get_window_size:
      // A serial line does not tell; this is what such terminals have had since the VT100.
      TRY(store_to_program(arguments.address(2), abi::WindowSize{.rows = 24, .columns = 80}));
      return 0L;
    case set_window_size:
    case set_foreground_group:
    case send_break:
      return 0L;
    default:
      return Error::not_terminal;
  }
}

}  // namespace

Result<long> control_device(const Arguments& arguments) {
  Ref<OpenFile> file = TRY(file_of(arguments.integer(0)));
  const std::uint32_t request = arguments.flags(1);
  switch (request) {
    case count_readable:
      if (file->node()->kind == NodeKind::directory) return Error::not_terminal;
      TRY(store_to_program(arguments.address(2), static_cast<std::int32_t>(file->available())));
      return 0L;
    case set_non_blocking:
      file->non_blocking = TRY(load_from_program<std::int32_t>(arguments.address(2))) != 0;
      return 0L;
    case set_close_on_exec_control:
      return change_descriptor_flags(arguments.integer(0), true);
    case clear_close_on_exec:
      return change_descriptor_flags(arguments.integer(0), false);
    default:
      break;
  }
  if (!file->is_terminal()) return Error::not_terminal;
  return control_terminal(request, arguments);
}

}  // namespace nucleus::call
