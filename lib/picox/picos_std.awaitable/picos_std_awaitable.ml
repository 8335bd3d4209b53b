(* SPDX-License-Identifier: ISC *)

open Picos

module Awaitable = struct
  type waiter = { trigger : Trigger.t; before : Obj.t }

  (* First in, first out: [front] next first, [back] newest first. *)
  type queue = { front : waiter list; back : waiter list }

  (* The functions of [Atomic] work on the first field of the record. *)
  type 'a t = { mutable value : 'a; queue : queue Atomic.t } [@@warning "-unused-field"]

  let atomic (t : 'a t) : 'a Atomic.t = Obj.magic t
  let nobody = { front = []; back = [] }
  let make ?padded value = Picox_padding.if_padded padded { value; queue = Atomic.make nobody }
  let make_contended value = make ~padded:true value
  let get t = Atomic.get (atomic t)
  let fenceless_get = get
  let compare_and_set t before after = Atomic.compare_and_set (atomic t) before after
  let exchange t value = Atomic.exchange (atomic t) value
  let set t value = Atomic.set (atomic t) value
  let fetch_and_add t n = Atomic.fetch_and_add (atomic t) n
  let incr t = Atomic.incr (atomic t)
  let decr t = Atomic.decr (atomic t)

  (* No value of the program is this block. *)
  let any_value = Obj.repr (ref ())

  let rec add t waiter =
    let before = Atomic.get t.queue in
    if not (Atomic.compare_and_set t.queue before { before with back = waiter :: before.back }) then add t waiter

  let all queue = queue.front @ List.rev queue.back

  (* Whether it was there. *)
  let rec remove t waiter =
    let before = Atomic.get t.queue in
    let waiters = all before in
    List.memq waiter waiters
    && (Atomic.compare_and_set t.queue before { front = List.filter (( != ) waiter) waiters; back = [] }
       || remove t waiter)

  let rec signal t =
    let queue = Atomic.get t.queue in
    if queue != nobody then begin
      let value = Obj.repr (get t) in
      let rec split skipped = function
        | [] -> None
        | waiter :: rest ->
            if waiter.before != value then Some (waiter, List.rev_append skipped rest)
            else split (waiter :: skipped) rest
      in
      (* The usual case takes no reversal. *)
      let found =
        match queue.front with
        | waiter :: front when waiter.before != value -> Some (waiter, { queue with front })
        | _ -> Option.map (fun (waiter, front) -> (waiter, { front; back = [] })) (split [] (all queue))
      in
      match found with
      | None -> ()
      | Some (waiter, after) ->
          let after = if after.front = [] && after.back = [] then nobody else after in
          if Atomic.compare_and_set t.queue queue after then Trigger.signal waiter.trigger else signal t
    end

  let rec broadcast t =
    let queue = Atomic.get t.queue in
    if queue != nobody then begin
      let value = Obj.repr (get t) in
      let woken, front = List.partition (fun waiter -> waiter.before != value) (all queue) in
      let after = if front = [] then nobody else { front; back = [] } in
      if Atomic.compare_and_set t.queue queue after then List.iter (fun waiter -> Trigger.signal waiter.trigger) woken
      else broadcast t
    end

  let give_up t waiter = if not (remove t waiter) then signal t

  let await t before =
    if get t == before then begin
      let waiter = { trigger = Trigger.create (); before = Obj.repr before } in
      add t waiter;
      if get t != before then give_up t waiter
      else
        match Trigger.await waiter.trigger with
        | None -> ()
        | Some (exn, bt) ->
            give_up t waiter;
            Printexc.raise_with_backtrace exn bt
    end

  type awaiter = Awaiter : 'a t * waiter -> awaiter

  module Awaiter = struct
    type t = awaiter

    let add t trigger =
      let waiter = { trigger; before = any_value } in
      add t waiter;
      Awaiter (t, waiter)

    let remove (Awaiter (t, waiter)) = give_up t waiter
  end
end
