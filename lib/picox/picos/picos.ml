(* SPDX-License-Identifier: ISC *)

(* Everything shared between threads is an [Atomic] whose contents are immutable, and only the names [Atomic] and
   [Backoff] are used for it: the interleaving tests put a traced [Atomic] under this very file. *)

module Backoff = Picox_backoff

module Trigger = struct
  type t = state Atomic.t

  and state =
    | Signaled
    | Initial
    | Awaiting : { action : t -> 'x -> 'y -> unit; x : 'x; y : 'y } -> state

  type _ Effect.t += Await : t -> (exn * Printexc.raw_backtrace) option Effect.t

  let awaiting_error () = invalid_arg "Trigger: already awaiting"
  let create () = Atomic.make Initial
  let signaled = Atomic.make Signaled
  let[@inline] is_signaled t = Atomic.get t == Signaled

  let is_initial t =
    match Atomic.get t with Initial -> true | Signaled -> false | Awaiting _ -> awaiting_error ()

  let await t =
    match Atomic.get t with
    | Signaled -> None
    | Initial -> Effect.perform (Await t)
    | Awaiting _ -> awaiting_error ()

  let rec signal t =
    match Atomic.get t with
    | Signaled -> ()
    | Initial -> if not (Atomic.compare_and_set t Initial Signaled) then signal t
    | Awaiting r as before ->
        (* Awaiting becomes nothing but Signaled: who loses this race has nothing left to do. *)
        if Atomic.compare_and_set t before Signaled then r.action t r.x r.y

  let rec on_signal t x y action =
    match Atomic.get t with
    | Signaled -> false
    | Awaiting _ -> awaiting_error ()
    | Initial ->
        Atomic.compare_and_set t Initial (Awaiting { action; x; y }) || on_signal t x y action

  let from_action x y action = Atomic.make (Awaiting { action; x; y })

  let rec dispose t =
    match Atomic.get t with
    | Signaled -> ()
    | Initial -> if not (Atomic.compare_and_set t Initial Signaled) then dispose t
    | Awaiting _ -> awaiting_error ()
end

