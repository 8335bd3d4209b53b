(* SPDX-License-Identifier: ISC *)

open Task
open Plain_calls

type status = Task.status = Exited of int | Killed of int

let write_all descriptor bytes first count = ignore (Unix.write descriptor bytes first count)

let console =
  { Files.input = Unix.read Unix.stdin; output = write_all Unix.stdout; error = write_all Unix.stderr }

let exit_code = function Exited code -> code land 255 | Killed signal -> 128 + signal

(* Threads. *)

let add_thread p ~id vcpu =
  let thread = { id; vcpu; clear_tid = 0; signal_mask = 0L; buffer = Bytes.create buffer_size } in
  p.threads <- thread :: p.threads;
  thread

let take_id system =
  let id = system.next_id in
  system.next_id <- id + 1;
  id

(* Its children have no parent any more; those that are gone already, nobody will ask for. *)
let process_is_gone p =
  Files.close_all p.files;
  Memory.clear p.memory;
  let system = p.system in
  Files.locked system.waiting (fun () ->
      p.gone <- true;
      List.iter
        (fun child -> match child.parent with Some parent when parent == p -> child.parent <- None | _ -> ())
        system.processes;
      system.processes <- List.filter (fun q -> not (q.gone && q.parent = None)) system.processes;
      Files.announce system.waiting)

let thread_is_gone p thread =
  if thread.clear_tid <> 0 && Memory.write_int32 p.memory thread.clear_tid 0 then
    ignore (Futexes.wake p.futexes thread.clear_tid 1);
  let last =
    Files.locked p.system.waiting (fun () ->
        p.threads <- List.filter (fun other -> other != thread) p.threads;
        if p.threads = [] && not (is_over p) then p.status <- Some (Exited 0);
        p.threads = [])
  in
  if last then process_is_gone p

let clone_thread = 0x10000
let clone_settls = 0x80000
let clone_parent_settid = 0x100000
let clone_child_cleartid = 0x200000
let clone_child_settid = 0x1000000
let signal_of_fault : Vcpu.fault_kind -> int = function
  | Read | Write | Fetch | Other -> 11
  | Illegal -> 4
  | Divide | Floating_point -> 8
  | Alignment -> 7
  | Breakpoint -> 5

(* What a call does to its thread, in place of a result. *)
let leave_thread = min_int
let new_registers = min_int + 1

(* Children. *)

let no_hang = 1
let encode_status = function Exited code -> (code land 255) lsl 8 | Killed signal -> signal

let is_child p q = match q.parent with Some parent -> parent == p | None -> false

let wait4 p pid status_at options =
  let system = p.system in
  let rec look () =
    let mine = List.filter (fun q -> is_child p q && (pid <= 0 || q.pid = pid)) system.processes in
    match List.find_opt (fun q -> q.gone) mine with
    | Some q ->
        system.processes <- List.filter (fun other -> other != q) system.processes;
        Ok q
    | None ->
        if mine = [] then Error Calls.echild
        else if options land no_hang <> 0 then Error 0
        else if is_over p then Error Calls.eintr
        else (
          Files.sleep system.waiting;
          look ())
  in
  match Files.locked system.waiting look with
  | Error answer -> answer
  | Ok q ->
      let status = encode_status (Option.get q.status) in
      bytes_or_error (status_at = 0 || Memory.write_int32 p.memory status_at status) q.pid

(* The default of most signals; one that has a handler is not delivered, and says so. *)
let kill p pid signal =
  let found = Files.locked p.system.waiting (fun () -> List.find_opt (fun q -> q.pid = pid && not q.gone) p.system.processes) in
  match found with
  | None -> Calls.esrch
  | Some q ->
      let harmless = [ 0; 17; 18; 23; 28 ] in
      if signal < 0 || signal > 64 then Calls.einval
      else if List.mem signal harmless then 0
      else if signal <> 9 && Mutex.protect q.lock (fun () -> Hashtbl.mem q.actions signal) then Calls.enosys
      else (
        end_process q (Killed signal);
        0)

let largest_strings = 128 * 1024

let read_strings p at =
  let rec go at left =
    match Memory.read_int p.memory at with
    | 0 -> Ok []
    | pointer when pointer = min_int -> Error Calls.efault
    | pointer -> (
        match Memory.read_string p.memory pointer ~most:left with
        | None -> Error (if left < 4096 then Calls.e2big else Calls.efault)
        | Some text -> (
            match go (at + 8) (left - String.length text - 9) with
            | Ok rest -> Ok (text :: rest)
            | Error _ as error -> error))
  in
  if at = 0 then Ok [] else go at largest_strings

