(* SPDX-License-Identifier: ISC *)

type t = {
  uname : unit -> string;
  cpu : unit -> string;
  memory : unit -> string;
  fibers : unit -> string;
}

let service ?(more = []) t =
  let start = Picox_timers.now_ns () in
  let uptime () = Printf.sprintf "%.3f\n" (float_of_int (Picox_timers.now_ns () - start) *. 1e-9) in
  let files =
    [ ("uname", t.uname); ("cpu", t.cpu); ("memory", t.memory); ("fibers", t.fibers); ("uptime", uptime) ] @ more
  in
  Tree.service (Directory (List.map (fun (name, f) -> (name, Tree.text f)) files))

let heap () =
  (* The runtime counts at the end of a minor collection. *)
  Gc.minor ();
  let stat = Gc.quick_stat () in
  let bytes words = words * (Sys.word_size / 8) in
  Printf.sprintf "heap %d\nallocated %.0f\n" (bytes stat.heap_words)
    ((stat.minor_words +. stat.major_words -. stat.promoted_words) *. float_of_int (Sys.word_size / 8))
