(* SPDX-License-Identifier: ISC *)

open Task
open Life
open Scheme

type status = Task.status = Exited of int | Killed of int
type nonrec process = process
type t = system

external bytes_of_machine : free:bool -> int = "process_machine_memory" [@@noalloc]

let memory_of_machine () = (bytes_of_machine ~free:false, bytes_of_machine ~free:true)
let exit_code = function Exited code -> code land 255 | Killed signal -> 128 + signal
let log_to_errors text = prerr_endline ("bactrian: " ^ text)

let create ?(log = log_to_errors) ?(limits = Limits.none) ?(machine_memory = memory_of_machine) () =
  create_system ~log ~machine_memory limits
let mapped t = t.mapped

let clone_vm = 0x100
let clone_vfork = 0x4000
let clone_sighand = 0x800
let clone_thread = 0x10000
let clone_settls = 0x80000
let clone_parent_settid = 0x100000
let clone_child_cleartid = 0x200000
let clone_child_settid = 0x1000000

let signal_of_fault : Vcpu.fault_kind -> int = function
  | Read | Write | Fetch | Other -> Signals.sigsegv
  | Illegal -> Signals.sigill
  | Divide | Floating_point -> Signals.sigfpe
  | Alignment -> Signals.sigbus
  | Breakpoint -> Signals.sigtrap

(* What a call does to its thread, in place of a result. *)
let leave_thread = min_int
let new_registers = min_int + 1

(* Who touches what there is no memory for cannot go on. *)
let out_of_memory p =
  if not (is_over p) then
  begin
    let limit, _ = Group.memory_left p.group_of in
    let within = if limit = max_int then "" else Printf.sprintf " (it may have %d KiB, with all that it forks)" (limit / 1024) in
    p.system.log (Printf.sprintf "process %d (%s) is killed: there is no memory left for it%s" p.pid p.program within)
  end;
  end_process p (Killed Signals.sigkill)

(* The arguments of a call: each calls for some of them. *)

let a v = Vcpu.argument v 0
let b v = Vcpu.argument v 1
let c v = Vcpu.argument v 2
let d v = Vcpu.argument v 3
let e v = Vcpu.argument v 4
let f v = Vcpu.argument v 5

(* Others that are ready when it goes back to user mode are mostly those whom it has just answered, and it waits itself soon
   after: then its carrier has them go on at once. So they are held back for a while, unless it did not wait lately. *)
let hold_ns = if Domain.recommended_domain_count () = 1 then 1_000_000 else 100_000

let hurried_runs = 16

let enter_until (thread : thread) carriers deadline : Vcpu.exit =
  if thread.slice_stop <= deadline then Vcpu.run_briefly thread.vcpu ~deadline:thread.slice_stop carriers
  else match Vcpu.run_briefly thread.vcpu ~deadline carriers with Slice -> Again | exit -> exit

let rec enter (thread : thread) carriers : Vcpu.exit =
  if Picox_carriers.is_short carriers then take_turns thread carriers
  else
    match Vcpu.run_carried thread.vcpu ~deadline:thread.slice_stop carriers with
    | Again -> enter_beside_others thread carriers
    | exit -> exit

and enter_beside_others thread carriers =
  if thread.hurried > 0 then (
    thread.hurried <- thread.hurried - 1;
    Picox_carriers.share carriers;
    enter thread carriers)
  else
    match enter_until thread carriers (Vcpu.now () + hold_ns) with
    | Again ->
        thread.hurried <- hurried_runs;
        Picox_carriers.share carriers;
        enter thread carriers
    | exit -> exit

and take_turns thread carriers =
  if Picox_carriers.has_others carriers then Picox_carriers.share carriers;
  match enter_until thread carriers (Vcpu.now () + hold_ns) with Again -> enter thread carriers | exit -> exit

(* Until it ends, or its process. *)
let rec go_on p (thread : thread) =
  Turn.await p thread;
  if stands_still p then hold p thread;
  if not (is_over p || thread.leaving) then
    match enter thread (Wait.carriers thread.sleeper) with
    | Call -> if not (is_over p) then call p thread
    | Fault -> if not (is_over p) then fault p thread
    | Slice ->
        Turn.over p thread;
        Delivery.deliver p thread;
        go_on p thread
    | Kick | Again ->
        Delivery.deliver p thread;
        go_on p thread
    (* It has got itself registers that no user may have. *)
    | exception Invalid_argument _ -> end_process p (Killed Signals.sigsegv)

