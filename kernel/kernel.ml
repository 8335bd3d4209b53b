(* SPDX-License-Identifier: ISC *)

(* The system image's kernel program: drivers, schemes, the file system of the disk, then init's servers and a shell on the
   console. With TERMINAL=keys in the environment the console brings keys as they are typed. *)

open Scheme
open Scheme_standard
open Picos_std_structured
module Supervisor = Init.Supervisor
module Volume = Redoxfs.Volume

let mib = 1 lsl 20

(* How long a change is not yet on the disk at most, in seconds. *)
let sync_every = 5.0

type system = {
  log : Log.t;
  console : Scheme_console.t;
  tasks : Shell.Tasks.t;
  programs : Programs.t;
  power : Power.t;
  pipes : Budget.t;
  shared : Budget.t;
}

let make_system () =
  let console = if Sys.getenv_opt "TERMINAL" = Some "keys" then Scheme_console.create ~keys:true () else Scheme_console.create () in
  let log = Log.create () in
  let programs = Programs.create ~log:(Log.add log) (Allotment.read ()) in
  {
    log;
    console;
    tasks = Shell.Tasks.create ~new_number:(fun () -> Programs.new_number programs) ();
    programs;
    power = Power.create ();
    pipes = Budget.create (8 * mib);
    shared = Budget.create (64 * mib);
  }

(* The file system *)

type root = { name : string option; service : Service.t; volume : Volume.t option; usage : unit -> string }

let in_memory () =
  let budget = Budget.create (64 * mib) in
  {
    name = None;
    service = Scheme_tmpfs.service (Scheme_tmpfs.create ~budget ());
    volume = None;
    usage = (fun () -> Printf.sprintf "file %d %d\n" (Budget.limit budget) (Budget.used budget));
  }

let on_disk name volume =
  let usage () =
    match Volume.usage volume with Ok (free, all) -> Printf.sprintf "file %d %d\n" all (all - free) | Error _ -> ""
  in
  { name = Some name; service = Redoxfs.Files.service volume; volume = Some volume; usage }

let mount system disks =
  let log = Log.add system.log in
  match Storage.find_root disks with
  | None ->
      log "there is no disk: files are in memory";
      in_memory ()
  | Some (name, blocks) -> (
      match Volume.mount blocks with
      | Ok volume ->
          log (Printf.sprintf "%s is mounted%s" name (if Volume.is_writable volume then "" else ", read only"));
          on_disk name volume
      | Error why ->
          log (Printf.sprintf "%s cannot be mounted (%s): files are in memory" name why);
          in_memory ())

(* The schemes *)

let make_namespace system ~disks ~cards ~root supervisor =
  let machine = Machine.read () in
  let sys : System.t =
    {
      uname = (fun () -> Machine.uname_text machine);
      cpu = (fun () -> Machine.cpu_text machine);
      memory = Facts.memory machine [ ("pipes", system.pipes); ("shared", system.shared) ] system.programs;
      fibers = (fun () -> Shell.Tasks.table system.tasks);
    }
  in
  let more = [ ("filesystems", root.usage); ("processes", Facts.processes supervisor system.programs) ] in
  let schemes =
    [
      ("console", Scheme_console.service system.console);
      ("disk", Device_schemes.disk disks);
      ("event", Events.service ());
      ("file", root.service);
      ("irq", Device_schemes.irq ());
      ("log", Log.service system.log);
      ("memory", Process.Memory_scheme.service (Programs.mapped system.programs) system.shared);
      ("net", Device_schemes.net cards);
      ("null", Null.null);
      ("pci", Device_schemes.pci ());
      ("pipe", Pipe.scheme ~budget:system.pipes ());
      ("power", Tree.service (Power.file system.power));
      ("process", Process_control.service system.programs);
      ("rand", Null.rand ());
      ("servers", Server_control.service supervisor system.programs);
      ("sys", System.service ~more sys);
      ("time", Time.service ());
      ("trace", Device_schemes.trace ());
      ("zero", Null.zero);
    ]
  in
  let all = List.fold_left (fun t (name, service) -> Namespace.add t name service) Namespace.empty schemes in
  Namespace.with_budget all (Budget.create 16384)

(* The shell *)

let shell system namespace =
  Shell.Interpreter.create ~name:"sh"
    ~variables:[ ("PWD", "/"); ("PATH", "/bin") ]
    ~namespace ~tasks:system.tasks
    ~commands:(Commands.all @ Shell.Commands.all)
    ~find:(Programs.find system.programs) ()

let greeting namespace = Result.value (Namespace.read_file namespace "/etc/motd") ~default:""

(* From boot to the end *)

let end_with system ~root supervisor =
  let log = Log.add system.log in
  Supervisor.stop_all supervisor;
  Programs.close system.programs;
  Option.iter
    (fun volume ->
      match Volume.unmount volume with
      | Ok () -> log "the file system is unmounted"
      | Error e -> prerr_endline ("the file system is not whole on the disk: " ^ Error.to_string e))
    root.volume

let main system () =
  let log = Log.add system.log in
  Bundle.join_after ~on_return:`Terminate @@ fun all ->
  Bundle.fork all (fun () -> Scheme_console.run system.console);
  let cards = Network.start all ~log in
  let disks = Storage.start all ~log in
  let root = mount system disks in
  Option.iter (fun volume -> Bundle.fork all (fun () -> Volume.keep_synced volume ~every:sync_every)) root.volume;
  let mapped = Programs.mapped system.programs in
  let devices = Handed_devices.create all ~log ~mapped ~cards ~disks ~root:root.name in
  let servers = Servers.create ~log ~programs:system.programs ~devices ~shared:system.shared in
  let supervisor = Servers.supervisor servers in
  let namespace = make_namespace system ~disks ~cards ~root supervisor in
  let namespace = Servers.start servers all ~namespace in
  log "the schemes are served";
  (* A shell on each further console, and another when it ends. *)
  Consoles.start all ~log (fun ~name:_ console ->
      let namespace = Namespace.add namespace "console" console in
      ignore (Shell.Interactive.run ~greeting:(greeting namespace) (shell system namespace)));
  Bundle.fork all (fun () ->
      Power.off system.power (Shell.Interactive.run ~greeting:(greeting namespace) (shell system namespace)));
  let status = Power.await system.power in
  end_with system ~root supervisor;
  status

let () =
  let system = make_system () in
  let status =
    Fun.protect
      ~finally:(fun () -> Scheme_console.restore system.console)
      (fun () -> Picox_classes.run_on ~n_domains:(Domain.recommended_domain_count ()) (main system))
  in
  exit status
