(* SPDX-License-Identifier: ISC *)

(** The library [Unix] with descriptors that are counted, of which what waits lets other fibers run: reading, writing,
    [accept], [connect], [recv], [send], [select], [sleep], [sleepf], [wait], [waitpid], [system] and [lockf].

    Descriptors that others share, as the standard ones, should stay in blocking mode, for the mode is shared too; all
    others are best put into non-blocking mode, which saves a system call each time. In blocking mode an operation waits
    until the descriptor is ready and writes little at a time; if another has been quicker meanwhile, it blocks the
    thread.

    A descriptor that is closed while an operation uses it is closed at the end of the operation. Channels, what makes
    them, and all other functions are those of [Unix], and block the thread. *)

include module type of Unix
  with type error = Unix.error
   and type process_status = Unix.process_status
   and type wait_flag = Unix.wait_flag
   and type file_descr := Picos_io_fd.t
   and type open_flag = Unix.open_flag
   and type seek_command = Unix.seek_command
   and type file_kind = Unix.file_kind
   and type stats = Unix.stats
   and type LargeFile.stats = Unix.LargeFile.stats
   and type access_permission = Unix.access_permission
   and type dir_handle = Unix.dir_handle
   and type lock_command = Unix.lock_command
   and type sigprocmask_command = Unix.sigprocmask_command
   and type process_times = Unix.process_times
   and type tm = Unix.tm
   and type interval_timer = Unix.interval_timer
   and type interval_timer_status = Unix.interval_timer_status
   and type passwd_entry = Unix.passwd_entry
   and type group_entry = Unix.group_entry
   and type inet_addr = Unix.inet_addr
   and type socket_domain = Unix.socket_domain
   and type socket_type = Unix.socket_type
   and type sockaddr = Unix.sockaddr
   and type shutdown_command = Unix.shutdown_command
   and type msg_flag = Unix.msg_flag
   and type socket_bool_option = Unix.socket_bool_option
   and type socket_int_option = Unix.socket_int_option
   and type socket_optint_option = Unix.socket_optint_option
   and type socket_float_option = Unix.socket_float_option
   and type host_entry = Unix.host_entry
   and type protocol_entry = Unix.protocol_entry
   and type service_entry = Unix.service_entry
   and type addr_info = Unix.addr_info
   and type getaddrinfo_option = Unix.getaddrinfo_option
   and type name_info = Unix.name_info
   and type getnameinfo_option = Unix.getnameinfo_option
   and type terminal_io = Unix.terminal_io
   and type setattr_when = Unix.setattr_when
   and type flush_queue = Unix.flush_queue
   and type flow_action = Unix.flow_action

type file_descr = Picos_io_fd.t

val close_pair : file_descr * file_descr -> unit
(** Closes both. *)
