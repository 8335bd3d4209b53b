// SPDX-License-Identifier: ISC

#include "call_table.h"

#include "calls.h"

#include <arch/linux_abi.h>

#include <array>

namespace nucleus {
namespace {

// clang-format off
constexpr Call calls[] = {
    // Memory.
    {"mmap", 9, 222, call::map_memory},
    {"munmap", 11, 215, call::unmap_memory},
    {"mprotect", 10, 226, call::protect_memory},
    {"mremap", 25, 216, call::remap_memory},
    {"madvise", 28, 233, call::advise_memory},
    {"msync", 26, 227, call::sync_memory},
    {"brk", 12, 214, call::break_memory},
    // Threads.
    {"set_tid_address", 218, 96, call::set_tid_address},
    {"gettid", 186, 178, call::get_thread_id},
    {"exit", 60, 93, call::exit_this_thread},
    {"exit_group", 231, 94, call::exit_program},
    {"sched_yield", 24, 124, call::yield_cpu},
    {"sched_getaffinity", 204, 123, call::get_affinity},
    {"sched_setaffinity", 203, 122, call::change_affinity},
    {"getcpu", 309, 168, call::get_cpu},
    {"futex", 202, 98, call::use_futex, Interrupted::restarts},
    {"set_robust_list", 273, 99, call::set_robust_list},
    {"get_robust_list", 274, 100, call::get_robust_list},
    {"membarrier", 324, 283, call::memory_barrier},
    // Time.
    {"clock_gettime", 228, 113, call::get_clock},
    {"clock_getres", 229, 114, call::get_clock_resolution},
    {"gettimeofday", 96, 169, call::get_time_of_day},
    {"time", 201, no_number, call::get_time},
    {"times", 100, 153, call::get_process_times},
    {"getrusage", 98, 165, call::get_resource_usage},
    {"nanosleep", 35, 101, call::sleep_for},
    {"clock_nanosleep", 230, 115, call::sleep_on_clock},
    {"getitimer", 36, 102, call::get_interval_timer},
    {"setitimer", 38, 103, call::set_interval_timer},
    {"alarm", 37, no_number, call::set_alarm},
    // Reading and writing.
    {"read", 0, 63, call::read_file, Interrupted::restarts},
    {"write", 1, 64, call::write_file, Interrupted::restarts},
    {"readv", 19, 65, call::read_vector, Interrupted::restarts},
    {"writev", 20, 66, call::write_vector, Interrupted::restarts},
    {"pread64", 17, 67, call::read_file_at},
    {"pwrite64", 18, 68, call::write_file_at},
    {"preadv", 295, 69, call::read_vector_at},
    {"pwritev", 296, 70, call::write_vector_at},
    {"lseek", 8, 62, call::seek_file},
    {"ftruncate", 77, 46, call::resize_file},
    {"truncate", 76, 45, call::resize_named_file},
    {"fallocate", 285, 47, call::allocate_file},
    {"fsync", 74, 82, call::sync_file},
    {"fdatasync", 75, 83, call::sync_file},
    {"sync", 162, 81, call::sync_files},
    {"fadvise64", 221, 223, call::advise_file},
    // Descriptors.
    {"open", 2, no_number, call::open_file},
    {"openat", 257, 56, call::open_file_at},
    {"creat", 85, no_number, call::create_file},
    {"close", 3, 57, call::close_file},
    {"dup", 32, 23, call::duplicate},
    {"dup2", 33, no_number, call::duplicate_to},
    {"dup3", 292, 24, call::duplicate_to_with_flags},
    {"fcntl", 72, 25, call::control_file},
    {"flock", 73, 32, call::lock_file},
    {"ioctl", 16, 29, call::control_device},
    {"pipe", 22, no_number, call::make_pipe},
    {"pipe2", 293, 59, call::make_pipe_with_flags},
    {"poll", 7, no_number, call::poll_files},
    {"ppoll", 271, 73, call::poll_files_with_mask},
    {"select", 23, no_number, call::select_files},
    {"pselect6", 270, 72, call::select_files_with_mask},
    // Names.
    {"stat", 4, no_number, call::stat_path},
    {"lstat", 6, no_number, call::stat_link},
    {"fstat", 5, 80, call::stat_file},
    {"newfstatat", 262, 79, call::stat_at},
    {"statx", 332, 291, call::stat_extended},
    {"statfs", 137, 43, call::stat_file_system},
    {"fstatfs", 138, 44, call::stat_file_system_of_file},
    {"access", 21, no_number, call::check_access},
    {"faccessat", 269, 48, call::check_access_at},
    {"faccessat2", 439, 439, call::check_access_at},
    {"readlink", 89, no_number, call::read_link},
    {"readlinkat", 267, 78, call::read_link_at},
    {"getdents64", 217, 61, call::read_directory},
    {"mkdir", 83, no_number, call::make_directory},
    {"mkdirat", 258, 34, call::make_directory_at},
    {"rmdir", 84, no_number, call::remove_directory},
    {"unlink", 87, no_number, call::remove_name},
    {"unlinkat", 263, 35, call::remove_name_at},
    {"rename", 82, no_number, call::rename_path},
    {"renameat", 264, 38, call::rename_at},
    {"renameat2", 316, 276, call::rename_at_with_flags},
    {"link", 86, no_number, call::make_link},
    {"linkat", 265, 37, call::make_link_at},
    {"symlink", 88, no_number, call::make_symbolic_link},
    {"symlinkat", 266, 36, call::make_symbolic_link_at},
    {"chmod", 90, no_number, call::change_mode},
    {"fchmod", 91, 52, call::change_mode_of_file},
    {"fchmodat", 268, 53, call::change_mode_at},
    {"chown", 92, no_number, call::change_owner},
    {"lchown", 94, no_number, call::change_owner_of_link},
    {"fchown", 93, 55, call::change_owner_of_file},
    {"fchownat", 260, 54, call::change_owner_at},
    {"utimensat", 280, 88, call::set_file_times},
    {"getcwd", 79, 17, call::get_working_directory},
    {"chdir", 80, 49, call::change_directory},
    {"fchdir", 81, 50, call::change_directory_to_file},
    {"umask", 95, 166, call::set_file_mode_mask},
    // Signals to the program itself.
    {"rt_sigaction", 13, 134, call::set_signal_action},
    {"rt_sigprocmask", 14, 135, call::set_signal_mask},
    {"rt_sigpending", 127, 136, call::get_pending_signals},
    {"rt_sigsuspend", 130, 133, call::wait_with_signal_mask},
    {"rt_sigtimedwait", 128, 137, call::take_signal},
    {"sigaltstack", 131, 132, call::set_signal_stack},
    {"pause", 34, no_number, call::wait_for_signal},
    {"kill", 62, 129, call::signal_process},
    {"tkill", 200, 130, call::signal_thread},
    {"tgkill", 234, 131, call::signal_thread_of_group},
    // Identity and the rest.
    {"getpid", 39, 172, call::get_process_id},
    {"getppid", 110, 173, call::get_parent_id},
    {"getpgrp", 111, no_number, call::get_process_id},
    {"getpgid", 121, 155, call::get_group_of_process},
    {"getsid", 124, 156, call::get_group_of_process},
    {"getuid", 102, 174, call::get_user_id},
    {"geteuid", 107, 175, call::get_user_id},
    {"getgid", 104, 176, call::get_user_id},
    {"getegid", 108, 177, call::get_user_id},
    {"getgroups", 115, 158, call::get_groups},
    {"setuid", 105, 146, call::set_user_id},
    {"setgid", 106, 144, call::set_user_id},
    {"uname", 63, 160, call::get_system_names},
    {"sysinfo", 99, 179, call::get_system_information},
    {"prlimit64", 302, 261, call::change_resource_limit},
    {"getrlimit", 97, 163, call::get_resource_limit},
    {"setrlimit", 160, 164, call::set_resource_limit},
    {"getrandom", 318, 278, call::get_random},
    {"prctl", 157, 167, call::control_process},
    {"arch_prctl", 158, no_number, call::control_architecture},
};

struct RefusedCall {
  const char* name;
  std::int16_t x86_64;
  std::int16_t generic;
};

/// Calls with policy: they exist once, in OCaml, for processes (docs/architecture.md). Listed for the report only.
constexpr RefusedCall refused_calls[] = {
    {"clone", 56, 220},
    {"fork", 57, no_number},
    {"vfork", 58, no_number},
    {"execve", 59, 221},
    {"execveat", 322, 281},
    {"clone3", 435, 435},
    {"wait4", 61, 260},
    {"waitid", 247, 95},
    {"ptrace", 101, 117},
    {"socket", 41, 198},
    {"socketpair", 53, 199},
    {"connect", 42, 203},
    {"accept", 43, 202},
    {"accept4", 288, 242},
    {"bind", 49, 200},
    {"listen", 50, 201},
    {"sendto", 44, 206},
    {"recvfrom", 45, 207},
    {"sendmsg", 46, 211},
    {"recvmsg", 47, 212},
    {"getsockname", 51, 204},
    {"getpeername", 52, 205},
    {"setsockopt", 54, 208},
    {"getsockopt", 55, 209},
    {"shutdown", 48, 210},
    {"epoll_create", 213, no_number},
    {"epoll_create1", 291, 20},
    {"epoll_ctl", 233, 21},
    {"epoll_wait", 232, no_number},
    {"epoll_pwait", 281, 22},
    {"eventfd2", 290, 19},
    {"timerfd_create", 283, 85},
    {"signalfd4", 289, 74},
    {"inotify_init1", 294, 26},
    {"io_uring_setup", 425, 425},
    {"memfd_create", 319, 279},
    {"sendfile", 40, 71},
    {"splice", 275, 76},
    {"mount", 165, 40},
    {"umount2", 166, 39},
    {"chroot", 161, 51},
    {"reboot", 169, 142},
    {"rseq", 334, 293},
};
// clang-format on

constexpr std::size_t max_number = 512;
constexpr std::uint8_t no_call = 255;
static_assert(std::size(calls) < no_call);

/// From a number of this architecture to the place in `calls`.
constexpr auto index_by_number = [] {
  std::array<std::uint8_t, max_number> index{};
  index.fill(no_call);
  for (std::size_t i = 0; i < std::size(calls); i++) {
    const std::int16_t number = calls[i].number(arch::linux_abi::call_numbers);
    if (number != no_number) index[static_cast<std::size_t>(number)] = static_cast<std::uint8_t>(i);
  }
  return index;
}();

}  // namespace

std::span<const Call> call_table() {
  return calls;
}

const Call* find_call(long number) {
  if (number < 0 || static_cast<std::size_t>(number) >= max_number) return nullptr;
  const std::uint8_t index = index_by_number[static_cast<std::size_t>(number)];
  return index == no_call ? nullptr : &calls[index];
}

const char* refused_call_name(long number) {
  for (const RefusedCall& call : refused_calls) {
    const auto own = arch::linux_abi::call_numbers == abi::CallNumbers::x86_64 ? call.x86_64 : call.generic;
    if (own == number && number >= 0) return call.name;
  }
  return nullptr;
}

}  // namespace nucleus
