(* SPDX-License-Identifier: ISC *)

open Task

let machine : (module Handler_call.MACHINE) =
  match Space.machine with
  | 62 -> (module Frame_x86_64)
  | 183 -> (module Frame_aarch64)
  | _ -> (module Frame_riscv64)

module Frame = (val machine)

(* What the machine itself tells of a fault, beside what [siginfo_t] does. *)
type trap = { number : int; code : int }

let no_trap = { number = 0; code = 0 }

let frame_top (own : Signals.own) (action : Signals.action) sp =
  let wants_other = action.flags land Signals.sa_onstack <> 0 && own.stack_size > 0 in
  if wants_other && not (Signal_calls.is_on_alternate own sp) then own.stack_at + own.stack_size
  else sp - Frame.red_zone

let overflows (own : Signals.own) ~top ~at =
  own.stack_size > 0 && Signal_calls.is_on_alternate own top && at < own.stack_at

(* Calls the handler. A process whose handler cannot be called ends. *)
let handle p (thread : thread) (info : Signals.info) (action : Signals.action) trap =
  let own = thread.signals and v = thread.vcpu in
  let sp = Vcpu.stack_pointer v in
  let top = frame_top own action sp in
  let call : Handler_call.t =
    {
      signal = info.signal;
      handler = action.handler;
      return_to =
        (if action.flags land Signals.sa_restorer <> 0 then action.restorer else Memory.sigreturn_code p.memory);
      info = Signal_calls.encode_info info;
      mask = Option.value own.mask_to_restore ~default:own.mask;
      stack = Signal_calls.encode_stack own sp;
      address = info.address;
      trap = trap.number;
      code = trap.code;
    }
  in
  own.mask_to_restore <- None;
  let ends () = end_process p (Killed Signals.sigsegv) in
  if sp < Space.lowest || top < Space.lowest || top > Space.limit then ends ()
  else
    let at, bytes = Frame.build v ~top call in
    if overflows own ~top ~at || not (User.put p at bytes) then ends ()
    else (
      Frame.enter v ~at call;
      let masked = Int64.logor own.mask action.mask in
      let itself = if action.flags land Signals.sa_nodefer <> 0 then 0L else Signals.bit info.signal in
      own.mask <- Signals.blocking (Int64.logor masked itself);
      if action.flags land Signals.sa_resethand <> 0 then
        ignore (Signals.set_action p.signals info.signal Signals.no_action))

(* [settle] is called before the first handler's frame is made, with its action, or at the end if there was none. *)
let deliver_all p (thread : thread) ~settle =
  let rec go handled =
    if not (is_over p) then
      let continued = Signals.continued p.signals in
      match Signals.take_deliverable p.signals thread.signals with
      | None -> if not handled then finish ()
      | Some info ->
          let action = Signals.action p.signals info.signal in
          if action.handler = Signals.ignore_ then go handled
          else if action.handler <> Signals.default then (
            if not handled then settle (Some action);
            handle p thread info action no_trap;
            go true)
          else (
            (match Signals.default_effect info.signal with
            | Ignore | Continue -> ()
            | Stop -> stop p info.signal ~continued
            | Terminate -> end_process p (Killed info.signal));
            go handled)
  and finish () =
    settle None;
    Signals.restore_mask thread.signals
  in
  go false

let deliver p thread = deliver_all p thread ~settle:ignore

(* Those that a handler always ends, whatever its flags. *)
let may_be_made_again : Calls.t -> bool = function
  | Poll | Ppoll | Select | Pselect6 | Epoll_wait | Epoll_pwait | Pause | Rt_sigsuspend | Rt_sigtimedwait | Nanosleep
  | Clock_nanosleep ->
      false
  | _ -> true

let interrupted p (thread : thread) number =
  let v = thread.vcpu in
  let again () = Vcpu.set_pc v (Vcpu.pc v - Vcpu.call_size) in
  let settle : Signals.action option -> unit = function
    | None -> again ()
    | Some action ->
        if action.flags land Signals.sa_restart <> 0 && may_be_made_again number then again ()
        else Vcpu.set_result v Errno.eintr
  in
  deliver_all p thread ~settle

(* Faults. *)

let trap_of (kind : Vcpu.fault_kind) code =
  match kind with
  | Read | Write | Fetch -> { number = 14; code }
  | Illegal -> { number = 6; code = 0 }
  | Divide -> { number = 0; code = 0 }
  | Floating_point -> { number = 16; code = 0 }
  | Alignment -> { number = 17; code = 0 }
  | Breakpoint -> { number = 3; code = 0 }
  | Other -> { number = 13; code = 0 }

let kernel_code = 0x80
let not_mapped = 1
let not_allowed = 2

(* Of SIGBUS. *)
let no_address = 2

let info_of p (thread : thread) signal (kind : Vcpu.fault_kind) address : Signals.info =
  let code, address =
    match kind with
    | Read | Write | Fetch when signal = Signals.sigbus -> (no_address, address)
    | Read | Write | Fetch -> ((if Memory.is_mapped p.memory address then not_allowed else not_mapped), max 0 address)
    | Illegal -> (2, Vcpu.pc thread.vcpu)
    | Divide -> (1, Vcpu.pc thread.vcpu)
    | Floating_point -> (7, Vcpu.pc thread.vcpu)
    | Alignment -> (1, max 0 address)
    | Breakpoint -> (1, Vcpu.pc thread.vcpu)
    | Other -> (kernel_code, 0)
  in
  { signal; code; sender = 0; value = 0L; address }

let describe p signal (kind : Vcpu.fault_kind) address =
  let access verb =
    let problem = if signal = Signals.sigbus then "where its file has nothing" else if Memory.is_mapped p.memory address then "which it may not" else "where nothing is" in
    Printf.sprintf "%s %#x, %s" verb address problem
  in
  match kind with
  | Read -> access "reads"
  | Write -> access "writes"
  | Fetch -> access "executes"
  | Illegal -> "executes what is no instruction"
  | Divide -> "divides by zero"
  | Floating_point -> "gets an exception of floating point"
  | Alignment -> Printf.sprintf "uses %#x, which is not aligned" address
  | Breakpoint -> "comes to a breakpoint"
  | Other -> "executes what only a kernel may"

let tell p (thread : thread) signal kind address =
  if not (is_over p) then
    p.system.log
      (Printf.sprintf "process %d (%s) ends by signal %d: at %#x, its thread %d %s" p.pid p.program signal (Vcpu.pc thread.vcpu)
         thread.id (describe p signal kind address))

(* One that is blocked, or ignored, nobody could go on from. *)
let fault p (thread : thread) signal ~kind ~address ~code =
  let action = Signals.action p.signals signal in
  let is_off = Signals.has thread.signals.mask signal || action.handler = Signals.ignore_ in
  if is_off || action.handler = Signals.default then (
    tell p thread signal kind address;
    end_process p (Killed signal))
  else handle p thread (info_of p thread signal kind address) action (trap_of kind code)

let return p (thread : thread) =
  let read at count =
    let bytes = Bytes.create count in
    if at >= 0 && Memory.read p.memory at bytes 0 count then Some bytes else None
  in
  match Frame.restore thread.vcpu ~read with
  | None -> end_process p (Killed Signals.sigsegv)
  | Some { mask_then; stack_then } ->
      thread.signals.mask <- Signals.blocking mask_then;
      Signal_calls.restore_stack thread.signals stack_then
