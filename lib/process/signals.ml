(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

type action = { handler : int; flags : int; restorer : int; mask : int64 }
type info = { signal : int; code : int; sender : int; value : int64; address : int }

type shared = { lock : Mutex.t; actions : action array; mutable pending : info list; mutable continued : int }

type own = {
  mutable mask : int64;
  mutable own_pending : info list;
  mutable mask_to_restore : int64 option;
  mutable stack_at : int;
  mutable stack_size : int;
  mutable stack_flags : int;
}

let highest = 64
let default = 0
let ignore_ = 1
let sighup = 1
let sigint = 2
let sigill = 4
let sigtrap = 5
let sigbus = 7
let sigfpe = 8
let sigkill = 9
let sigsegv = 11
let sigpipe = 13
let sigalrm = 14
let sigchld = 17
let sigcont = 18
let sigstop = 19
let sigxcpu = 24
let sigxfsz = 25
let sigvtalrm = 26
let sigprof = 27
let first_queued = 32
let sa_nocldstop = 1
let sa_nocldwait = 2
let sa_siginfo = 4
let sa_restorer = 0x04000000
let sa_onstack = 0x08000000
let sa_restart = 0x10000000
let sa_nodefer = 0x40000000
let sa_resethand = 0x80000000
let stack_disabled = 2
let no_action = { handler = default; flags = 0; restorer = 0; mask = 0L }
let bit signal = Int64.shift_left 1L (signal - 1)
let has mask signal = Int64.logand mask (bit signal) <> 0L

(* These two nobody can keep off. *)
let unblockable = Int64.logor (bit sigkill) (bit sigstop)
let blocking mask = Int64.logand mask (Int64.lognot unblockable)
let create () = { lock = Mutex.create (); actions = Array.make (highest + 1) no_action; pending = []; continued = 0 }

let create_own ?(mask = 0L) () =
  { mask; own_pending = []; mask_to_restore = None; stack_at = 0; stack_size = 0; stack_flags = stack_disabled }

(* A fork: what is pending is the parent's. *)
let copy t = Mutex.protect t.lock (fun () -> { (create ()) with actions = Array.copy t.actions })

(* A program that is executed has no handlers; what was ignored stays so. *)
let execute t own =
  Mutex.protect t.lock (fun () ->
      Array.iteri
        (fun i action -> t.actions.(i) <- (if action.handler = ignore_ then { no_action with handler = ignore_ } else no_action))
        t.actions);
  own.stack_at <- 0;
  own.stack_size <- 0;
  own.stack_flags <- stack_disabled

type effect_ = Ignore | Stop | Continue | Terminate

let default_effect signal =
  match signal with
  | 17 | 23 | 28 -> Ignore
  | 18 -> Continue
  | 19 | 20 | 21 | 22 -> Stop
  | _ -> Terminate

let action t signal = t.actions.(signal)

let is_ignored t signal =
  let { handler; _ } = t.actions.(signal) in
  handler = ignore_ || (handler = default && match default_effect signal with Ignore | Continue -> true | _ -> false)

let set_action t signal action =
  Mutex.protect t.lock (fun () ->
      let before = t.actions.(signal) in
      t.actions.(signal) <- action;
      if is_ignored t signal then t.pending <- List.filter (fun info -> info.signal <> signal) t.pending;
      before)

(* Standard signals wait once each, the others as often as they were sent, up to a limit
   behind which they are lost. *)
let most_waiting = 256

let add list info =
  if info.signal < first_queued && List.exists (fun other -> other.signal = info.signal) list then list
  else if List.length list >= most_waiting && info.signal >= first_queued then list
  else list @ [ info ]

let post t own ~blocked info =
  Mutex.protect t.lock (fun () ->
      if is_ignored t info.signal && not blocked then false
      else (
        (match own with
        | Some own -> own.own_pending <- add own.own_pending info
        | None -> t.pending <- add t.pending info);
        true))

(* What stops and what continues take each other back, whoever blocks them. *)
let take_back t owns ~by =
  let is_taken info =
    match default_effect by with
    | Continue -> default_effect info.signal = Stop
    | Stop -> info.signal = sigcont
    | Ignore | Terminate -> false
  in
  let left list = if List.exists is_taken list then List.filter (fun info -> not (is_taken info)) list else list in
  Mutex.protect t.lock (fun () ->
      if by = sigcont then t.continued <- t.continued + 1;
      t.pending <- left t.pending;
      List.iter (fun own -> own.own_pending <- left own.own_pending) owns)

let continued t = t.continued
let some_unblocked mask list = List.exists (fun info -> not (has mask info.signal)) list

let is_deliverable (t : shared) own =
  (own.own_pending != [] && some_unblocked own.mask own.own_pending) || (t.pending != [] && some_unblocked own.mask t.pending)

let pending_bits list = List.fold_left (fun set info -> Int64.logor set (bit info.signal)) 0L list
let pending (t : shared) own = Mutex.protect t.lock (fun () -> Int64.logor (pending_bits own.own_pending) (pending_bits t.pending))

(* The lowest first, of equal ones the oldest. *)
let lowest chosen list =
  List.fold_left
    (fun best info ->
      if not (chosen info.signal) then best
      else match best with Some other when other.signal <= info.signal -> best | _ -> Some info)
    None list

let take (t : shared) own chosen =
  Mutex.protect t.lock (fun () ->
      match lowest chosen own.own_pending with
      | Some info ->
          own.own_pending <- List.filter (fun other -> other != info) own.own_pending;
          Some info
      | None -> (
          match lowest chosen t.pending with
          | Some info ->
              t.pending <- List.filter (fun other -> other != info) t.pending;
              Some info
          | None -> None))

let take_deliverable t own = if is_deliverable t own then take t own (fun signal -> not (has own.mask signal)) else None

(* sigsuspend and the like: until the next handler begins. *)
let mask_for_now own mask =
  if own.mask_to_restore = None then own.mask_to_restore <- Some own.mask;
  own.mask <- blocking mask

let restore_mask own =
  Option.iter
    (fun mask ->
      own.mask <- mask;
      own.mask_to_restore <- None)
    own.mask_to_restore
