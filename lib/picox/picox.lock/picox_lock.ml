(* SPDX-License-Identifier: ISC *)

type t = int Atomic.t

let free = 0
let held = 1

(* Somebody waits for it, or has. *)
let wanted = 2
let create () = Atomic.make free

(* For all locks: it is rare that somebody waits. *)
let mutex = Mutex.create ()
let freed = Condition.create ()

(* Who frees it meanwhile finds that it is wanted, and gets the mutex only when this one sleeps. *)
let rec wait t =
  if Atomic.exchange t wanted <> free then begin
    Condition.wait freed mutex;
    wait t
  end

let lock t = if not (Atomic.compare_and_set t free held) then Mutex.protect mutex (fun () -> wait t)
let unlock t = if Atomic.exchange t free = wanted then Mutex.protect mutex (fun () -> Condition.broadcast freed)

let protect t f =
  lock t;
  match f () with
  | value ->
      unlock t;
      value
  | exception exn ->
      let backtrace = Printexc.get_raw_backtrace () in
      unlock t;
      Printexc.raise_with_backtrace exn backtrace
