(* SPDX-License-Identifier: ISC
   Infinite recursion is caught as Stack_overflow, more than once, on the main stack, in a fiber, in a thread
   and in another domain; deep recursion that fits still works. *)

let rec forever n = 1 + forever (n + 1)
let rec depth n = if n = 0 then 0 else 1 + depth (n - 1)

let overflow where =
  match forever 0 with
  | _ -> Printf.printf "%s: returned\n%!" where
  | exception Stack_overflow -> Printf.printf "%s: Stack_overflow\n%!" where

let () =
  overflow "main";
  overflow "main again";
  Printf.printf "depth %d\n%!" (depth 100_000);
  Effect.Deep.match_with overflow "fiber" { retc = Fun.id; exnc = raise; effc = (fun _ -> None) };
  Thread.join (Thread.create overflow "thread");
  Domain.join (Domain.spawn (fun () -> overflow "domain"));
  (* The C stack: a comparison of deep structures is iterative, marshalling too. *)
  let rec deep n acc = if n = 0 then acc else deep (n - 1) (Some (Obj.repr acc)) in
  let a = deep 1_000_000 None in
  Printf.printf "compared %b\n" (compare a (Marshal.from_string (Marshal.to_string a []) 0) = 0)
