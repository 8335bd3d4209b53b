// SPDX-License-Identifier: ISC
#pragma once

// The handlers of the calls in call_table.cc, one a call. What each does is POSIX' and Linux';
// docs/system-calls.md says where it does less.  Context: the calling thread's kernel stack, interrupts on,
// no lock held.

#include "arguments.h"

namespace nucleus::call {

// Memory.

Result<long> map_memory(const Arguments& arguments);
Result<long> unmap_memory(const Arguments& arguments);
Result<long> protect_memory(const Arguments& arguments);
Result<long> remap_memory(const Arguments& arguments);
Result<long> advise_memory(const Arguments& arguments);
Result<long> sync_memory(const Arguments& arguments);
Result<long> break_memory(const Arguments& arguments);

// Threads.

Result<long> set_tid_address(const Arguments& arguments);
Result<long> get_thread_id(const Arguments& arguments);
Result<long> exit_this_thread(const Arguments& arguments);
Result<long> exit_program(const Arguments& arguments);
Result<long> yield_cpu(const Arguments& arguments);
Result<long> get_affinity(const Arguments& arguments);
Result<long> change_affinity(const Arguments& arguments);
Result<long> get_cpu(const Arguments& arguments);
Result<long> use_futex(const Arguments& arguments);
Result<long> set_robust_list(const Arguments& arguments);
Result<long> get_robust_list(const Arguments& arguments);
Result<long> memory_barrier(const Arguments& arguments);

// Time.

Result<long> get_clock(const Arguments& arguments);
Result<long> get_clock_resolution(const Arguments& arguments);
Result<long> get_time_of_day(const Arguments& arguments);
Result<long> get_time(const Arguments& arguments);
Result<long> get_process_times(const Arguments& arguments);
Result<long> get_resource_usage(const Arguments& arguments);
Result<long> sleep_for(const Arguments& arguments);
Result<long> sleep_on_clock(const Arguments& arguments);
Result<long> get_interval_timer(const Arguments& arguments);
Result<long> set_interval_timer(const Arguments& arguments);
Result<long> set_alarm(const Arguments& arguments);

// Reading and writing.

Result<long> read_file(const Arguments& arguments);
Result<long> write_file(const Arguments& arguments);
Result<long> read_vector(const Arguments& arguments);
Result<long> write_vector(const Arguments& arguments);
Result<long> read_file_at(const Arguments& arguments);
Result<long> write_file_at(const Arguments& arguments);
Result<long> read_vector_at(const Arguments& arguments);
Result<long> write_vector_at(const Arguments& arguments);
Result<long> seek_file(const Arguments& arguments);
Result<long> resize_file(const Arguments& arguments);
Result<long> resize_named_file(const Arguments& arguments);
Result<long> allocate_file(const Arguments& arguments);
Result<long> sync_file(const Arguments& arguments);
Result<long> sync_files(const Arguments& arguments);
Result<long> advise_file(const Arguments& arguments);

// Descriptors.

Result<long> open_file(const Arguments& arguments);
Result<long> open_file_at(const Arguments& arguments);
Result<long> create_file(const Arguments& arguments);
Result<long> close_file(const Arguments& arguments);
Result<long> duplicate(const Arguments& arguments);
Result<long> duplicate_to(const Arguments& arguments);
Result<long> duplicate_to_with_flags(const Arguments& arguments);
Result<long> control_file(const Arguments& arguments);
Result<long> lock_file(const Arguments& arguments);
Result<long> control_device(const Arguments& arguments);
Result<long> make_pipe(const Arguments& arguments);
Result<long> make_pipe_with_flags(const Arguments& arguments);
Result<long> poll_files(const Arguments& arguments);
Result<long> poll_files_with_mask(const Arguments& arguments);
Result<long> select_files(const Arguments& arguments);
Result<long> select_files_with_mask(const Arguments& arguments);

// Names.

Result<long> stat_path(const Arguments& arguments);
Result<long> stat_link(const Arguments& arguments);
Result<long> stat_file(const Arguments& arguments);
Result<long> stat_at(const Arguments& arguments);
Result<long> stat_extended(const Arguments& arguments);
Result<long> stat_file_system(const Arguments& arguments);
Result<long> stat_file_system_of_file(const Arguments& arguments);
Result<long> check_access(const Arguments& arguments);
Result<long> check_access_at(const Arguments& arguments);
Result<long> read_link(const Arguments& arguments);
Result<long> read_link_at(const Arguments& arguments);
Result<long> read_directory(const Arguments& arguments);
Result<long> make_directory(const Arguments& arguments);
Result<long> make_directory_at(const Arguments& arguments);
Result<long> remove_directory(const Arguments& arguments);
Result<long> remove_name(const Arguments& arguments);
Result<long> remove_name_at(const Arguments& arguments);
Result<long> rename_path(const Arguments& arguments);
Result<long> rename_at(const Arguments& arguments);
Result<long> rename_at_with_flags(const Arguments& arguments);
Result<long> make_link(const Arguments& arguments);
Result<long> make_link_at(const Arguments& arguments);
Result<long> make_symbolic_link(const Arguments& arguments);
Result<long> make_symbolic_link_at(const Arguments& arguments);
Result<long> change_mode(const Arguments& arguments);
Result<long> change_mode_of_file(const Arguments& arguments);
Result<long> change_mode_at(const Arguments& arguments);
Result<long> change_owner(const Arguments& arguments);
Result<long> change_owner_of_link(const Arguments& arguments);
Result<long> change_owner_of_file(const Arguments& arguments);
Result<long> change_owner_at(const Arguments& arguments);
Result<long> set_file_times(const Arguments& arguments);
Result<long> get_working_directory(const Arguments& arguments);
Result<long> change_directory(const Arguments& arguments);
Result<long> change_directory_to_file(const Arguments& arguments);
Result<long> set_file_mode_mask(const Arguments& arguments);

// Signals to the program itself.

Result<long> set_signal_action(const Arguments& arguments);
Result<long> set_signal_mask(const Arguments& arguments);
Result<long> get_pending_signals(const Arguments& arguments);
Result<long> wait_with_signal_mask(const Arguments& arguments);
Result<long> take_signal(const Arguments& arguments);
Result<long> set_signal_stack(const Arguments& arguments);
Result<long> wait_for_signal(const Arguments& arguments);
Result<long> signal_process(const Arguments& arguments);
Result<long> signal_thread(const Arguments& arguments);
Result<long> signal_thread_of_group(const Arguments& arguments);

// Identity and the rest.

Result<long> get_process_id(const Arguments& arguments);
Result<long> get_parent_id(const Arguments& arguments);
Result<long> get_group_of_process(const Arguments& arguments);
Result<long> get_user_id(const Arguments& arguments);
Result<long> get_groups(const Arguments& arguments);
Result<long> set_user_id(const Arguments& arguments);
Result<long> get_system_names(const Arguments& arguments);
Result<long> get_system_information(const Arguments& arguments);
Result<long> change_resource_limit(const Arguments& arguments);
Result<long> get_resource_limit(const Arguments& arguments);
Result<long> set_resource_limit(const Arguments& arguments);
Result<long> get_random(const Arguments& arguments);
Result<long> control_process(const Arguments& arguments);
Result<long> control_architecture(const Arguments& arguments);

}  // namespace nucleus::call
