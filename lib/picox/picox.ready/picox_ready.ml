(* SPDX-License-Identifier: ISC *)

open Picos

type t =
  | Nobody
  | Start of { mutable next : t; fiber : Fiber.t; main : Fiber.t -> unit }
  | Yielded of { mutable next : t; fiber : Fiber.t; k : unit suspended }
  | Go_on of { mutable next : t; fiber : Fiber.t; k : unit suspended }
  | Told of { mutable next : t; fiber : Fiber.t; k : Fiber.t suspended }
  | Woken of { mutable next : t; fiber : Fiber.t; k : (exn * Printexc.raw_backtrace) option suspended }

and 'a suspended = ('a, t) Effect.Deep.continuation

let next = function
  | Start { next; _ } | Yielded { next; _ } | Go_on { next; _ } | Told { next; _ } | Woken { next; _ } -> next
  | Nobody -> Nobody

let set_next ready next =
  match ready with
  | Start r -> r.next <- next
  | Yielded r -> r.next <- next
  | Go_on r -> r.next <- next
  | Told r -> r.next <- next
  | Woken r -> r.next <- next
  | Nobody -> ()

let rec reverse_onto tail = function
  | Nobody -> tail
  | ready ->
      let rest = next ready in
      set_next ready tail;
      reverse_onto ready rest

module Stack = struct
  type nonrec t = t Atomic.t

  let create () = Atomic.make Nobody
  let is_empty t = Atomic.get t == Nobody

  let rec push t ready =
    let before = Atomic.get t in
    set_next ready before;
    if not (Atomic.compare_and_set t before ready) then push t ready

  let take_all t = Atomic.exchange t Nobody
end
