(* SPDX-License-Identifier: ISC *)

open Picos
module Backoff = Picox_backoff

module Counting = struct
  (* Only with the count 0 does anybody wait. *)
  type state = Count of int | Waiting of Trigger.t Fifo.t
  type t = state Atomic.t

  let make ?padded count =
    if count < 0 then invalid_arg "Semaphore.make: negative count";
    Picox_padding.if_padded padded (Atomic.make (Count count))

  let waiting waiters = if waiters == Fifo.empty then Count 0 else Waiting waiters

  let rec release_at_most t limit backoff =
    match Atomic.get t with
    | Count n as before ->
        n < limit
        && (Atomic.compare_and_set t before (Count (n + 1)) || release_at_most t limit (Backoff.once backoff))
    | Waiting waiters as before -> (
        match Fifo.pop waiters with
        | None -> assert false
        | Some (trigger, waiters) ->
            if Atomic.compare_and_set t before (waiting waiters) then begin
              Trigger.signal trigger;
              true
            end
            else release_at_most t limit (Backoff.once backoff))

  let release t =
    if not (release_at_most t max_int Backoff.default) then raise (Sys_error "Semaphore.release: overflow")

  (* The waiter is canceled: it leaves the queue, or has been let go in the meantime. *)
  let rec give_up t ~limit trigger =
    let pass_on () = ignore (release_at_most t limit Backoff.default) in
    match Atomic.get t with
    | Count _ -> pass_on ()
    | Waiting waiters as before -> (
        match Fifo.remove waiters trigger with
        | None -> pass_on ()
        | Some waiters -> if not (Atomic.compare_and_set t before (waiting waiters)) then give_up t ~limit trigger)

  let rec acquire_with t ~limit backoff =
    let wait before waiters =
      let trigger = Trigger.create () in
      if Atomic.compare_and_set t before (Waiting (Fifo.push waiters trigger)) then begin
        match Trigger.await trigger with
        | None -> ()
        | Some (exn, bt) ->
            give_up t ~limit trigger;
            Printexc.raise_with_backtrace exn bt
      end
      else acquire_with t ~limit (Backoff.once backoff)
    in
    match Atomic.get t with
    | Count 0 as before -> wait before Fifo.empty
    | Waiting waiters as before -> wait before waiters
    | Count n as before ->
        if not (Atomic.compare_and_set t before (Count (n - 1))) then acquire_with t ~limit (Backoff.once backoff)

  let acquire t = acquire_with t ~limit:max_int Backoff.default

  let rec try_acquire t =
    match Atomic.get t with
    | Count 0 | Waiting _ -> false
    | Count n as before -> Atomic.compare_and_set t before (Count (n - 1)) || try_acquire t

  let get_value t = match Atomic.get t with Count n -> n | Waiting _ -> 0
end

module Binary = struct
  type t = Counting.t

  let make ?padded available = Counting.make ?padded (if available then 1 else 0)
  let release t = ignore (Counting.release_at_most t 1 Backoff.default)
  let acquire t = Counting.acquire_with t ~limit:1 Backoff.default
  let try_acquire = Counting.try_acquire
end
