(* SPDX-License-Identifier: ISC
   Runs a program as a process: main FILE [ARGUMENTS], a static ELF executable among the image's files. *)

let read_file name = In_channel.with_open_bin name In_channel.input_all

(* What it may execute: any of them. *)
let find path = try Some (read_file path) with Sys_error _ -> None

let () =
  match List.tl (Array.to_list Sys.argv) with
  | [] ->
      prerr_endline "usage: main FILE [ARGUMENTS]";
      exit 2
  | name :: rest -> (
      let arguments = Filename.basename name :: rest in
      let environment = Array.to_list (Unix.environment ()) in
      match Process.Tender.run (read_file name) ~find ~arguments ~environment with
      | Ok status -> exit (Process.Tender.exit_code status)
      | Error reason ->
          Printf.eprintf "%s: %s\n" name reason;
          exit 126)