module Computation = struct
  (* A running computation is a bag of triggers: the list of what was attached, newest first, in which signaled
     triggers may remain. [account] holds twice the balance (triggers believed live minus triggers believed dead)
     plus the mode (0 FIFO, 1 LIFO). A detach that finds its trigger first takes it out; any other moves it from the
     live to the dead side. With the balance negative, whoever comes next filters the list, so that dead triggers
     never outnumber the live ones for long and the cost of a detach is constant, amortised.

     States are immutable and equal states mean the same, so that compare-and-set knows no ABA problem. *)
  type 'a state =
    | Fifo
    | Lifo
    | Attached of { trigger : Trigger.t; rest : 'a state; account : int }
    | Returned of 'a
    | Canceled of exn * Printexc.raw_backtrace
    | Tentative of { tx : tx; before : 'a state; after : 'a state }
        (** [after] if [tx] is committed, else [before], which is running. *)

  and 'a t = 'a state Atomic.t
  and tx = { status : status Atomic.t; mutable members : member list  (** only for the owner *) }
  and status = Undecided | Committed | Aborted
  and member = Member : { computation : 'a t; tentative : 'a state; before : 'a state; after : 'a state } -> member

  type packed = Packed : 'a t -> packed

  type _ Effect.t +=
    | Cancel_after : {
        seconds : float;
        exn : exn;
        bt : Printexc.raw_backtrace;
        computation : 'a t;
      }
        -> unit Effect.t

  let empty = function `FIFO -> Fifo | `LIFO -> Lifo
  let create ?(mode = `FIFO) () = Atomic.make (empty mode)
  let returned value = Atomic.make (Returned value)
  let finished = Atomic.make (Returned ())

  (* The state as the world may see it: what a transaction has not committed is not there. *)
  let resolve = function
    | Tentative r -> ( match Atomic.get r.tx.status with Committed -> r.after | Undecided | Aborted -> r.before)
    | (Fifo | Lifo | Attached _ | Returned _ | Canceled _) as state -> state

  let[@inline] view t = match Atomic.get t with Tentative _ as state -> resolve state | state -> state

  (* Ends the transaction that is in the way, by aborting it unless it has been decided, and cleans up after it. *)
  let settle t seen tx ~before ~after =
    ignore (Atomic.compare_and_set tx.status Undecided Aborted);
    let outcome = match Atomic.get tx.status with Committed -> after | Undecided | Aborted -> before in
    ignore (Atomic.compare_and_set t seen outcome)

  let[@inline] account = function Attached r -> r.account | Lifo -> 1 | _ -> 0

  (* Newest first in, oldest first out. *)
  let rec triggers_of into = function
    | Attached r -> triggers_of (r.trigger :: into) r.rest
    | _ -> into

  let sweep state =
    let mode = account state land 1 in
    let live = List.filter (fun trigger -> not (Trigger.is_signaled trigger)) (triggers_of [] state) in
    let attach rest trigger = Attached { trigger; rest; account = account rest + 2 } in
    List.fold_left attach (if mode = 0 then Fifo else Lifo) live

  let rec signal_newest_first = function
    | Attached r ->
        Trigger.signal r.trigger;
        signal_newest_first r.rest
    | _ -> ()

  let signal_all = function
    | Attached { trigger; rest = Fifo | Lifo; _ } -> Trigger.signal trigger
    | Attached r as state ->
        if r.account land 1 = 1 then signal_newest_first state
        else List.iter Trigger.signal (triggers_of [] state)
    | _ -> ()

  let rec try_complete t after backoff =
    match Atomic.get t with
    | Returned _ | Canceled _ -> false
    | Tentative r as seen ->
        settle t seen r.tx ~before:r.before ~after:r.after;
        try_complete t after backoff
    | (Fifo | Lifo | Attached _) as before ->
        if Atomic.compare_and_set t before after then begin
          signal_all before;
          true
        end
        else try_complete t after (Backoff.once backoff)

  let try_return t value = try_complete t (Returned value) Backoff.default
  let return t value = ignore (try_return t value)
  let try_finish t = try_return t ()
  let finish t = ignore (try_finish t)
  let try_cancel t exn bt = try_complete t (Canceled (exn, bt)) Backoff.default
  let cancel t exn bt = ignore (try_cancel t exn bt)

  let try_capture t f x =
    match f x with
    | value -> try_return t value
    | exception exn -> try_cancel t exn (Printexc.get_raw_backtrace ())

  let capture t f x = ignore (try_capture t f x)

  let cancel_after computation ~seconds exn bt =
    if not (0.0 <= seconds) then invalid_arg "Computation.cancel_after: seconds must be a time from now on";
    Effect.perform (Cancel_after { seconds; exn; bt; computation })

  let[@inline] is_running t =
    match view t with Fifo | Lifo | Attached _ -> true | Returned _ | Canceled _ | Tentative _ -> false

  let[@inline] is_canceled t = match view t with Canceled _ -> true | _ -> false
  let[@inline] canceled t = match view t with Canceled (exn, bt) -> Some (exn, bt) | _ -> None
  let check t = match view t with Canceled (exn, bt) -> Printexc.raise_with_backtrace exn bt | _ -> ()

  let peek t =
    match view t with
    | Returned value -> Some (Ok value)
    | Canceled (exn, bt) -> Some (Error (exn, bt))
    | Fifo | Lifo | Attached _ | Tentative _ -> None

  exception Running

  let peek_exn t =
    match view t with
    | Returned value -> value
    | Canceled (exn, bt) -> Printexc.raise_with_backtrace exn bt
    | Fifo | Lifo | Attached _ | Tentative _ -> raise_notrace Running

  let rec attach t trigger backoff =
    match Atomic.get t with
    | Returned _ | Canceled _ -> false
    | Tentative r as seen ->
        settle t seen r.tx ~before:r.before ~after:r.after;
        attach t trigger backoff
    | (Fifo | Lifo | Attached _) as before ->
        (not (Trigger.is_signaled trigger))
        &&
        let rest = if account before < 0 then sweep before else before in
        let after = Attached { trigger; rest; account = account rest + 2 } in
        Atomic.compare_and_set t before after || attach t trigger (Backoff.once backoff)

  let try_attach t trigger = attach t trigger Backoff.default

  let rec sweep_if_owed t =
    match Atomic.get t with
    | Attached r as before when r.account < 0 ->
        if not (Atomic.compare_and_set t before (sweep before)) then sweep_if_owed t
    | _ -> ()

  let rec unaccount t trigger backoff =
    match Atomic.get t with
    | Fifo | Lifo | Returned _ | Canceled _ -> ()
    | Tentative r as seen ->
        settle t seen r.tx ~before:r.before ~after:r.after;
        unaccount t trigger backoff
    | Attached r as before ->
        let after =
          if r.trigger == trigger && account r.rest = r.account - 2 then r.rest
          else if r.account < 0 then sweep before
          else Attached { trigger = r.trigger; rest = r.rest; account = r.account - 4 }
        in
        if not (Atomic.compare_and_set t before after) then unaccount t trigger (Backoff.once backoff)
        else if account after < 0 then
          (* The debt is published first: all who meet it pay, so nobody quick can starve the one who filters. *)
          sweep_if_owed t

  let detach t trigger =
    Trigger.signal trigger;
    unaccount t trigger Backoff.default

  let block t =
    let trigger = Trigger.create () in
    if try_attach t trigger then
      match Trigger.await trigger with
      | None -> ()
      | Some (exn, bt) ->
          detach t trigger;
          Printexc.raise_with_backtrace exn bt

  let await t =
    if is_running t then block t;
    peek_exn t

  let wait t = if is_running t then block t

  let propagate _ from into =
    match canceled from with None -> () | Some (exn, bt) -> cancel into exn bt

  let canceler ~from ~into = Trigger.from_action from into propagate

  let attach_canceler ~from ~into =
    let trigger = canceler ~from ~into in
    if not (try_attach from trigger) then begin
      check from;
      invalid_arg "Computation.attach_canceler: already returned"
    end;
    trigger

  let with_action ?(mode = `FIFO) x y action =
    let rest = empty mode in
    let trigger = Trigger.from_action x y action in
    Atomic.make (Attached { trigger; rest; account = account rest + 2 })

  module Tx = struct
    type 'a computation = 'a t
    type t = tx

    let same (type a b) (left : a computation) (right : b computation) = Obj.repr left == Obj.repr right
    let create () = { status = Atomic.make Undecided; members = [] }

    let check_uncommitted t =
      match Atomic.get t.status with
      | Committed -> invalid_arg "Computation.Tx: already committed"
      | Undecided | Aborted -> ()

    (* Nothing of an aborted transaction stays behind, so that it keeps nothing alive. *)
    let abort t =
      ignore (Atomic.compare_and_set t.status Undecided Aborted);
      List.iter (fun (Member m) -> ignore (Atomic.compare_and_set m.computation m.tentative m.before)) t.members;
      t.members <- [];
      false

    let rec try_add : type a. t -> a computation -> a state -> bool =
     fun t computation after ->
      match Atomic.get computation with
      | Returned _ | Canceled _ -> abort t
      | Tentative r when r.tx == t -> abort t
      | Tentative r as seen ->
          settle computation seen r.tx ~before:r.before ~after:r.after;
          try_add t computation after
      | (Fifo | Lifo | Attached _) as before ->
          if Atomic.get t.status == Aborted then abort t
          else
            let tentative = Tentative { tx = t; before; after } in
            if Atomic.compare_and_set computation before tentative then begin
              t.members <- Member { computation; tentative; before; after } :: t.members;
              true
            end
            else try_add t computation after

    let try_return t computation value =
      check_uncommitted t;
      try_add t computation (Returned value)

    let try_cancel t computation exn bt =
      check_uncommitted t;
      try_add t computation (Canceled (exn, bt))

    let try_commit t =
      check_uncommitted t;
      if Atomic.compare_and_set t.status Undecided Committed then begin
        let members = List.rev t.members in
        t.members <- [];
        List.iter
          (fun (Member m) -> ignore (Atomic.compare_and_set m.computation m.tentative m.after))
          members;
        List.iter (fun (Member m) -> signal_all m.before) members;
        true
      end
      else abort t
  end
end

module Fiber = struct
  (* A pointer type, so that arrays of slots are never taken for arrays of floats. *)
  type slot = Slot of unit ref

  type t = { mutable forbid : bool; mutable packed : Computation.packed; mutable fls : slot array }

  type _ Effect.t += Current : t Effect.t | Yield : unit Effect.t
  type _ Effect.t += Spawn : { fiber : t; main : t -> unit } -> unit Effect.t

  let no_backtrace = Printexc.get_callstack 0
  let yield () = Effect.perform Yield
  let current () = Effect.perform Current
  let spawn fiber main = Effect.perform (Spawn { fiber; main })

  let sleep ~seconds =
    let timer = Computation.create ~mode:`LIFO () in
    Computation.cancel_after timer ~seconds Exit no_backtrace;
    let trigger = Trigger.create () in
    if Computation.try_attach timer trigger then
      match Trigger.await trigger with
      | None -> ()
      | Some (exn, bt) ->
          Computation.finish timer;
          Printexc.raise_with_backtrace exn bt

  let has_forbidden t = t.forbid

  let set_and_restore t ~forbid body =
    if t.forbid = forbid then body ()
    else begin
      t.forbid <- forbid;
      match body () with
      | value ->
          t.forbid <- not forbid;
          value
      | exception exn ->
          let bt = Printexc.get_raw_backtrace () in
          t.forbid <- not forbid;
          Printexc.raise_with_backtrace exn bt
    end

  let forbid t body = set_and_restore t ~forbid:true body
  let permit t body = set_and_restore t ~forbid:false body

  let exchange t ~forbid =
    let before = t.forbid in
    t.forbid <- forbid;
    before

  let set t ~forbid = t.forbid <- forbid

  let is_canceled t =
    (not t.forbid)
    &&
    let (Packed computation) = t.packed in
    Computation.is_canceled computation

  let canceled t =
    if t.forbid then None
    else
      let (Packed computation) = t.packed in
      Computation.canceled computation

  let check t =
    if not t.forbid then
      let (Packed computation) = t.packed in
      Computation.check computation

  let create_packed ~forbid packed = { forbid; packed; fls = [||] }
  let create ~forbid computation = create_packed ~forbid (Computation.Packed computation)
  let get_computation t = t.packed
  let set_computation t packed = t.packed <- packed
  let equal = ( == )

  module FLS = struct
    type 'a t = int

    exception Not_set

    let next = Atomic.make 0
    let create () = Atomic.fetch_and_add next 1

    (* What is stored is the user's value itself; only this block tells that there is none. *)
    let absent : slot = Slot (ref ())

    let grow fiber key =
      let before = fiber.fls in
      let after = Array.make (max 4 (2 * (key + 1))) absent in
      Array.blit before 0 after 0 (Array.length before);
      fiber.fls <- after

    let find fiber key = if key < Array.length fiber.fls then Array.unsafe_get fiber.fls key else absent

    let get_exn (type a) fiber (key : a t) : a =
      let slot = find fiber key in
      if slot == absent then raise_notrace Not_set else Obj.magic slot

    let get (type a) fiber (key : a t) ~(default : a) : a =
      let slot = find fiber key in
      if slot == absent then default else Obj.magic slot

    let reserve fiber key = if Array.length fiber.fls <= key then grow fiber key

    let set (type a) fiber (key : a t) (value : a) =
      reserve fiber key;
      Array.unsafe_set fiber.fls key (Obj.magic value : slot)

    let remove fiber key = if key < Array.length fiber.fls then Array.unsafe_set fiber.fls key absent
  end

  module Maybe = struct
    type nonrec t = t

    let nothing = create ~forbid:true Computation.finished
    let of_fiber fiber = fiber
    let to_fiber t = if t == nothing then invalid_arg "Fiber.Maybe.to_fiber: nothing" else t
    let current_if = function Some false -> nothing | None | Some true -> current ()

    let current_and_check_if = function
      | Some false -> nothing
      | None | Some true ->
          let fiber = current () in
          check fiber;
          fiber

    let or_current t = if t == nothing then current () else t
    let to_fiber_or_current = or_current
    let check t = if t != nothing then check t
    let equal left right = left == right || left == nothing || right == nothing
    let unequal left right = left != right || left == nothing
  end

  let try_suspend t trigger x y resume =
    if t.forbid then Trigger.on_signal trigger x y resume
    else
      let (Packed computation) = t.packed in
      if Computation.try_attach computation trigger then
        Trigger.on_signal trigger x y resume
        || begin
             Computation.detach computation trigger;
             false
           end
      else if Computation.is_canceled computation then begin
        Trigger.dispose trigger;
        false
      end
      else Trigger.on_signal trigger x y resume

  let unsuspend t trigger =
    if not (Trigger.is_signaled trigger) then invalid_arg "Fiber.unsuspend: the trigger is not signaled";
    t.forbid
    ||
    let (Packed computation) = t.packed in
    match Computation.view computation with
    | Canceled _ -> false
    | Returned _ -> true
    | _ ->
        Computation.unaccount computation trigger Backoff.default;
        true

  let resume t k = Effect.Deep.continue k (canceled t)
  let resume_with t k handler = Effect.Shallow.continue_with k (canceled t) handler

  let continue t k value =
    match canceled t with
    | None -> Effect.Deep.continue k value
    | Some (exn, bt) -> Effect.Deep.discontinue_with_backtrace k exn bt

  let continue_with t k value handler =
    match canceled t with
    | None -> Effect.Shallow.continue_with k value handler
    | Some (exn, bt) -> Effect.Shallow.discontinue_with_backtrace k exn bt handler
end

module Handler = struct
  type 'c t = {
    current : 'c -> Fiber.t;
    spawn : 'c -> Fiber.t -> (Fiber.t -> unit) -> unit;
    yield : 'c -> unit;
    cancel_after :
      'a. 'c -> 'a Computation.t -> seconds:float -> exn -> Printexc.raw_backtrace -> unit;
    await : 'c -> Trigger.t -> (exn * Printexc.raw_backtrace) option;
  }

  let raise_into k exn = Effect.Deep.discontinue_with_backtrace k exn (Printexc.get_raw_backtrace ())

  let using (type c) (h : c t) (c : c) main =
    let open Effect.Deep in
    let current =
      Some (fun k -> match h.current c with fiber -> continue k fiber | exception exn -> raise_into k exn)
    and yield = Some (fun k -> match h.yield c with () -> continue k () | exception exn -> raise_into k exn) in
    let effc : type a. a Effect.t -> ((a, unit) continuation -> unit) option = function
      | Fiber.Current -> current
      | Fiber.Yield -> yield
      | Fiber.Spawn r ->
          Some
            (fun k -> match h.spawn c r.fiber r.main with () -> continue k () | exception exn -> raise_into k exn)
      | Computation.Cancel_after r ->
          Some
            (fun k ->
              match h.cancel_after c r.computation ~seconds:r.seconds r.exn r.bt with
              | () -> continue k ()
              | exception exn -> raise_into k exn)
      | Trigger.Await trigger -> Some (fun k -> continue k (h.await c trigger))
      | _ -> None
    in
    match_with main (h.current c) { retc = Fun.id; exnc = (fun exn -> raise exn); effc }
end
