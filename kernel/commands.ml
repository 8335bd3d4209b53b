(* SPDX-License-Identifier: ISC *)

open Scheme
open Shell.Process

let write t path text =
  let handle = check t path (Namespace.open_ t.namespace ~flags:{ Request.reading with read = false; write = true } path) in
  Handle.using handle (fun handle -> check t path (Handle.write_string handle text))

let poweroff t =
  match t.arguments with
  | [] ->
      write t "/scheme/power" "off";
      0
  | _ -> usage t ""

let show t path =
  let text = check t path (Namespace.read_file t.namespace path) in
  with_out t (fun out ->
      Out.string out text;
      0)

let folder = "/var/core"

(* NAME.PID in the folder of core files, which is made if there is none. *)
let core_path t name =
  let state = check t name (Namespace.read_file t.namespace ("/scheme/servers/" ^ name ^ "/state")) in
  let rec pid = function "pid" :: pid :: _ -> pid | _ :: rest -> pid rest | [] -> "-" in
  List.iter (fun path -> ignore (Namespace.make_directory t.namespace path)) [ "/var"; folder ];
  Printf.sprintf "%s/%s.%s" folder name (pid (String.split_on_char ' ' (String.map (function ',' -> ' ' | c -> c) state)))

let fill t path control =
  let file = check t path (Namespace.open_ t.namespace ~cwd:t.cwd ~flags:Request.writing path) in
  Handle.call control { text = "dump"; handles = [ file ] }

(* Half a core file is none: where it was to be a new one, it goes. *)
let dump t name path ~keep =
  let control = "/scheme/servers/" ^ name ^ "/control" in
  let handle = check t control (Namespace.open_ t.namespace ~flags:{ Request.reading with read = false; write = true } control) in
  Handle.using handle (fun control ->
      let result = fill t path control in
      if Result.is_error result && not keep then ignore (Namespace.unlink t.namespace path);
      let _ = check t name result in
      with_out t (fun out ->
          Out.string out (path ^ "\n");
          0))

let service t =
  match t.arguments with
  | [] -> show t "/scheme/servers/all"
  | [ name ] -> show t ("/scheme/servers/" ^ name ^ "/state")
  | [ (("start" | "stop" | "restart" | "kill") as word); name ] ->
      write t ("/scheme/servers/" ^ name ^ "/control") word;
      0
  | [ "dump"; name ] -> dump t name (core_path t name) ~keep:false
  | [ "dump"; name; path ] -> dump t name path ~keep:true
  | _ -> usage t "[[start|stop|restart|kill] NAME | dump NAME [FILE]]"

let sync t =
  no_arguments t;
  let handle = check t "/" (Namespace.open_ t.namespace "/") in
  Handle.using handle (fun handle -> check t "/" (Handle.sync handle));
  0

let ps t =
  (match t.arguments with [] | [ ("aux" | "ax" | "-e" | "-ef" | "-A") ] -> () | _ -> usage t "[-e]");
  let fibers = check t "/scheme/sys/fibers" (Namespace.read_file t.namespace "/scheme/sys/fibers") in
  let processes = check t "/scheme/sys/processes" (Namespace.read_file t.namespace "/scheme/sys/processes") in
  with_out t (fun out ->
      Out.string out fibers;
      Out.string out "\n";
      Out.string out processes;
      0)

let all = [ ("poweroff", poweroff); ("ps", ps); ("service", service); ("sync", sync) ]
