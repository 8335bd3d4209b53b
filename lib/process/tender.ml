(* SPDX-License-Identifier: ISC *)

type status = Exited of int | Killed of int

let write_all descriptor bytes first count = ignore (Unix.write descriptor bytes first count)

let console =
  { Files.input = Unix.read Unix.stdin; output = write_all Unix.stdout; error = write_all Unix.stderr }

let exit_code = function Exited code -> code land 255 | Killed signal -> 128 + signal

type thread = {
  id : int;
  mutable vcpu : Vcpu.t;
  mutable clear_tid : int;  (* zeroed and woken at its end; 0: none *)
  mutable signal_mask : int64;
  buffer : bytes;  (* what goes through the tender *)
}

type process = {
  system : system;
  pid : int;
  mutable memory : Memory.t;
  mutable futexes : Futexes.t;
  files : Files.t;
  lock : Mutex.t;
  actions : (int, bytes) Hashtbl.t;  (* of signals; under [lock] *)
  (* The rest under the system's lock. *)
  mutable parent : process option;
  mutable threads : thread list;
  mutable status : status option;  (* it is to end, or has ended *)
  mutable gone : bool;  (* nothing of it runs any more *)
}

(* A process and all that come from it. *)
and system = {
  waiting : Files.waiting;
  find : string -> string option;  (* a program's content *)
  mutable processes : process list;
  mutable next_id : int;
}

let buffer_size = 65536
let is_over p = p.status <> None

(* The first reason counts. All threads come out of user mode, and out of their waits. *)
let end_process p status =
  let others =
    Files.locked p.system.waiting (fun () ->
        if is_over p then []
        else (
          p.status <- Some status;
          Files.announce p.system.waiting;
          p.threads))
  in
  List.iter (fun thread -> Vcpu.kick thread.vcpu) others;
  Futexes.wake_all p.futexes

let bytes_or_error ok result = if ok then result else Calls.efault
let put_zeros p at count = at = 0 || Memory.write p.memory at (Bytes.make count '\000') 0 count

let put_time p at ns =
  let bytes = Bytes.create 16 in
  Bytes.set_int64_le bytes 0 (Int64.of_int (ns / 1_000_000_000));
  Bytes.set_int64_le bytes 8 (Int64.of_int (ns mod 1_000_000_000));
  Memory.write p.memory at bytes 0 16

(* A duration as Linux writes it; an error is negative. *)
let get_time p at =
  let seconds = Memory.read_int p.memory at in
  let ns = Memory.read_int p.memory (at + 8) in
  if seconds = min_int || ns = min_int then Calls.efault
  else if seconds < 0 || ns < 0 || ns >= 1_000_000_000 then Calls.einval
  else if seconds > 1_000_000_000 then max_int / 2
  else (seconds * 1_000_000_000) + ns

(* Reading and writing. *)

let write_part p thread descriptor at count =
  let count = min count buffer_size in
  if count < 0 then Calls.einval
  else if not (Memory.read p.memory at thread.buffer 0 count) then Calls.efault
  else Files.write p.files ~stop:(fun () -> is_over p) descriptor thread.buffer 0 count

let rec write p thread descriptor at count written =
  if not (Files.is_open p.files descriptor) then Calls.ebadf
  else if written = count then written
  else
    let part = write_part p thread descriptor (at + written) (count - written) in
    if part < 0 then if written > 0 then written else part else write p thread descriptor at count (written + part)

let read p thread descriptor at count =
  if count < 0 then Calls.einval
  else
    let got = Files.read p.files ~stop:(fun () -> is_over p) descriptor thread.buffer 0 (min count buffer_size) in
    if got <= 0 then got else bytes_or_error (Memory.write p.memory at thread.buffer 0 got) got

let pipe p at =
  match Files.pipe p.files with
  | Error error -> error
  | Ok (reader, writer) ->
      if Memory.write_int32 p.memory at reader && Memory.write_int32 p.memory (at + 4) writer then 0
      else (
        ignore (Files.close p.files reader);
        ignore (Files.close p.files writer);
        Calls.efault)

let duplicate_lowest = 0
let duplicate_lowest_cloexec = 1030

let fcntl p descriptor command argument =
  if not (Files.is_open p.files descriptor) then Calls.ebadf
  else if command = duplicate_lowest || command = duplicate_lowest_cloexec then
    Files.duplicate p.files descriptor ~lowest:argument
  else 0

let most_vectors = 1024

(* Each part of a vector in turn, until one is not done wholly. *)
let vectored p one at count =
  if count < 0 || count > most_vectors then Calls.einval
  else
    let rec go i sum =
      if i = count then sum
      else
        let base = Memory.read_int p.memory (at + (16 * i)) in
        let length = Memory.read_int p.memory (at + (16 * i) + 8) in
        if base = min_int || length = min_int then if sum > 0 then sum else Calls.efault
        else if length < 0 then if sum > 0 then sum else Calls.einval
        else if length = 0 then go (i + 1) sum
        else
          let part = one base length in
          if part < 0 then if sum > 0 then sum else part else if part < length then sum + part else go (i + 1) (sum + part)
    in
    go 0 0

(* Memory. *)

let rights_of protection =
  match protection land 7 with
  | 0 -> Some Space.none
  | 1 -> Some Space.read
  | 2 | 3 -> Some Space.read_write
  | 4 | 5 -> Some Space.read_execute
  | _ -> None

let map_fixed = 0x10
let map_anonymous = 0x20

let mmap p hint size protection flags =
  match rights_of protection with
  | None -> Calls.eacces
  | Some rights ->
      if flags land map_anonymous = 0 then Calls.enodev
      else Memory.map p.memory ~hint:(if hint = min_int then 0 else hint) ~fixed:(flags land map_fixed <> 0) size rights

let mprotect p at size protection =
  match rights_of protection with None -> Calls.eacces | Some rights -> Memory.protect p.memory at size rights

let advice_dont_need = 4
let madvise p at size advice = if advice = advice_dont_need then Memory.discard p.memory at size else 0

(* Time. *)

let clock_gettime p clock at =
  match clock with
  | 0 | 5 -> bytes_or_error (put_time p at (int_of_float (Unix.gettimeofday () *. 1e6) * 1000)) 0
  | 1 | 2 | 3 | 4 | 6 | 7 -> bytes_or_error (put_time p at (Vcpu.now ())) 0
  | _ -> Calls.einval

let rec sleep_until p moment =
  if is_over p then Calls.eintr
  else
    let left = moment - Vcpu.now () in
    if left <= 0 then 0
    else (
      Thread.delay (min 0.01 (float left *. 1e-9));
      sleep_until p moment)

let timer_absolute = 1

let sleep p ~absolute at =
  let ns = get_time p at in
  if ns < 0 then ns else sleep_until p (if absolute then ns else Vcpu.now () + ns)

(* Waiting. *)

let futex p at operation value timeout at2 value3 =
  let read () = Memory.read_int32 p.memory at in
  let stop () = is_over p in
  let wait ~absolute =
    let ns = if timeout = 0 then max_int else get_time p timeout in
    if ns < 0 then ns
    else
      let deadline = if ns = max_int then ns else if absolute then ns else Vcpu.now () + ns in
      Futexes.wait p.futexes at ~expected:(value land 0xffffffff) ~read ~deadline ~stop
  in
  if at land 3 <> 0 then Calls.einval
  else
    match operation land 127 with
    | 0 -> wait ~absolute:false
    | 9 -> wait ~absolute:true
    | 1 | 10 -> Futexes.wake p.futexes at (max 0 value)
    | 3 -> Futexes.move p.futexes at ~wake:(max 0 value) ~into:at2 (max 0 timeout)
    | 4 ->
        if read () <> value3 land 0xffffffff then Calls.eagain
        else Futexes.move p.futexes at ~wake:(max 0 value) ~into:at2 (max 0 timeout)
    | _ -> Calls.enosys

(* Signals: remembered, but never delivered. *)

let action_size = if Space.machine = 62 then 32 else 24

let sigaction p signal at old =
  if signal < 1 || signal > 64 then Calls.einval
  else
    Mutex.protect p.lock (fun () ->
        let before = Option.value (Hashtbl.find_opt p.actions signal) ~default:(Bytes.make action_size '\000') in
        let fresh = Bytes.create action_size in
        if old <> 0 && not (Memory.write p.memory old before 0 action_size) then Calls.efault
        else if at = 0 then 0
        else if not (Memory.read p.memory at fresh 0 action_size) then Calls.efault
        else (
          Hashtbl.replace p.actions signal fresh;
          0))

let sigprocmask p thread how at old =
  let bytes = Bytes.create 8 in
  Bytes.set_int64_le bytes 0 thread.signal_mask;
  if old <> 0 && not (Memory.write p.memory old bytes 0 8) then Calls.efault
  else if at = 0 then 0
  else if not (Memory.read p.memory at bytes 0 8) then Calls.efault
  else
    let set = Bytes.get_int64_le bytes 0 in
    match how with
    | 0 -> thread.signal_mask <- Int64.logor thread.signal_mask set; 0
    | 1 -> thread.signal_mask <- Int64.logand thread.signal_mask (Int64.lognot set); 0
    | 2 -> thread.signal_mask <- set; 0
    | _ -> Calls.einval

(* Smaller things. *)

let getrandom p thread at count =
  let count = max 0 (min count buffer_size) in
  Entropy.fill thread.buffer 0 count;
  bytes_or_error (Memory.write p.memory at thread.buffer 0 count) count

let uname p at =
  let bytes = Bytes.make (6 * 65) '\000' in
  List.iteri (fun i text -> Bytes.blit_string text 0 bytes (65 * i) (String.length text)) [ "Bactrian"; "bactrian"; "1"; "1" ];
  bytes_or_error (Memory.write p.memory at bytes 0 (6 * 65)) 0

let getaffinity p count at =
  if count < 8 then Calls.einval
  else bytes_or_error (Memory.write_int p.memory at ((1 lsl min 62 (Domain.recommended_domain_count ())) - 1)) 8

let limit_stack = 3

let prlimit p resource fresh old =
  if fresh <> 0 then Calls.eperm
  else if old = 0 then 0
  else
    let limit = if resource = limit_stack then 8 lsl 20 else -1 in
    bytes_or_error (Memory.write_int p.memory old limit && Memory.write_int p.memory (old + 8) limit) 0

let set_fs = 0x1002
let get_fs = 0x1003

let arch_prctl p thread code at =
  if code = set_fs then
    if at < 0 || at >= Space.limit then Calls.eperm
    else (
      Vcpu.set_thread_pointer thread.vcpu at;
      0)
  else if code = get_fs then bytes_or_error (Memory.write_int p.memory at (Vcpu.thread_pointer thread.vcpu)) 0
  else Calls.einval

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

let rec run_thread p thread =
  match Vcpu.run thread.vcpu ~deadline:max_int with
  | exit ->
      if is_over p then thread_is_gone p thread
      else (
        match exit with
        | Call ->
            let result = perform p thread in
            if result = leave_thread then thread_is_gone p thread
            else if result = new_registers then run_thread p thread
            else (
              Vcpu.set_result thread.vcpu result;
              run_thread p thread)
        | Fault -> fault p thread
        | Slice | Kick -> run_thread p thread)
  | exception Invalid_argument _ ->
      (* It has got itself registers that no user may have. *)
      end_process p (Killed 11);
      thread_is_gone p thread

and fault p thread =
  let { Vcpu.kind; address; _ } = Vcpu.fault thread.vcpu in
  let resolved =
    match kind with
    | Read -> Memory.fault p.memory address Memory.Read
    | Write -> Memory.fault p.memory address Memory.Write
    | Fetch -> Memory.fault p.memory address Memory.Fetch
    | _ -> false
  in
  if resolved then run_thread p thread
  else (
    end_process p (Killed (signal_of_fault kind));
    thread_is_gone p thread)

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
        child.signal_mask <- thread.signal_mask;
        if flags land clone_child_cleartid <> 0 then child.clear_tid <- child_tid;
        if flags land clone_parent_settid <> 0 then ignore (Memory.write_int32 p.memory parent_tid child.id);
        if flags land clone_child_settid <> 0 then ignore (Memory.write_int32 p.memory child_tid child.id);
        let id = child.id in
        ignore (Thread.create (fun () -> run_thread p child) ());
        id

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
            (child, add_thread child ~id:child.pid vcpu))
      in
      first.signal_mask <- thread.signal_mask;
      ignore (Thread.create (fun () -> run_thread child first) ());
      child.pid

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
  List.iter (fun q -> end_process q (Killed 9)) (Files.locked system.waiting (fun () -> system.processes));
  Files.locked system.waiting (fun () ->
      while List.exists (fun q -> not q.gone) system.processes do
        Files.sleep system.waiting
      done);
  Option.get p.status

let run ?(streams = console) ?(environment = []) ?(find = fun _ -> None) program ~arguments =
  let memory = Memory.create () in
  match Start.load memory program ~arguments ~environment with
  | Error _ as error ->
      Memory.clear memory;
      error
  | Ok { pc; stack_pointer } ->
      let waiting = Files.waiting () in
      let system = { waiting; find; processes = []; next_id = 1 } in
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
