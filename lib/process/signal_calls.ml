(* SPDX-License-Identifier: ISC *)

open Task

(* struct sigaction: handler, flags, but for riscv64 the restorer, the set. *)
let elf_riscv64 = 243
let has_restorer = Space.machine <> elf_riscv64
let action_size = if has_restorer then 32 else 24
let mask_at = action_size - 8
let set_size = 8

let encode_action (action : Signals.action) =
  let bytes = Bytes.make action_size '\000' in
  Bytes.set_int64_le bytes 0 (Int64.of_int action.handler);
  Bytes.set_int64_le bytes 8 (Int64.of_int action.flags);
  if has_restorer then Bytes.set_int64_le bytes 16 (Int64.of_int action.restorer);
  Bytes.set_int64_le bytes mask_at action.mask;
  bytes

(* What is no number of OCaml's is no address of a process' either. *)
let word bytes at =
  let whole = Bytes.get_int64_le bytes at in
  let number = Int64.to_int whole in
  if Int64.equal (Int64.of_int number) whole then number else min_int

let decode_action bytes : Signals.action =
  {
    handler = word bytes 0;
    flags = word bytes 8 land 0xffffffff;
    restorer = (if has_restorer then word bytes 16 else 0);
    mask = Signals.blocking (Bytes.get_int64_le bytes mask_at);
  }

let sigaction p signal at old size =
  let signal = User.int32 signal in
  if size <> set_size then Errno.einval
  else
    let bytes = Bytes.create action_size in
    if at <> 0 && not (Memory.read p.memory at bytes 0 action_size) then Errno.efault
    else if signal < 1 || signal > Signals.highest then Errno.einval
    else if at <> 0 && (signal = Signals.sigkill || signal = Signals.sigstop) then Errno.einval
    else
      let before =
        if at = 0 then Signals.action p.signals signal else Signals.set_action p.signals signal (decode_action bytes)
      in
      User.ok_or_fault (old = 0 || User.put p old (encode_action before)) 0

let get_set p at =
  let bytes = Bytes.create set_size in
  if Memory.read p.memory at bytes 0 set_size then Ok (Bytes.get_int64_le bytes 0) else Error Errno.efault

let put_set p at set =
  let bytes = Bytes.create set_size in
  Bytes.set_int64_le bytes 0 set;
  User.put p at bytes

let sigprocmask p (thread : thread) how at old size =
  if size <> set_size then Errno.einval
  else
    let own = thread.signals in
    let before = own.mask in
    let changed =
      if at = 0 then Ok before
      else
        match (get_set p at, User.int32 how) with
        | (Error _ as error), _ -> error
        | Ok set, 0 -> Ok (Int64.logor before set)
        | Ok set, 1 -> Ok (Int64.logand before (Int64.lognot set))
        | Ok set, 2 -> Ok set
        | Ok _, _ -> Error Errno.einval
    in
    match changed with
    | Error error -> error
    | Ok mask ->
        own.mask <- Signals.blocking mask;
        User.ok_or_fault (old = 0 || put_set p old before) 0

let sigpending p (thread : thread) at size =
  if size < 0 || size > set_size then Errno.einval
  else
    let bytes = Bytes.create 8 in
    Bytes.set_int64_le bytes 0 (Int64.logand (Signals.pending p.signals thread.signals) thread.signals.mask);
    User.ok_or_fault (Memory.write p.memory at bytes 0 size) 0

let wait_for_signal (thread : thread) =
  ignore (Wait.until thread.sleeper [] (fun () -> false));
  Errno.eintr

let pause thread = wait_for_signal thread

let sigsuspend p (thread : thread) at size =
  if size <> set_size then Errno.einval
  else
    match get_set p at with
    | Error error -> error
    | Ok mask ->
        Signals.mask_for_now thread.signals mask;
        wait_for_signal thread

(* siginfo_t, of its 128 bytes the first. *)
let info_size = 128

let encode_info (info : Signals.info) =
  let bytes = Bytes.make info_size '\000' in
  let int at n = Bytes.set_int32_le bytes at (Int32.of_int n) in
  int 0 info.signal;
  int 8 info.code;
  if info.address <> 0 then Bytes.set_int64_le bytes 16 (Int64.of_int info.address)
  else (
    int 16 info.sender;
    Bytes.set_int64_le bytes 24 info.value);
  bytes

(* Those that are waited for are not blocked while it waits, so that they wake it. *)
let sigtimedwait p (thread : thread) at info_at timeout size =
  if size <> set_size then Errno.einval
  else
    match get_set p at with
    | Error error -> error
    | Ok wanted -> (
        let ns = if timeout = 0 then max_int else User.get_time p timeout in
        if ns < 0 then ns
        else
          let deadline = if ns = max_int then ns else Vcpu.now () + ns in
          let own = thread.signals in
          let mask = own.mask in
          let found = ref None in
          let look () =
            found := Signals.take p.signals own (Signals.has wanted);
            !found <> None
          in
          own.mask <- Int64.logand mask (Int64.lognot wanted);
          let outcome = Wait.until thread.sleeper ~deadline [] look in
          if !found = None then ignore (look ());
          own.mask <- mask;
          match (!found, outcome) with
          | Some info, _ -> User.ok_or_fault (info_at = 0 || User.put p info_at (encode_info info)) info.signal
          | None, Stopped -> Errno.eintr
          | None, _ -> Errno.eagain)

