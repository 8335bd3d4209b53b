(* SPDX-License-Identifier: ISC *)

(* A small system without processes: schemes, a namespace of them, and a shell whose commands are fibers.

     shell              reads commands from standard input
     shell -c TEXT      runs the text
     shell FILE WORD... runs a script that was given with --file

   With TERMINAL=keys in the environment standard input brings keys as they are typed (README.md). *)

open Scheme
open Scheme_standard

let mib = 1 lsl 20
(* What `free` shows: what is usable at all, what OCaml's heap has, and what the budgets have given out. *)
let memory_text machine budgets () =
  Machine.memory_text machine ^ System.heap ()
  ^ String.concat "" (List.map (fun (name, budget) -> Printf.sprintf "%s %d\n" name (Budget.used budget)) budgets)

let pci_text () = String.concat "" (List.map (Format.asprintf "%a@." Machine.Pci.pp) (Machine.Pci.all ()))

type system = { namespace : Namespace.t; tasks : Shell.Tasks.t; console : Scheme_console.t; log : Log.t }

let make_system () =
  let machine = Machine.read () in
  let files = Budget.create (64 * mib) and pipes = Budget.create (8 * mib) and shared = Budget.create (32 * mib) in
  let tasks = Shell.Tasks.create () and log = Log.create () in
  let console =
    match Sys.getenv_opt "TERMINAL" with
    | Some "keys" -> Scheme_console.create ~keys:true ()
    | _ -> Scheme_console.create ()
  in
  let sys : System.t =
    {
      uname = (fun () -> Machine.uname_text machine);
      cpu = (fun () -> Machine.cpu_text machine);
      memory = memory_text machine [ ("files", files); ("pipes", pipes); ("shared", shared) ];
      fibers = (fun () -> Shell.Tasks.table tasks);
    }
  in
  let filesystems () = Printf.sprintf "file %d %d\n" (Budget.limit files) (Budget.used files) in
  let namespace =
    List.fold_left
      (fun t (name, service) -> Namespace.add t name service)
      Namespace.empty
      [
        ("console", Scheme_console.service console);
        ("event", Events.service ());
        ("file", Scheme_tmpfs.service (Scheme_tmpfs.create ~budget:files ()));
        ("log", Log.service log);
        ("memory", Memory.service shared);
        ("null", Null.null);
        ("pci", Tree.service (Tree.text pci_text));
        ("pipe", Pipe.scheme ~budget:pipes ());
        ("rand", Null.rand ());
        ("sys", System.service ~more:[ ("filesystems", filesystems) ] sys);
        ("time", Time.service ());
        ("zero", Null.zero);
      ]
  in
  { namespace = Namespace.with_budget namespace (Budget.create 4096); tasks; console; log }

let fill system =
  List.iter
    (fun path -> ignore (Namespace.make_directory system.namespace path))
    [ "/etc"; "/tmp" ];
  ignore (Namespace.write_file system.namespace "/etc/motd" "Bactrian: `ls /scheme` shows what is here.\n");
  Log.add system.log "the schemes are served";
  List.iter (Log.add system.log) (match Machine.read () with Some machine -> machine.problems | None -> [])

let shell system ~name ~arguments =
  Shell.Interpreter.create ~name ~arguments
    ~variables:[ ("PWD", "/") ]
    ~namespace:system.namespace ~tasks:system.tasks ~commands:Shell.Commands.all ()

let run_text system ~name ~arguments text =
  match Namespace.open_ system.namespace ~flags:{ Request.reading with write = true } "/scheme/console" with
  | Error e ->
      prerr_endline (Error.to_string e);
      1
  | Ok console ->
      Handle.using console (fun console ->
          Shell.Interpreter.run_script (shell system ~name ~arguments)
            { input = console; output = console; error = console }
            text)

let read_file path = In_channel.with_open_bin path In_channel.input_all

let session system =
  match List.tl (Array.to_list Sys.argv) with
  | [] ->
      let greeting = Result.value (Namespace.read_file system.namespace "/etc/motd") ~default:"" in
      Shell.Interactive.run ~greeting (shell system ~name:"sh" ~arguments:[])
  | "-c" :: text :: arguments -> run_text system ~name:"sh" ~arguments text
  | file :: arguments -> run_text system ~name:file ~arguments (read_file file)

let main system () =
  fill system;
  Picos_std_structured.Bundle.join_after ~on_return:`Terminate (fun bundle ->
      Picos_std_structured.Bundle.fork bundle (fun () -> Scheme_console.run system.console);
      session system)

let () =
  let system = make_system () in
  let status =
    Fun.protect
      ~finally:(fun () -> Scheme_console.restore system.console)
      (fun () -> Picox_classes.run_on ~n_domains:(Domain.recommended_domain_count ()) (main system))
  in
  exit status
