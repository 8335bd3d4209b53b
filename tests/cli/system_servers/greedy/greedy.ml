(* SPDX-License-Identifier: ISC *)

(* Takes what its argument names, and more of it than it may have. *)

let say what holds = Printf.printf "%s: %b\n%!" what holds

(* Some are given, not all, and the error is the one that is meant. *)
let rec refused error f n =
  n < 100
  && match f () with () -> refused error f (n + 1) | exception Unix.Unix_error (found, _, _) -> n > 0 && found = error

let fork () =
  if Unix.fork () = 0 then
    while true do
      Unix.sleep 1000
    done

(* Each of the two fits, perhaps; both do not, at last, which shows when they are touched. *)
let rec hog kept =
  let part () = Bigarray.(Array1.create char c_layout (10 lsl 20)) in
  let first = part () and second = part () in
  Bigarray.Array1.fill first 'x';
  Bigarray.Array1.fill second 'x';
  hog (first :: second :: kept)

let rec bomb () =
  (match Unix.fork () with _ -> () | exception Unix.Unix_error _ -> ());
  bomb ()

(* Leaves a child behind that has none of its streams. *)
let orphan () =
  match Unix.fork () with
  | 0 ->
      List.iter Unix.close [ Unix.stdin; Unix.stdout; Unix.stderr ];
      while true do
        Unix.sleep 1000
      done
  | child -> print_endline (string_of_int child)

let rec busy () = busy ()

let () =
  match Sys.argv.(1) with
  | "memory" -> hog []
  | "tasks" -> say "no more processes" (refused EAGAIN fork 0)
  | "handles" -> say "no more descriptors" (refused ENFILE (fun () -> ignore (Unix.dup Unix.stdout)) 0)
  | "bomb" -> bomb ()
  | "orphan" -> orphan ()
  | "busy" -> busy ()
  | "told" -> In_channel.with_open_text "/proc/meminfo" (fun file -> print_endline (In_channel.input_all file))
  | _ -> exit 2