(* The old memory goes when the new one holds the program. *)
let execve p thread path arguments environment =
  let ( let* ) = Result.bind in
  let answer =
    let* path = Option.to_result ~none:Calls.efault (Memory.read_string p.memory path ~most:4096) in
    let* arguments = read_strings p arguments in
    let* environment = read_strings p environment in
    let* program = Option.to_result ~none:Calls.enoent (p.system.find path) in
    let* () = if List.length p.threads > 1 then Error Calls.eagain else Ok () in
    let* memory = match Memory.create () with memory -> Ok memory | exception Out_of_memory -> Error Calls.enomem in
    match Start.load memory program ~arguments ~environment with
    | Error _ ->
        Memory.clear memory;
        Error Calls.enoexec
    | Ok start -> Ok (memory, start)
  in
  match answer with
  | Error error -> error
  | Ok (memory, { pc; stack_pointer }) ->
      let vcpu = Vcpu.create (Memory.space memory) in
      Vcpu.set_pc vcpu pc;
      Vcpu.set_stack_pointer vcpu stack_pointer;
      Files.locked p.system.waiting (fun () -> thread.vcpu <- vcpu);
      let old = p.memory in
      p.memory <- memory;
      p.futexes <- Futexes.create ();
      thread.clear_tid <- 0;
      Mutex.protect p.lock (fun () -> Hashtbl.reset p.actions);
      Memory.clear old;
      new_registers

(* Until it ends, or its process. *)
let rec go_on p thread =
  if not (is_over p) then
    match Vcpu.run thread.vcpu ~deadline:max_int with
    | Call -> if not (is_over p) then call p thread
    | Fault -> if not (is_over p) then fault p thread
    | Slice | Kick -> go_on p thread
    (* It has got itself registers that no user may have. *)
    | exception Invalid_argument _ -> end_process p (Killed 11)

and call p thread =
  let result = perform p thread in
  if result <> leave_thread then (
    if result <> new_registers then Vcpu.set_result thread.vcpu result;
    go_on p thread)

and fault p thread =
  let { Vcpu.kind; address; _ } = Vcpu.fault thread.vcpu in
  let resolved =
    match kind with
    | Read -> Memory.fault p.memory address Memory.Read
    | Write -> Memory.fault p.memory address Memory.Write
    | Fetch -> Memory.fault p.memory address Memory.Fetch
    | _ -> false
  in
  if resolved then go_on p thread else end_process p (Killed (signal_of_fault kind))

and perform p thread =
  let v = thread.vcpu in
  let a = Vcpu.argument v 0 and b = Vcpu.argument v 1 and c = Vcpu.argument v 2 in
  match Calls.of_number (Vcpu.call_number v) with
  | Write -> write p thread a b c 0
  | Read -> read p thread a b c
  | Writev -> vectored p (fun base length -> write p thread a base length 0) b c
  | Readv -> vectored p (fun base length -> read p thread a base length) b c
  | Lseek -> if Files.is_open p.files a then Calls.espipe else Calls.ebadf
  | Ioctl -> if Files.is_open p.files a then Calls.enotty else Calls.ebadf
  | Fcntl -> fcntl p a b c
  | Close -> Files.close p.files a
  | Dup -> Files.duplicate p.files a ~lowest:0
  | Dup2 -> Files.duplicate_to p.files a b
  | Dup3 -> if a = b then Calls.einval else Files.duplicate_to p.files a b
  | Pipe | Pipe2 -> pipe p a
  | Fstat -> Calls.ebadf
  | Open | Openat | Readlink | Readlinkat -> Calls.enoent
  | Mmap -> mmap p a b c (Vcpu.argument v 3)
  | Munmap -> Memory.unmap p.memory a b
  | Mprotect -> mprotect p a b c
  | Madvise -> madvise p a b c
  | Brk -> 0
  | Exit -> leave_thread
  | Exit_group ->
      end_process p (Exited (a land 255));
      leave_thread
  | Clone -> clone p thread a b c (Vcpu.argument v 3) (Vcpu.argument v 4)
  | Fork | Vfork -> fork p thread ~stack:0
  | Execve -> execve p thread a b c
  | Wait4 -> wait4 p a b c
  | Kill -> kill p a b
  | Futex -> futex p a b c (Vcpu.argument v 3) (Vcpu.argument v 4) (Vcpu.argument v 5)
  | Set_tid_address ->
      thread.clear_tid <- a;
      thread.id
  | Set_robust_list -> 0
  | Gettid -> thread.id
  | Getpid -> p.pid
  | Getppid -> ( match p.parent with Some parent -> parent.pid | None -> 0)
  | Getuid | Geteuid | Getgid | Getegid -> 0
  | Sched_yield ->
      Thread.yield ();
      0
  | Sched_getaffinity -> getaffinity p b c
  | Rt_sigaction -> sigaction p a b c
  | Rt_sigprocmask -> sigprocmask p thread a b c
  | Sigaltstack -> bytes_or_error (put_zeros p b 24) 0
  | Arch_prctl -> arch_prctl p thread a b
  | Prctl -> 0
  | Prlimit -> prlimit p b c (Vcpu.argument v 3)
  | Clock_gettime -> clock_gettime p a b
  | Nanosleep -> sleep p ~absolute:false a
  | Clock_nanosleep -> sleep p ~absolute:(b land timer_absolute <> 0) c
  | Getrandom -> getrandom p thread a b
  | Uname -> uname p a
  | Membarrier | Unknown -> Calls.enosys

