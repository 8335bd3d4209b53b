(* SPDX-License-Identifier: ISC *)

open Picos

let ( let@ ) scope body = scope body

(* Outside of a scheduler there is no cancelation. *)
let forbidden action x =
  match Fiber.current () with
  | fiber -> Fiber.forbid fiber (fun () -> action x)
  | exception Effect.Unhandled Fiber.Current -> action x

let release_after release x scope =
  match scope x with
  | value ->
      forbidden release x;
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      forbidden release x;
      Printexc.raise_with_backtrace exn bt

let finally release acquire scope = release_after release (acquire ()) scope
let lastly action scope = release_after action () scope

type 'r content = { resource : 'r; release : 'r -> unit; emptied : Trigger.t }
type 'r state = Empty | Held of 'r content | Borrowed of 'r content
type 'r instance = 'r state Atomic.t

let borrowed () = invalid_arg "Picos_std_finally: the resource is borrowed"
let empty () = invalid_arg "Picos_std_finally: the instance is empty"

(* Takes the content out; the fiber that waits for that, if any, goes on. *)
let rec take instance =
  match Atomic.get instance with
  | Empty -> None
  | Borrowed _ -> borrowed ()
  | Held content as before ->
      if Atomic.compare_and_set instance before Empty then begin
        Trigger.signal content.emptied;
        Some content
      end
      else take instance

let take_exn instance = match take instance with Some content -> content | None -> empty ()
let drop instance = Option.iter (fun content -> forbidden content.release content.resource) (take instance)

let await_empty instance =
  match Atomic.get instance with
  | Empty -> ()
  | Held { emptied; _ } | Borrowed { emptied; _ } -> (
      match Trigger.await emptied with
      | None -> ()
      | Some (exn, bt) ->
          drop instance;
          Printexc.raise_with_backtrace exn bt)

let hold release resource scope =
  let instance = Atomic.make (Held { resource; release; emptied = Trigger.create () }) in
  match scope instance with
  | value ->
      await_empty instance;
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      drop instance;
      Printexc.raise_with_backtrace exn bt

let instantiate release acquire scope = hold release (acquire ()) scope

let rec borrow instance scope =
  match Atomic.get instance with
  | Empty -> empty ()
  | Borrowed _ -> borrowed ()
  | Held content as held ->
      if Atomic.compare_and_set instance held (Borrowed content) then
        Fun.protect ~finally:(fun () -> Atomic.set instance held) (fun () -> scope content.resource)
      else borrow instance scope

let transfer instance scope =
  let content = take_exn instance in
  hold content.release content.resource scope

let move instance scope =
  let content = take_exn instance in
  release_after content.release content.resource scope
