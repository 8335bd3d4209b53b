(* SPDX-License-Identifier: ISC
   Runs a program as a process: main FILE [ARGUMENTS], a static ELF executable among the image's files. Its namespace: those
   files, in memory, and a few small schemes. *)

open Scheme

let devices =
  [ ("null", "/scheme/null"); ("zero", "/scheme/zero"); ("random", "/scheme/rand"); ("urandom", "/scheme/rand");
    ("tty", "/scheme/console") ]

let ok what = function Ok value -> value | Error error -> failwith (what ^ ": " ^ Error.to_string error)

(* What the image was given goes into the process' own tree; devices are links to schemes. *)
let rec copy_tree namespace directory =
  Array.iter
    (fun name ->
      let path = directory ^ name in
      if path <> "/dev" then
        match Unix.lstat path with
        | { st_kind = S_DIR; _ } ->
            ok path (Namespace.make_directory namespace path);
            copy_tree namespace (path ^ "/")
        | { st_kind = S_REG; _ } ->
            ok path (Namespace.write_file namespace path (In_channel.with_open_bin path In_channel.input_all))
        | { st_kind = S_LNK; _ } -> ok path (Namespace.symbolic_link namespace ~target:(Unix.readlink path) path)
        | _ -> ())
    (Sys.readdir directory)

let fill namespace =
  copy_tree namespace "/";
  ok "/dev" (Namespace.make_directory namespace "/dev");
  List.iter (fun (name, target) -> ok name (Namespace.symbolic_link namespace ~target ("/dev/" ^ name))) devices;
  match Namespace.stat namespace "/tmp" with Ok _ -> () | Error _ -> ok "/tmp" (Namespace.make_directory namespace "/tmp")

let make_namespace () =
  let open Scheme_standard in
  List.fold_left
    (fun namespace (name, service) -> Namespace.add namespace name service)
    Namespace.empty
    [
      ("file", Scheme_tmpfs.service (Scheme_tmpfs.create ()));
      ("null", Null.null);
      ("zero", Null.zero);
      ("rand", Null.rand ());
      ("time", Time.service ());
      ("pipe", Pipe.scheme ());
    ]

(* The program's own streams. *)
let output descriptor =
  let write loan =
    let bytes = Loan.use loan (fun slice -> Bytes.unsafe_of_string (Slice.to_string slice)) in
    match Unix.write descriptor bytes 0 (Bytes.length bytes) with
    | n -> Ok n
    | exception Unix.Unix_error _ -> Error Error.Broken_pipe
  in
  Process.Open_file.of_handle (ok "stream" (Handle.make ~read:false (Scheme_standard.Tree.stream ~write ())))

let run name rest =
  let console = Scheme_console.create ~keys:false () in
  let namespace = Namespace.add (make_namespace ()) "console" (Scheme_console.service console) in
  fill namespace;
  let input = ok "console" (Namespace.open_ namespace "/scheme/console") in
  let files = [ (0, Process.Open_file.of_handle input); (1, output Unix.stdout); (2, output Unix.stderr) ] in
  let reader = Picos.Computation.create () in
  let environment = Array.to_list (Unix.environment ()) in
  Picos.Fiber.spawn (Picos.Fiber.create ~forbid:false reader) (fun _ ->
      try Scheme_console.run console with Exit -> ());
  let system = Process.Tender.create () in
  let answer =
    Result.map Process.Tender.wait
      (Process.Tender.spawn system ~files ~environment ~namespace name ~arguments:(Filename.basename name :: rest))
  in
  Process.Tender.close system;
  Picos.Computation.cancel reader Exit (Printexc.get_callstack 0);
  answer

let () =
  match List.tl (Array.to_list Sys.argv) with
  | [] ->
      prerr_endline "usage: main FILE [ARGUMENTS]";
      exit 2
  | name :: rest -> (
      match Picos_mux_thread.run (fun () -> run name rest) with
      | Ok status -> exit (Process.Tender.exit_code status)
      | Error reason ->
          Printf.eprintf "%s: %s\n" name reason;
          exit 126)