and call p thread =
  let number = Calls.of_number (Vcpu.call_number thread.vcpu) in
  let result = perform p thread number in
  if result <> leave_thread then (
    (* One that was interrupted may have to be made again, with the registers as they are. *)
    if result = Errno.eintr then Delivery.interrupted p thread number
    else (
      if result <> new_registers then Vcpu.set_result thread.vcpu result;
      if Signals.is_deliverable p.signals thread.signals || Option.is_some thread.signals.mask_to_restore then
        Delivery.deliver p thread);
    go_on p thread)

and fault p thread =
  let { Vcpu.kind; address; code } = Vcpu.fault thread.vcpu in
  let outcome =
    match kind with
    | Read -> Memory.fault p.memory address Memory.Read
    | Write -> Memory.fault p.memory address Memory.Write
    | Fetch -> Memory.fault p.memory address Memory.Fetch
    | _ -> Memory.Denied
  in
  (match outcome with
  | Resolved -> ()
  | Denied -> Delivery.fault p thread (signal_of_fault kind) ~kind ~address ~code
  | No_file -> Delivery.fault p thread Signals.sigbus ~kind ~address ~code
  | Canceled -> ()
  | No_memory -> out_of_memory p);
  go_on p thread

and perform p (thread : thread) (number : Calls.t) =
  let v = thread.vcpu in
  let here = Path_calls.at_cwd in
  match number with
  | Read -> Io_calls.read p thread (a v) (b v) (c v)
  | Write -> Io_calls.write p thread (a v) (b v) (c v)
  | Readv -> Io_calls.readv p thread (a v) (b v) (c v)
  | Writev -> Io_calls.writev p thread (a v) (b v) (c v)
  | Pread64 -> Io_calls.pread p thread (a v) (b v) (c v) (d v)
  | Pwrite64 -> Io_calls.pwrite p thread (a v) (b v) (c v) (d v)
  | Preadv -> Io_calls.preadv p thread (a v) (b v) (c v) (d v)
  | Pwritev -> Io_calls.pwritev p thread (a v) (b v) (c v) (d v)
  | Sendfile -> Io_calls.sendfile p thread (a v) (b v) (c v) (d v)
  | Lseek -> File_calls.lseek p thread (a v) (b v) (c v)
  | Close -> File_calls.close p thread (a v)
  | Close_range -> File_calls.close_range p thread (a v) (b v) (c v)
  | Ioctl -> File_calls.ioctl p thread (a v) (b v) (c v)
  | Fcntl -> File_calls.fcntl p thread (a v) (b v) (c v)
  | Dup -> File_calls.dup p (a v)
  | Dup2 -> File_calls.dup2 p thread (a v) (b v)
  | Dup3 -> File_calls.dup3 p thread (a v) (b v) (c v)
  | Pipe -> File_calls.pipe p (a v) 0
  | Pipe2 -> File_calls.pipe p (a v) (b v)
  | Fsync | Fdatasync -> File_calls.fsync p thread (a v)
  | Sync -> 0
  | Ftruncate -> File_calls.ftruncate p thread (a v) (b v)
  | Truncate -> File_calls.truncate p thread (a v) (b v)
  | Fallocate -> File_calls.fallocate p thread (a v) (b v) (c v) (d v)
  | Fadvise64 -> File_calls.fadvise p (a v) (c v) (d v)
  | Open -> Path_calls.openat p thread here (a v) (b v)
  | Creat -> Path_calls.openat p thread here (a v) 0o1101
  | Openat -> Path_calls.openat p thread (a v) (b v) (c v)
  | Openat2 -> Path_calls.openat2 p thread (a v) (b v) (c v) (d v)
  | Stat -> Path_calls.newfstatat p thread here (a v) (b v) 0
  | Lstat -> Path_calls.newfstatat p thread here (a v) (b v) Path_calls.symlink_nofollow
  | Fstat -> Path_calls.fstat p thread (a v) (b v)
  | Newfstatat -> Path_calls.newfstatat p thread (a v) (b v) (c v) (d v)
  | Statx -> Path_calls.statx p thread (a v) (b v) (c v) (d v) (e v)
  | Statfs -> Path_calls.statfs p thread (a v) (b v)
  | Fstatfs -> Path_calls.fstatfs p (a v) (b v)
  | Getdents64 -> File_calls.getdents p thread (a v) (b v) (c v)
  | Access -> Path_calls.faccessat p thread here (a v) (b v) 0
  | Faccessat -> Path_calls.faccessat p thread (a v) (b v) (c v) 0
  | Faccessat2 -> Path_calls.faccessat p thread (a v) (b v) (c v) (d v)
  | Readlink -> Path_calls.readlinkat p thread here (a v) (b v) (c v)
  | Readlinkat -> Path_calls.readlinkat p thread (a v) (b v) (c v) (d v)
  | Mkdir -> Path_calls.mkdirat p thread here (a v)
  | Mkdirat -> Path_calls.mkdirat p thread (a v) (b v)
  | Rmdir -> Path_calls.unlinkat p thread here (a v) Path_calls.remove_directory
  | Unlink -> Path_calls.unlinkat p thread here (a v) 0
  | Unlinkat -> Path_calls.unlinkat p thread (a v) (b v) (c v)
  | Rename -> Path_calls.renameat2 p thread here (a v) here (b v) 0
  | Renameat -> Path_calls.renameat2 p thread (a v) (b v) (c v) (d v) 0
  | Renameat2 -> Path_calls.renameat2 p thread (a v) (b v) (c v) (d v) (e v)
  | Link -> Path_calls.linkat p thread here (a v) here (b v) 0
  | Linkat -> Path_calls.linkat p thread (a v) (b v) (c v) (d v) (e v)
  | Symlink -> Path_calls.symlinkat p thread (a v) here (b v)
  | Symlinkat -> Path_calls.symlinkat p thread (a v) (b v) (c v)
  | Chmod | Chown -> Path_calls.exists p thread here (a v) 0
  | Lchown -> Path_calls.exists p thread here (a v) Path_calls.symlink_nofollow
  | Fchmod | Fchown -> Io_calls.with_file p (a v) (fun _ -> 0)
  | Fchmodat -> Path_calls.exists p thread (a v) (b v) 0
  | Fchownat -> Path_calls.exists p thread (a v) (b v) (User.int32 (e v))
  | Utimensat -> File_calls.utimensat p thread (a v) (b v) (c v) (d v)
  | Getcwd -> Path_calls.getcwd p (a v) (b v)
  | Chdir -> Path_calls.chdir p thread (a v)
  | Fchdir -> Path_calls.fchdir p (a v)
  | Umask -> Path_calls.umask p (a v)
  | Mmap -> Memory_calls.mmap p thread (a v) (b v) (c v) (d v) (e v) (f v)
  | Munmap -> Memory_calls.munmap p thread (a v) (b v)
  | Msync -> Memory_calls.msync p thread (a v) (b v) (c v)
  | Mprotect -> Memory_calls.mprotect p (a v) (b v) (c v)
  | Madvise -> Memory_calls.madvise p (a v) (b v) (c v)
  | Mremap -> Memory_calls.mremap p thread (a v) (b v) (c v) (d v)
  | Brk -> Memory.move_break p.memory (a v)
  | Exit ->
      locked p.system (fun () -> if List.compare_length_with p.threads 1 = 0 && not (is_over p) then p.status <- Some (Exited (a v land 255)));
      leave_thread
  | Exit_group ->
      end_process p (Exited (a v land 255));
      leave_thread
  | Clone -> clone p thread (a v) (b v) (c v) (d v) (e v)
  | Fork -> fork p thread ~stack:0 ~child_tid:0 ~clear_tid:0
  | Vfork -> vfork p thread ~stack:0 ~child_tid:0 ~clear_tid:0
  | Execve -> ( match Process_calls.execve p thread (a v) (b v) (c v) with Ok () -> new_registers | Error error -> error)
  | Wait4 -> Process_calls.wait4 p thread (a v) (b v) (c v) (d v)
  | Waitid -> Process_calls.waitid p thread (a v) (b v) (c v) (d v) (e v)
  | Kill -> Signal_calls.kill p (a v) (b v)
  | Tkill -> Signal_calls.tkill p (a v) (b v)
  | Tgkill -> Signal_calls.tgkill p (a v) (b v) (c v)
  | Rt_sigaction -> Signal_calls.sigaction p (a v) (b v) (c v) (d v)
  | Rt_sigprocmask -> Signal_calls.sigprocmask p thread (a v) (b v) (c v) (d v)
  | Rt_sigpending -> Signal_calls.sigpending p thread (a v) (b v)
  | Rt_sigsuspend -> Signal_calls.sigsuspend p thread (a v) (b v)
  | Rt_sigtimedwait -> Signal_calls.sigtimedwait p thread (a v) (b v) (c v) (d v)
  | Rt_sigreturn ->
      Delivery.return p thread;
      new_registers
  | Sigaltstack -> Signal_calls.sigaltstack p thread (a v) (b v)
  | Pause -> Signal_calls.pause thread
  | Getitimer -> Signal_calls.getitimer p (a v) (b v)
  | Setitimer -> Signal_calls.setitimer p (a v) (b v) (c v)
  | Alarm -> Signal_calls.alarm p (a v)
  | Futex -> Time_calls.futex p thread (a v) (b v) (c v) (d v) (e v) (f v)
  | Clock_gettime -> Time_calls.clock_gettime p thread (a v) (b v)
  | Clock_getres -> Time_calls.clock_getres p thread (a v) (b v)
  | Gettimeofday -> Time_calls.gettimeofday p (a v) (b v)
  | Time -> Time_calls.time p (a v)
  | Nanosleep -> Time_calls.nanosleep p thread (a v) (b v)
  | Clock_nanosleep -> Time_calls.clock_nanosleep p thread (a v) (b v) (c v) (d v)
  | Set_tid_address ->
      thread.clear_tid <- a v;
      thread.id
  | Set_robust_list -> if b v = 24 then 0 else Errno.einval
  | Gettid -> thread.id
  | Getpid -> p.pid
  | Getppid -> ( match p.parent with Some parent -> parent.pid | None -> 0)
  | Getpgrp -> p.group
  | Getpgid -> Plain_calls.getpgid p (a v)
  | Setpgid -> Plain_calls.setpgid p (a v) (b v)
  | Getsid -> Plain_calls.getsid p (a v)
  | Setsid -> Plain_calls.setsid p
  | Getuid | Geteuid | Getgid | Getegid -> 0
  | Getgroups -> if User.int32 (a v) < 0 then Errno.einval else 0
  | Setuid | Setgid -> ( match User.int32 (a v) with 0 -> 0 | -1 -> Errno.einval | _ -> Errno.eperm)
  | Sched_yield ->
      (* Where others wait for their turns, they come first as if its slice were over. *)
      if Turns.is_contended p.system.turns then Turn.give_up p thread
      else if Picox_carriers.has_others (Wait.carriers thread.sleeper) then Picos.Fiber.yield ();
      Thread.yield ();
      0
  | Sched_getaffinity -> Plain_calls.getaffinity p (b v) (c v)
  | Arch_prctl -> Plain_calls.arch_prctl p thread (a v) (b v)
  | Prctl -> Plain_calls.prctl p thread (a v) (b v)
  | Prlimit64 -> Plain_calls.prlimit p (a v) (b v) (c v) (d v)
  | Getrlimit -> Plain_calls.prlimit p 0 (a v) 0 (b v)
  | Setrlimit -> Plain_calls.prlimit p 0 (a v) (b v) 0
  | Getpriority -> Plain_calls.getpriority p (a v) (b v)
  | Setpriority -> Plain_calls.setpriority p (a v) (b v) (c v)
  | Getrusage -> Plain_calls.getrusage p thread (a v) (b v)
  | Times -> Plain_calls.times p (a v)
  | Sysinfo -> Plain_calls.sysinfo p (a v)
  | Getrandom -> Plain_calls.getrandom p thread (a v) (b v) (c v)
  | Uname -> Plain_calls.uname p (a v)
  | Poll -> Poll_calls.poll p thread (a v) (b v) (Poll_calls.deadline_ms (User.int32 (c v)))
  | Ppoll -> Poll_calls.ppoll p thread (a v) (b v) (c v) (d v) (e v)
  | Select -> Poll_calls.select_us p thread (a v) (b v) (c v) (d v) (e v)
  | Pselect6 -> Poll_calls.pselect6 p thread (a v) (b v) (c v) (d v) (e v) (f v)
  | Epoll_create -> if User.int32 (a v) > 0 then Event_calls.epoll_create p 0 else Errno.einval
  | Epoll_create1 -> Event_calls.epoll_create p (a v)
  | Epoll_ctl -> Event_calls.epoll_ctl p (a v) (b v) (c v) (d v)
  | Epoll_wait -> Event_calls.epoll_wait p thread (a v) (b v) (c v) (Poll_calls.deadline_ms (User.int32 (d v)))
  | Epoll_pwait -> Event_calls.epoll_pwait p thread (a v) (b v) (c v) (d v) (e v) (f v)
  | Eventfd -> Event_calls.eventfd p (a v) 0
  | Eventfd2 -> Event_calls.eventfd p (a v) (b v)
  | Timerfd_create -> Event_calls.timerfd_create p (a v) (b v)
  | Timerfd_settime -> Event_calls.timerfd_settime p (a v) (b v) (c v) (d v)
  | Timerfd_gettime -> Event_calls.timerfd_gettime p (a v) (b v)
  | Socketpair -> Event_calls.socketpair p (a v) (b v) (c v) (d v)
  | Recvfrom -> Event_calls.recvfrom p thread (a v) (b v) (c v) (d v) (e v) (f v)
  | Sendto -> Event_calls.sendto p thread (a v) (b v) (c v) (d v) (e v)
  | Shutdown -> Event_calls.shutdown p (a v) (b v)
  | Flock -> Lock_calls.flock p thread (a v) (b v)
  | Unknown -> Errno.enosys

