(* SPDX-License-Identifier: ISC *)

(* What claims to be linearizable is compared with sequential models. *)

open Picox_check.Check
open Picox_interleave.Linear

let operation name real model = { name; real; model }
let int = string_of_int
let bool = string_of_bool
let unit () = "()"

let law name ?preemptions ~make ~initial operations =
  test ("linearizable: " ^ name) (fun () -> check ?preemptions ~programs:(scaled 200) ~make ~initial operations)

let queues () =
  let none_or_int = function None -> "none" | Some i -> int i in
  let pop_of pop_exn q = none_or_int (try Some (pop_exn q) with _ -> None) in
  let popped = function [] -> ([], "none") | x :: rest -> (rest, int x) in
  let pushes push push_head =
    List.concat_map
      (fun i ->
        [
          operation (Printf.sprintf "push %d" i) (fun q -> unit (push q i)) (fun s -> (s @ [ i ], "()"));
          operation (Printf.sprintf "push_head %d" i) (fun q -> unit (push_head q i)) (fun s -> (i :: s, "()"));
        ])
      [ 1; 2 ]
  in
  let open Traced_mpmcq in
  let all =
    operation "pop" (pop_of pop_exn) popped
    :: operation "length" (fun q -> int (length q)) (fun s -> (s, int (List.length s)))
    :: operation "is_empty" (fun q -> bool (is_empty q)) (fun s -> (s, bool (s = [])))
    :: pushes push push_head
  in
  let make () =
    let q = create () in
    push q 0;
    q
  in
  law "mpmcq" ~make ~initial:[ 0 ] [ all; all; all ];
  let open Traced_mpscq in
  let make () =
    let q = create () in
    push q 0;
    q
  in
  let pushes = pushes push push_head in
  let all_popped s = ([], String.concat " " (List.map int s)) in
  law "mpscq" ~make ~initial:[ 0 ]
    [
      operation "pop" (pop_of pop_exn) popped
      :: operation "pop_all" (fun q -> String.concat " " (List.map int (List.of_seq (pop_all q)))) all_popped
      :: pushes;
      pushes;
      pushes;
    ]

let tables () =
  let open Traced_htbl in
  let value = function None -> "none" | Some i -> int i in
  let set s key v = (key, v) :: List.remove_assoc key s in
  let of_key key =
    let there s = List.mem_assoc key s in
    let name text = Printf.sprintf "%s %d" text key in
    [
      operation (name "try_add") (fun t -> bool (try_add t key 1)) (fun s -> if there s then (s, "false") else (set s key 1, "true"));
      operation (name "try_set") (fun t -> bool (try_set t key 2)) (fun s -> if there s then (set s key 2, "true") else (s, "false"));
      operation (name "try_remove") (fun t -> bool (try_remove t key)) (fun s -> (List.remove_assoc key s, bool (there s)));
      operation (name "find")
        (fun t -> value (match find_exn t key with v -> Some v | exception Not_found -> None))
        (fun s -> (s, value (List.assoc_opt key s)));
      operation (name "mem") (fun t -> bool (mem t key)) (fun s -> (s, bool (there s)));
    ]
  in
  let make () =
    let t = create () in
    ignore (try_add t 0 7);
    t
  in
  let all = of_key 0 @ of_key 1 in
  law "htbl" ~preemptions:2 ~make ~initial:[ (0, 7) ] [ all; all ]

let computations () =
  let open Traced_picos.Computation in
  let bt = Printexc.get_callstack 0 in
  let text = function None -> "running" | Some (Ok i) -> int i | Some (Error _) -> "canceled" in
  let complete s outcome = match s with None -> (Some outcome, "true") | Some _ -> (s, "false") in
  let all =
    [
      operation "try_return 1" (fun c -> bool (try_return c 1)) (fun s -> complete s "1");
      operation "try_return 2" (fun c -> bool (try_return c 2)) (fun s -> complete s "2");
      operation "try_cancel" (fun c -> bool (try_cancel c Exit bt)) (fun s -> complete s "canceled");
      operation "peek" (fun c -> text (peek c)) (fun s -> (s, Option.value s ~default:"running"));
      operation "is_running" (fun c -> bool (is_running c)) (fun s -> (s, bool (s = None)));
      operation "is_canceled" (fun c -> bool (is_canceled c)) (fun s -> (s, bool (s = Some "canceled")));
      operation "attach"
        (fun c -> bool (try_attach c (Traced_picos.Trigger.create ())))
        (fun s -> (s, bool (s = None)));
    ]
  in
  law "computation" ~make:(fun () -> create ()) ~initial:None [ all; all; all ]

let locks () =
  let open Traced_rwlock in
  let answer f t = match f t with b -> bool b | exception Poisoned -> "poisoned" | exception Frozen -> "frozen" in
  let all =
    [
      operation "try_acquire_shared" (answer try_acquire_shared) (fun (readers, frozen, writer) ->
          if writer then ((readers, frozen, writer), "false") else ((readers + 1, frozen, writer), "true"));
      operation "try_acquire" (answer try_acquire) (fun ((readers, frozen, writer) as s) ->
          if frozen then (s, "frozen")
          else if writer || readers > 0 then (s, "false")
          else ((0, false, true), "true"));
      operation "release" (fun t -> unit (release t)) (fun (readers, frozen, _) -> ((readers, frozen, false), "()"));
      operation "release_shared"
        (fun t -> unit (release_shared t))
        (fun (readers, frozen, writer) -> ((max 0 (readers - 1), frozen, writer), "()"));
      operation "is_locked" (fun t -> bool (is_locked t)) (fun ((_, _, writer) as s) -> (s, bool writer));
      operation "is_locked_shared"
        (fun t -> bool (is_locked_shared t))
        (fun ((readers, frozen, _) as s) -> (s, bool (frozen || readers > 0)));
    ]
  in
  law "rwlock" ~make:(fun () -> create ()) ~initial:(0, false, false) [ all; all; all ];
  let open Traced_sem in
  let all =
    [
      operation "try_acquire" (fun t -> bool (try_acquire t)) (fun s -> if s > 0 then (s - 1, "true") else (s, "false"));
      operation "release" (fun t -> unit (release t)) (fun s -> (s + 1, "()"));
      operation "get_value" (fun t -> int (get_value t)) (fun s -> (s, int s));
    ]
  in
  law "sem" ~make:(fun () -> create 1) ~initial:1 [ all; all; all ]

(* An object whose operation is two steps is found. *)
let broken () =
  test "linearizable: what is not is found" (fun () ->
      let module Atomic = Picox_interleave.Traced.Atomic in
      let increment =
        operation "increment"
          (fun a ->
            let before = Atomic.get a in
            Atomic.set a (before + 1);
            int before)
          (fun s -> (s + 1, int s))
      in
      that "found"
        (Picox_interleave.Interleave.finds (fun () ->
             check ~programs:5 ~make:(fun () -> Atomic.make 0) ~initial:0 [ [ increment ]; [ increment ] ])))

let add () =
  if not quick then begin
    queues ();
    tables ();
    computations ();
    locks ();
    broken ()
  end
