(* SPDX-License-Identifier: ISC
   Effects as programs use them: ten thousand fibers in a round robin, deep nests of handlers, generators,
   discontinued continuations, exceptions across handlers, shallow handlers. *)

open Effect
open Effect.Deep

type _ Effect.t += Yield : unit Effect.t | Fork : (unit -> unit) -> unit Effect.t

let run main =
  let queue = Queue.create () in
  let next () = match Queue.take_opt queue with Some f -> f () | None -> () in
  let rec spawn f =
    match_with f ()
      {
        retc = next;
        exnc = raise;
        effc =
          (fun (type a) (e : a Effect.t) ->
            match e with
            | Yield ->
                Some
                  (fun (k : (a, unit) continuation) ->
                    Queue.add (continue k) queue;
                    next ())
            | Fork f ->
                Some
                  (fun (k : (a, unit) continuation) ->
                    Queue.add (continue k) queue;
                    spawn f)
            | _ -> None);
      }
  in
  spawn main

let many_fibers () =
  let steps = ref 0 in
  run (fun () ->
      for i = 1 to 10_000 do
        perform
          (Fork
             (fun () ->
               for _ = 1 to 10 do
                 (* Some live data in each fiber's stack, for the collector to find. *)
                 let kept = List.init (i mod 7) (fun j -> i + j) in
                 perform Yield;
                 steps := !steps + List.length kept
               done))
      done);
  Printf.printf "many fibers: %d steps\n%!" !steps

type _ Effect.t += Ask : int -> int Effect.t

(* [depth] handlers, of which each answers only its own question: reperform through all the others. *)
let nested depth =
  let rec nest level body =
    if level = 0 then body ()
    else
      match_with
        (fun () -> nest (level - 1) body)
        ()
        {
          retc = Fun.id;
          exnc = raise;
          effc =
            (fun (type a) (e : a Effect.t) ->
              match e with
              | Ask n when n = level -> Some (fun (k : (a, int) continuation) -> continue k (n * 2))
              | _ -> None);
        }
  in
  nest depth (fun () -> perform (Ask 1) + perform (Ask (depth / 2)) + perform (Ask depth))

type _ Effect.t += Emit : int -> unit Effect.t

let rec walk low high = if low < high then (walk low ((low + high) / 2); perform (Emit ((low + high) / 2)); walk (((low + high) / 2) + 1) high)

let generator low high =
  let rec next =
    ref (fun () ->
        match_with
          (fun () -> walk low high; None)
          ()
          {
            retc = Fun.id;
            exnc = raise;
            effc =
              (fun (type a) (e : a Effect.t) ->
                match e with
                | Emit v ->
                    Some
                      (fun (k : (a, int option) continuation) ->
                        (next := fun () -> continue k ());
                        Some v)
                | _ -> None);
          })
  in
  fun () -> !next ()

let sum_of_generator () =
  let next = generator 0 20_000 in
  let rec go expected sum =
    match next () with
    | None -> sum
    | Some v ->
        if v <> expected then failwith "out of order";
        go (expected + 1) (sum + v)
  in
  go 0 0

exception Cancelled of int

let cancelled () =
  let log = ref [] in
  let note s = log := s :: !log in
  (try
     match_with
       (fun () ->
         Fun.protect
           ~finally:(fun () -> note "finally")
           (fun () ->
             perform Yield;
             note "never"))
       ()
       {
         retc = Fun.id;
         exnc = (function Cancelled n -> note (Printf.sprintf "exnc %d" n) | e -> raise e);
         effc =
           (fun (type a) (e : a Effect.t) ->
             match e with
             | Yield -> Some (fun (k : (a, unit) continuation) -> discontinue k (Cancelled 7))
             | _ -> None);
       }
   with Cancelled _ -> note "escaped");
  String.concat ", " (List.rev !log)

let once () =
  let saved = ref None in
  match_with
    (fun () -> perform (Ask 3))
    ()
    {
      retc = (fun v -> v);
      exnc = raise;
      effc =
        (fun (type a) (e : a Effect.t) ->
          match e with
          | Ask n ->
              Some
                (fun (k : (a, int) continuation) ->
                  saved := Some (fun () -> continue k n);
                  continue k n)
          | _ -> None);
    }
  |> Printf.printf "continued: %d\n";
  match Option.get !saved () with
  | _ -> print_endline "continued twice"
  | exception Continuation_already_resumed -> print_endline "Continuation_already_resumed"

let shallow () =
  let rec loop : int -> (unit, int) Shallow.continuation -> int =
   fun count k ->
    Shallow.continue_with k ()
      {
        retc = (fun v -> v + count);
        exnc = raise;
        effc =
          (fun (type a) (e : a Effect.t) ->
            match e with
            | Yield -> Some (fun (k : (a, int) Shallow.continuation) -> loop (count + 1) k)
            | _ -> None);
      }
  in
  loop 0
    (Shallow.fiber (fun () ->
         for _ = 1 to 1000 do
           perform Yield
         done;
         1_000_000))

let rec deep_stack n = if n = 0 then (perform Yield; 0) else 1 + deep_stack (n - 1)

let () =
  many_fibers ();
  Printf.printf "nested: %d\n%!" (nested 1000);
  Printf.printf "generator: %d\n%!" (sum_of_generator ());
  Printf.printf "cancelled: %s\n%!" (cancelled ());
  once ();
  Printf.printf "shallow: %d\n%!" (shallow ());
  (match perform Yield with
  | () -> print_endline "handled by nobody"
  | exception Unhandled Yield -> print_endline "Unhandled");
  (* A fiber whose stack grows (moves) many times, suspended at its deepest. *)
  let result = ref 0 in
  run (fun () -> result := deep_stack 50_000);
  Printf.printf "deep: %d\n" !result