let smallest_stack = 2048
let on_stack = 1

let is_on_alternate (own : Signals.own) sp =
  own.stack_size > 0 && own.stack_at >= 0 && sp > own.stack_at && sp - own.stack_at <= own.stack_size

let encode_stack (own : Signals.own) sp =
  let bytes = Bytes.make 24 '\000' in
  Bytes.set_int64_le bytes 0 (Int64.of_int own.stack_at);
  let flags =
    if own.stack_size = 0 then Signals.stack_disabled
    else (if is_on_alternate own sp then on_stack else 0) lor own.stack_flags
  in
  Bytes.set_int32_le bytes 8 (Int32.of_int flags);
  Bytes.set_int64_le bytes 16 (Int64.of_int own.stack_size);
  bytes

let auto_disarm = 0x80000000
let get_flags bytes = Int32.to_int (Bytes.get_int32_le bytes 8) land 0xffffffff

let set_stack (own : Signals.own) bytes =
  let flags = get_flags bytes in
  let stack_at = word bytes 0 and size = word bytes 16 in
  if flags land lnot auto_disarm > Signals.stack_disabled then Errno.einval
  else if flags land Signals.stack_disabled <> 0 then (
    own.stack_at <- 0;
    own.stack_size <- 0;
    own.stack_flags <- Signals.stack_disabled;
    0)
  else if size < smallest_stack then Errno.enomem
  else (
    own.stack_at <- stack_at;
    own.stack_size <- size;
    own.stack_flags <- 0;
    0)

let restore_stack own bytes = ignore (set_stack own bytes)

let sigaltstack p (thread : thread) at old =
  let own = thread.signals in
  let sp = Vcpu.stack_pointer thread.vcpu in
  let before = encode_stack own sp in
  let set () =
    let bytes = Bytes.create 24 in
    if not (Memory.read p.memory at bytes 0 24) then Errno.efault
    else if is_on_alternate own sp then Errno.eperm
    else set_stack own bytes
  in
  let answer = if at = 0 then 0 else set () in
  if answer < 0 then answer else User.ok_or_fault (old = 0 || User.put p old before) 0

(* Sending. *)

let user_code = 0
let thread_code = -6

let info p signal code : Signals.info = { signal; code; sender = p.pid; value = 0L; address = 0 }

let chosen p pid q =
  q.root = p.root
  &&
  if pid > 0 then q.pid = pid else if pid = 0 then q.group = p.group else if pid = -1 then q != p else q.group = -pid

let kill p pid signal =
  let pid = User.int32 pid and signal = User.int32 signal in
  if signal < 0 || signal > Signals.highest then Errno.einval
  else
    let found = locked p.system (fun () -> List.filter (fun q -> chosen p pid q) p.system.processes) in
    if found = [] then Errno.esrch
    else (
      if signal <> 0 then List.iter (fun q -> if not q.gone then send q (info p signal user_code)) found;
      0)

let to_thread p ~group id signal =
  let id = User.int32 id and signal = User.int32 signal in
  if id <= 0 || signal < 0 || signal > Signals.highest then Errno.einval
  else
    let has_it q = List.find_opt (fun (thread : thread) -> thread.id = id) q.threads |> Option.map (fun thread -> (q, thread)) in
    match locked p.system (fun () -> List.find_map has_it p.system.processes) with
    | None -> Errno.esrch
    | Some (q, _) when q.root <> p.root || (group > 0 && q.pid <> group) -> Errno.esrch
    | Some (q, thread) ->
        if signal <> 0 then send_thread q thread (info p signal thread_code);
        0

let tkill p id signal = to_thread p ~group:0 id signal
let tgkill p group id signal = if User.int32 group <= 0 then Errno.einval else to_thread p ~group:(User.int32 group) id signal

(* The timer. *)

let put_timer p at (left, interval) =
  let bytes = Bytes.create 32 in
  User.set_pair bytes 0 interval ~unit_ns:1000;
  User.set_pair bytes 16 left ~unit_ns:1000;
  User.put p at bytes

let timer_of p which =
  let which = User.int32 which in
  if which >= 0 && which < Array.length p.timers then Some p.timers.(which) else None

let getitimer p which at =
  match timer_of p which with
  | None -> Errno.einval
  | Some timer -> User.ok_or_fault (put_timer p at (Timers.get timer)) 0

let due_in timer ns = if ns = 0 then 0 else Timers.now timer + ns

let setitimer p which at old =
  match timer_of p which with
  | None -> Errno.einval
  | Some timer ->
      let interval = if at = 0 then 0 else User.get_time_us p at in
      let first = if at = 0 then 0 else User.get_time_us p (at + 16) in
      if interval < 0 then interval
      else if first < 0 then first
      else
        let before = Timers.set timer ~due:(due_in timer first) ~interval in
        User.ok_or_fault (old = 0 || put_timer p old before) 0

let alarm p seconds =
  let seconds = seconds land 0xffffffff in
  let timer = p.timers.(0) in
  let left, _ = Timers.set timer ~due:(due_in timer (seconds * 1_000_000_000)) ~interval:0 in
  (left + 999_999_999) / 1_000_000_000