(* A thread, or all else: a process. One that would have this one's memory until it executes something (vfork) gets a
   copy of it, which such a child cannot tell. *)
and clone p thread flags stack parent_tid d e =
  let thread_pointer, child_tid = if Space.machine = 62 then (e, d) else (d, e) in
  if flags < 0 then Calls.einval
  else if flags land clone_thread = 0 then fork p thread ~stack
  else if flags land clone_settls <> 0 && (thread_pointer < 0 || thread_pointer >= Space.limit) then Calls.eperm
  else
    match Vcpu.create (Memory.space p.memory) with
    | exception Out_of_memory -> Calls.eagain
    | vcpu ->
        Vcpu.copy_registers vcpu ~from:thread.vcpu;
        Vcpu.set_result vcpu 0;
        if stack <> 0 then Vcpu.set_stack_pointer vcpu stack;
        if flags land clone_settls <> 0 then Vcpu.set_thread_pointer vcpu thread_pointer;
        let child = Files.locked p.system.waiting (fun () -> add_thread p ~id:(take_id p.system) vcpu) in
        let id = child.id in
        child.signal_mask <- thread.signal_mask;
        if flags land clone_child_cleartid <> 0 then child.clear_tid <- child_tid;
        if flags land clone_parent_settid <> 0 then ignore (Memory.write_int32 p.memory parent_tid child.id);
        if flags land clone_child_settid <> 0 then ignore (Memory.write_int32 p.memory child_tid child.id);
        if start p child then id else Calls.eagain

and fork p thread ~stack =
  match
    let memory = Memory.copy p.memory in
    match Vcpu.create (Memory.space memory) with
    | vcpu -> (memory, vcpu)
    | exception Out_of_memory ->
        Memory.clear memory;
        raise Out_of_memory
  with
  | exception Out_of_memory -> Calls.enomem
  | memory, vcpu ->
      Vcpu.copy_registers vcpu ~from:thread.vcpu;
      Vcpu.set_result vcpu 0;
      if stack <> 0 then Vcpu.set_stack_pointer vcpu stack;
      let files = Files.copy p.files in
      let actions = Mutex.protect p.lock (fun () -> Hashtbl.copy p.actions) in
      let child, first =
        Files.locked p.system.waiting (fun () ->
            let child = new_process p.system ~memory ~files ~actions ~parent:(Some p) in
            (* Whoever ends all processes has not met this one. *)
            child.status <- p.status;
            (child, add_thread child ~id:child.pid vcpu))
      in
      first.signal_mask <- thread.signal_mask;
      if start child first then child.pid
      else (
        Files.locked p.system.waiting (fun () ->
            p.system.processes <- List.filter (fun q -> q != child) p.system.processes);
        Calls.eagain)

and run_thread p thread =
  (try go_on p thread with
  | Out_of_memory -> end_process p (Killed 9)
  | exn -> fail p.system exn (Printexc.get_raw_backtrace ()));
  thread_is_gone p thread

(* False: the machine has no room for one more, and the thread is gone. *)
and start p thread =
  match Thread.create (fun () -> run_thread p thread) () with
  | _ -> true
  | exception (Out_of_memory | Sys_error _ | Failure _) ->
      thread.clear_tid <- 0;
      thread_is_gone p thread;
      false

and new_process system ~memory ~files ~actions ~parent =
  let p =
    {
      system;
      pid = take_id system;
      memory;
      futexes = Futexes.create ();
      files;
      lock = Mutex.create ();
      actions;
      parent;
      threads = [];
      status = None;
      gone = false;
    }
  in
  system.processes <- p :: system.processes;
  p

(* Until the first one has ended; then the others have to, too. *)
let wait_for_end system p =
  Files.locked system.waiting (fun () ->
      while not p.gone do
        Files.sleep system.waiting
      done);
  end_all system (Killed 9);
  Files.locked system.waiting (fun () ->
      while List.exists (fun q -> not q.gone) system.processes do
        Files.sleep system.waiting
      done);
  match system.failure with
  | Some (exn, backtrace) -> Printexc.raise_with_backtrace exn backtrace
  | None -> Option.get p.status

let run ?(streams = console) ?(environment = []) ?(find = fun _ -> None) program ~arguments =
  let memory = Memory.create () in
  match Start.load memory program ~arguments ~environment with
  | Error _ as error ->
      Memory.clear memory;
      error
  | Ok { pc; stack_pointer } ->
      let waiting = Files.waiting () in
      let system = { waiting; find; processes = []; next_id = 1; failure = None } in
      let files = Files.create waiting streams in
      let vcpu = Vcpu.create (Memory.space memory) in
      Vcpu.set_pc vcpu pc;
      Vcpu.set_stack_pointer vcpu stack_pointer;
      let p, first =
        Files.locked waiting (fun () ->
            let p = new_process system ~memory ~files ~actions:(Hashtbl.create 16) ~parent:None in
            (p, add_thread p ~id:p.pid vcpu))
      in
      run_thread p first;
      Ok (wait_for_end system p)
