(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_event

type 'a t = 'a Computation.t

let callstack = function None -> Printexc.get_callstack 0 | Some n -> Printexc.get_callstack n
let create () = Computation.create ()
let of_value = Computation.returned
let try_fill = Computation.try_return
let fill = Computation.return
let try_poison_at = Computation.try_cancel
let try_poison ?callstack:n t exn = try_poison_at t exn (callstack n)
let poison_at = Computation.cancel
let poison ?callstack:n t exn = poison_at t exn (callstack n)
let peek_opt t = if Computation.is_running t then None else Some (Computation.peek_exn t)
let read = Computation.await
let read_evt = Event.from_computation
