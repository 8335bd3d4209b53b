(* SPDX-License-Identifier: ISC *)

open Picos

type 'a suspended = ('a, unit) Effect.Deep.continuation

type t =
  | Nobody
  | Start of { mutable next : t; fiber : Fiber.t; main : Fiber.t -> unit }
  | Yielded of { mutable next : t; fiber : Fiber.t; k : unit suspended }
  | Go_on of { mutable next : t; fiber : Fiber.t; k : unit suspended }
  | Told of { mutable next : t; fiber : Fiber.t; k : Fiber.t suspended }
  | Woken of { mutable next : t; fiber : Fiber.t; k : (exn * Printexc.raw_backtrace) option suspended }

let nobody () = invalid_arg "Picox_ready: nobody is ready"

let run handler = function
  | Yielded { fiber; k; _ } -> Fiber.continue fiber k ()
  | Woken { fiber; k; _ } -> Fiber.resume fiber k
  | Start { fiber; main; _ } -> Effect.Deep.match_with main fiber handler
  | Go_on { k; _ } -> Effect.Deep.continue k ()
  | Told { fiber; k; _ } -> Effect.Deep.continue k fiber
  | Nobody -> nobody ()

let fiber = function
  | Start { fiber; _ } | Yielded { fiber; _ } | Go_on { fiber; _ } | Told { fiber; _ } | Woken { fiber; _ } -> fiber
  | Nobody -> nobody ()

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
