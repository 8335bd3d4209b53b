(* SPDX-License-Identifier: ISC

   What `bactrian doctor --compiler` builds and runs to see whether a compiler's programs work over our C library:
   each part uses something that could differ, and the last line says that all were right. *)

let check name right = if not right then (prerr_endline ("wrong: " ^ name); exit 1)

type _ Effect.t += Ask : int -> int Effect.t

let effects () =
  let effc (type a) (e : a Effect.t) : ((a, int) Effect.Deep.continuation -> int) option =
    match e with Ask n -> Some (fun k -> Effect.Deep.continue k (n * 2)) | _ -> None
  in
  Effect.Deep.try_with (fun () -> Effect.perform (Ask 20) + 2) () { effc }

let collected () =
  let lists = List.init 200 (fun i -> List.init 1000 (fun j -> (i, j))) in
  Gc.full_major ();
  List.for_all (fun l -> List.length l = 1000) lists

let threads () =
  let count = ref 0 and lock = Mutex.create () in
  let work () = for _ = 1 to 100 do Mutex.protect lock (fun () -> incr count); Thread.yield () done in
  List.iter Thread.join (List.init 4 (fun _ -> Thread.create work ()));
  !count

let rec depth n = if n = 0 then 0 else 1 + depth (n - 1)

let overflows () = match depth 1_000_000_000 with _ -> false | exception Stack_overflow -> true

let message () = match Unix.openfile "/does/not/exist" [] 0 with
  | _ -> ""
  | exception Unix.Unix_error (code, _, _) -> Unix.error_message code

let () =
  check "effects" (effects () = 42);
  check "garbage collection" (collected ());
  check "domains" (Domain.join (Domain.spawn (fun () -> depth 1000)) = 1000);
  check "threads" (threads () = 400);
  check "stack overflow" (overflows ());
  check "floats" (float_of_string "0x1.8p1" = 3.0 && Printf.sprintf "%.3f" (sin 1.0) = "0.841");
  check "digest" (Digest.to_hex (Digest.string "abc") = "900150983cd24fb0d6963f7d28e17f72");
  check "error messages" (message () = "No such file or directory");
  check "clock" (Unix.gettimeofday () > 1e9);
  print_endline "smoke test passed"
