(* SPDX-License-Identifier: ISC
   Effects: performing and continuing through one handler, and fibers that are made and ended. *)

open Effect
open Effect.Deep

type _ Effect.t += Next : int -> int Effect.t

let handled f =
  match_with f ()
    {
      retc = Fun.id;
      exnc = raise;
      effc =
        (fun (type a) (e : a Effect.t) ->
          match e with Next n -> Some (fun (k : (a, int) continuation) -> continue k (n + 1)) | _ -> None);
    }

let () =
  let n = 2_000_000 in
  let start = Unix.gettimeofday () in
  let v = ref 0 in
  let count =
    handled (fun () ->
        for _ = 1 to n do
          v := perform (Next !v)
        done;
        !v)
  in
  let middle = Unix.gettimeofday () in
  let sum = ref 0 in
  for i = 1 to 300_000 do
    sum := !sum + handled (fun () -> perform (Next i))
  done;
  let stop = Unix.gettimeofday () in
  if count <> n || !sum < 300_000 then failwith "effects: wrong count";
  Printf.printf "effects_perform %.6f\neffects_fiber %.6f\n" (middle -. start) (stop -. middle)