(* A thread, or all else: a process. One that would have this one's memory beside it gets a copy of it. *)
and clone p thread flags stack parent_tid d e =
  let thread_pointer, child_tid = if Space.machine = 62 then (e, d) else (d, e) in
  let has bit = flags land bit <> 0 in
  if flags < 0 || (has clone_sighand && not (has clone_vm)) || (has clone_thread && not (has clone_sighand)) then Errno.einval
  else if not (has clone_thread) then
    let begin_ = if has clone_vm && has clone_vfork then vfork else fork in
    let answer =
      begin_ p thread ~stack
        ~child_tid:(if has clone_child_settid then child_tid else 0)
        ~clear_tid:(if has clone_child_cleartid then child_tid else 0)
    in
    (* It is there, whether its number can be told or not. *)
    if answer > 0 && has clone_parent_settid then ignore (Memory.write_int32 p.memory parent_tid answer);
    answer
  else if has clone_settls && (thread_pointer < 0 || thread_pointer >= Space.limit) then Errno.eperm
  else if not (take_task p) then Errno.eagain
  else
    match Vcpu.create (Memory.space p.memory) with
    | exception Out_of_memory ->
        Budget.give_back p.group_of.tasks 1;
        Errno.eagain
    | vcpu ->
        Vcpu.copy_registers vcpu ~from:thread.vcpu;
        Vcpu.set_result vcpu 0;
        if stack <> 0 then Vcpu.set_stack_pointer vcpu stack;
        if has clone_settls then Vcpu.set_thread_pointer vcpu thread_pointer;
        let child =
          locked p.system (fun () ->
              let child = add_thread p ~after:thread ~id:(take_id p.system) ~mask:thread.signals.mask vcpu in
              child.leaving <- thread.leaving;
              child)
        in
        child.name <- thread.name;
        let id = child.id in
        if has clone_child_cleartid then child.clear_tid <- child_tid;
        if has clone_parent_settid then ignore (Memory.write_int32 p.memory parent_tid id);
        if has clone_child_settid then ignore (Memory.write_int32 p.memory child_tid id);
        if start p child then id
        else (
          child.clear_tid <- 0;
          thread_is_gone p child;
          Errno.eagain)

and fork p thread ~stack ~child_tid ~clear_tid =
  match Memory.copy p.memory with
  | exception Out_of_memory -> Errno.enomem
  | memory -> (
      match begin_child p thread ~memory ~stack ~child_tid ~clear_tid with Ok child -> child.pid | Error error -> error)

(* The child has this very memory until it executes something or ends, and the parent waits for that. *)
and vfork p thread ~stack ~child_tid ~clear_tid =
  let memory = p.memory in
  match begin_child p thread ~memory:(Memory.lend memory) ~stack ~child_tid ~clear_tid with
  | Error error -> error
  | Ok child ->
      ignore (undisturbed thread [ child.resumed ] (fun () -> child.gone || child.memory != memory));
      child.pid

(* Owns its use of the memory. *)
and begin_child p thread ~memory ~stack ~child_tid ~clear_tid =
  let refuse error =
    Memory.clear memory;
    Error error
  in
  if not (take_task p) then refuse Errno.eagain
  else
    let refuse error =
      Budget.give_back p.group_of.tasks 1;
      refuse error
    in
    match Vcpu.create (Memory.space memory) with
    | exception Out_of_memory -> refuse Errno.enomem
    | vcpu -> (
        match Descriptors.copy p.files with
        | None -> refuse Errno.eagain
        | Some files -> start_child p thread (memory, vcpu, files) ~stack ~child_tid ~clear_tid)

and start_child p thread (memory, vcpu, files) ~stack ~child_tid ~clear_tid =
  Vcpu.copy_registers vcpu ~from:thread.vcpu;
  Vcpu.set_result vcpu 0;
  if stack <> 0 then Vcpu.set_stack_pointer vcpu stack;
  let signals = Signals.copy p.signals in
  let child, first =
    locked p.system (fun () ->
        let child =
          new_process p.system ~group_of:p.group_of ~rlimits:(Resource_limits.copy p.rlimits) ~memory ~files ~namespace:p.namespace ~cwd:p.cwd ~program:p.program
            ~arguments:p.arguments ~signals ~parent:(Some p)
        in
        child.umask <- p.umask;
        if memory == p.memory then child.futexes <- p.futexes;
        (* Whoever ends all processes has not met this one. *)
        child.status <- p.status;
        (child, add_thread child ~after:thread ~id:child.pid ~mask:thread.signals.mask vcpu))
  in
  first.signals.stack_at <- thread.signals.stack_at;
  first.signals.stack_size <- thread.signals.stack_size;
  first.signals.stack_flags <- thread.signals.stack_flags;
  first.name <- thread.name;
  first.clear_tid <- clear_tid;
  if child_tid <> 0 then ignore (Memory.write_int32 memory child_tid child.pid);
  if Resource_limits.soft child.rlimits Resource_limits.cpu < max_int then Cpu_limit.watch child;
  if start child first then Ok child
  else (
    (* Nobody hears of it. *)
    locked p.system (fun () -> child.parent <- None);
    thread_is_gone child first;
    Error Errno.eagain)

(* False: the machine has no room for a thread. *)
and start p thread =
  Wait.start thread.sleeper
    ~resumed:(fun () ->
      start_clock thread;
      Turns.enter thread.turn)
    ~suspended:(fun () ->
      stop_clock thread;
      Turns.leave thread.turn)
    ~ended:(fun () -> thread_is_gone p thread)
    (fun () ->
      attempt p (fun () ->
          Turn.begin_life p thread;
          go_on p thread;
          (* What is told at its end must wait for nothing then. *)
          if thread.clear_tid <> 0 && not (is_over p) then ignore (Memory.read_int32 p.memory thread.clear_tid)))

(* For those who command processes. *)

let give_files ~budget files =
  let table = Descriptors.create ~budget () in
  let answers = List.map (fun (fd, file) -> Descriptors.put table fd ~close_on_exec:false file) files in
  if List.for_all (fun answer -> answer = 0) answers then Some table
  else (
    Descriptors.close_all table;
    None)

let load_program memory program ~arguments ~environment =
  match Result.bind (Program.executable program) (Start.load memory ~arguments ~environment) with
  | Error _ as error -> error
  | Ok { pc; stack_pointer } ->
      let vcpu = Vcpu.create (Memory.space memory) in
      Vcpu.set_pc vcpu pc;
      Vcpu.set_stack_pointer vcpu stack_pointer;
      Ok vcpu

let no_memory = Error "there is no memory for it"

let start_loaded system group_of (memory, vcpu) ~files ~namespace ~cwd ~path ~arguments =
  let program = Program.whole_path ~cwd path in
  let p, first =
    locked system (fun () ->
        let rlimits = Resource_limits.create (Group.effective group_of) in
        let p = new_process system ~group_of ~rlimits ~memory ~files ~namespace ~cwd ~program ~arguments ~signals:(Signals.create ()) ~parent:None in
        (p, add_thread p ~id:p.pid vcpu))
  in
  if start p first then Ok p
  else (
    thread_is_gone p first;
    Error "there is no room for one more thread")

let start_program system group_of ~files ~namespace ~cwd ~environment ~path program ~arguments =
  let loaded =
    match Memory.create group_of.Group.memory with
    | exception Out_of_memory -> no_memory
    | memory -> (
        match load_program memory program ~arguments ~environment with
        | Ok vcpu -> Ok (memory, vcpu)
        | Error _ as error ->
            Memory.clear memory;
            error
        | exception Out_of_memory ->
            Memory.clear memory;
            no_memory)
  in
  match loaded with
  | Error _ as error ->
      List.iter (fun (_, file) -> Open_file.release file) files;
      error
  | Ok ((memory, _) as loaded) -> (
      match give_files ~budget:group_of.handles files with
      | None ->
          Memory.clear memory;
          Error "it may not have so many descriptors"
      | Some files when Budget.take group_of.tasks 1 -> start_loaded system group_of loaded ~files ~namespace ~cwd ~path ~arguments
      | Some files ->
          Descriptors.close_all files;
          Memory.clear memory;
          Error "there are too many tasks")

let spawn system ?(files = []) ?(environment = []) ?(cwd = Path.root) ?programs ?(limits = Limits.none) ~namespace path
    ~arguments =
  let group = Group.create ~within:system.around_all limits in
  let most = (Group.effective group).memory in
  match Program.find system.programs (Option.value programs ~default:namespace) ~most ~cwd path with
  | Error error ->
      List.iter (fun (_, file) -> Open_file.release file) files;
      Error (Error.to_string error)
  | Ok (program, arrange) ->
      let arguments = arrange arguments in
      start_program system group ~files ~namespace ~cwd ~environment ~path program ~arguments

type statistics = {
  number : int;
  parent : int;
  program : string;
  threads : int;
  handles : int;
  memory : int;
  cpu_ns : int;
  limits : Limits.t;
}

(* The memory's lock may be held for longer than the system's is to be. *)
let statistics system =
  let of_process (p : process) =
    {
      number = p.pid;
      parent = (match p.parent with Some parent -> parent.pid | None -> 0);
      program = p.program;
      threads = List.length p.threads;
      handles = Descriptors.count p.files;
      memory = 0;
      cpu_ns = cpu_ns p;
      limits = Group.effective p.group_of;
    }
  in
  let seen = locked system (fun () -> List.rev_map (fun p -> (p, of_process p)) (List.filter (fun p -> not p.gone) system.processes)) in
  List.map (fun ((p : process), seen) -> { seen with memory = Memory.pages p.memory * Space.page_size }) seen

type used = { used_memory : int; used_handles : int; used_tasks : int }

let used_by (group : Group.t) =
  {
    used_memory = Budget.used group.memory * Space.page_size;
    used_handles = Budget.used group.handles;
    used_tasks = Budget.used group.tasks;
  }

let used system = used_by system.around_all
let used_by_tree p = used_by p.group_of
let pid p = p.pid
let status p = if p.gone then p.status else None

let wait p =
  Wait.plainly p.system.changed (fun () -> p.gone);
  Option.get p.status

(* Of a whole tree. *)

let is_in group p = p.group_of == group

let end_tree p =
  let group = p.group_of in
  end_processes p.system (is_in group) (Killed Signals.sigkill)

let wait_for_tree p =
  let system = p.system and group = p.group_of in
  Wait.plainly system.changed (fun () ->
      locked system (fun () -> List.for_all (fun q -> q.gone || not (is_in group q)) system.processes))

let kill p signal =
  if signal < 1 || signal > Signals.highest then invalid_arg "Tender.kill: no such signal";
  if not p.gone then send p { signal; code = 0; sender = 0; value = 0L; address = 0 }

let signal system number signal =
  if signal < 0 || signal > Signals.highest then invalid_arg "Tender.signal: no such signal";
  match locked system (fun () -> List.find_opt (fun p -> p.pid = number && not p.gone) system.processes) with
  | None -> false
  | Some p ->
      if signal > 0 then kill p signal;
      true

let new_number system = locked system (fun () -> take_id system)
let dump p out = Core_file.write p out
let whereabouts = Whereabouts.text

let trim system =
  Program.forget system.programs;
  Buffers.drop ()

let check system =
  match system.failure with
  | Some (exn, backtrace) -> Printexc.raise_with_backtrace exn backtrace
  | None -> ()

let close system =
  end_all system (Killed Signals.sigkill);
  Wait.plainly system.changed (fun () -> locked system (fun () -> List.for_all (fun q -> q.gone) system.processes));
  Write_back.await system.writing;
  Timers.close system.watch;
  check system

let run ?files ?environment ?cwd ~namespace path ~arguments =
  Picos_mux_thread.run (fun () ->
      let system = create () in
      match spawn system ?files ?environment ?cwd ~namespace path ~arguments with
      | Error _ as error -> error
      | Ok p ->
          let status = wait p in
          close system;
          Ok status)
