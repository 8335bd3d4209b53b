(* SPDX-License-Identifier: ISC *)

open Interleave

module Atomic = struct
  include Atomic

  let get t =
    step ();
    get t

  let set t v =
    step ();
    set t v

  let exchange t v =
    step ();
    exchange t v

  let compare_and_set t before after =
    step ();
    compare_and_set t before after

  let fetch_and_add t n =
    step ();
    fetch_and_add t n

  let incr t = ignore (fetch_and_add t 1)
  let decr t = ignore (fetch_and_add t (-1))
end

module Mutex = struct
  type t = { mutable locked : bool }

  let create () = { locked = false }

  let lock t =
    block_until (fun () -> not t.locked);
    t.locked <- true

  let unlock t =
    step ();
    t.locked <- false

  let protect t body =
    lock t;
    Fun.protect ~finally:(fun () -> unlock t) body
end

module Condition = struct
  (* Who waits, oldest first; a signal sets its first. *)
  type t = { mutable waiting : bool ref list }

  let create () = { waiting = [] }

  let wait t mutex =
    let woken = ref false in
    t.waiting <- t.waiting @ [ woken ];
    mutex.Mutex.locked <- false;
    block_until (fun () -> !woken);
    Mutex.lock mutex

  let signal t =
    step ();
    match t.waiting with
    | [] -> ()
    | first :: rest ->
        first := true;
        t.waiting <- rest

  let broadcast t =
    step ();
    List.iter (fun woken -> woken := true) t.waiting;
    t.waiting <- []
end

module Domain = struct
  type 'a t = 'a option ref

  let spawn body =
    let result = ref None in
    fork (fun () -> result := Some (body ()));
    result

  let join t =
    block_until (fun () -> Option.is_some !t);
    Option.get !t

  type id = int

  let self () = 0
  let cpu_relax = step
end

module Thread = struct
  type t = unit Domain.t

  let create body x = Domain.spawn (fun () -> ignore (body x))
  let join = Domain.join
  let delay _ = Interleave.delay ()
  let yield = step
end

module Picox_futex = struct
  type t = { mutable count : int; mutable waiting : bool ref list  (** oldest first *) }

  let create () = { count = 0; waiting = [] }

  let read t =
    step ();
    t.count

  let advance t =
    step ();
    t.count <- t.count + 1;
    match t.waiting with
    | [] -> ()
    | first :: rest ->
        first := true;
        t.waiting <- rest

  let wait t seen ~until:_ =
    step ();
    if t.count = seen then begin
      let woken = ref false in
      t.waiting <- t.waiting @ [ woken ];
      block_until (fun () -> !woken)
    end
end

module Picox_timers = struct
  let cancel_after _ ~seconds:_ _ _ = failwith "no time passes"
  let tend () = ()
  let enter () = ()
  let attend _ = ()
  let leave _ = ()
  let poll () = ()
  let park _ = failwith "no time passes"
  let is_keeper _ = false
end

module Picox_trace = struct
  type name = unit
  type kind = unit

  let active = ref false
  let name _ = ()
  let kind _ = ()
  let label _ () = ()
  let turn _ = ()
  let awaits _ = ()
  let yields _ = ()
  let returns _ = ()
  let spawned ~by:_ _ = ()
  let woken _ = ()
  let sleeps () = ()
  let wakes () = ()
  let counter () _ = ()
  let instant () _ = ()
end
