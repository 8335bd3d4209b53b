(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos_std_structured
module Manifest = Init.Manifest
module Supervisor = Init.Supervisor
module Provider = Scheme_provider

type t = {
  log : string -> unit;
  programs : Programs.t;
  devices : Handed_devices.t;
  shared : Budget.t;  (** memory that servers have in common with others *)
  providers : (string, Provider.t) Hashtbl.t;  (** of the schemes that servers serve *)
  all : Namespace.t Atomic.t;  (** all that there is *)
  supervisor : Supervisor.t Lazy.t;
}

let folder = "/etc/init.d"
let most_handles = 256
let most_shared = 16 * 1024 * 1024

(* What the manifest says, of all that there is; and where it serves. *)
let namespace_of t (m : Manifest.t) =
  let all = Atomic.get t.all in
  List.iter
    (fun name -> if not (List.mem name (Namespace.schemes all)) then t.log (Printf.sprintf "%s: there is no scheme %s" m.name name))
    m.schemes;
  let own = Namespace.only all m.schemes in
  let directories = List.filter_map (fun path -> Result.to_option (Result.map Path.names (Path.decode path))) m.directories in
  let own = if directories = [] then own else Namespace.within own "file" directories in
  let own = if m.read_only = [] then own else Namespace.read_only ~schemes:m.read_only own in
  let own =
    List.fold_left (fun own name -> Namespace.add own name (Provider.entrance (Hashtbl.find t.providers name))) own m.serves
  in
  (* The scheme [memory] with a budget of its own. *)
  let own =
    if not (List.mem "memory" m.schemes) then own
    else
      let budget = Budget.create ~within:t.shared most_shared in
      Namespace.add own "memory" (Process.Memory_scheme.service (Programs.mapped t.programs) budget)
  in
  let own =
    if m.devices = [] then own
    else Namespace.add own "device" (Handed_devices.service t.devices ~server:m.name m.devices)
  in
  List.iter
    (fun name ->
      Option.iter (fun why -> t.log (Printf.sprintf "%s: the device %s: %s" m.name name why)) (Handed_devices.problem t.devices name))
    m.devices;
  Namespace.with_budget own (Budget.create ~within:(Namespace.budget all) (Option.value m.handles ~default:most_handles))

(* A program that its namespace does not reach is found by the kernel, not by the server. *)
let start t m = Programs.start t.programs ~all:(Atomic.get t.all) ~namespace:(namespace_of t m) ~log:t.log m

let is_up t (m : Manifest.t) =
  match m.health with None -> true | Some name -> Provider.is_served (Hashtbl.find t.providers name)

(* Whatever it says of the path, it has answered. *)
let answers t (m : Manifest.t) =
  match (m.health, m.check) with
  | Some name, Some path -> ignore (Namespace.stat (Atomic.get t.all) ("/scheme/" ^ name ^ "/" ^ path))
  | _ -> ()

let create ~log ~programs ~devices ~shared =
  let rec t =
    lazy
      {
        log;
        programs;
        devices;
        shared;
        providers = Hashtbl.create 16;
        all = Atomic.make Namespace.empty;
        supervisor =
          lazy
            (Supervisor.create ~log
               ~answers:(fun m -> answers (Lazy.force t) m)
               ~start:(fun m -> start (Lazy.force t) m)
               ~up:(fun m -> is_up (Lazy.force t) m)
               ());
      }
  in
  let t = Lazy.force t in
  ignore (Lazy.force t.supervisor);
  t

let supervisor t = Lazy.force t.supervisor

(* Reading what is there *)

let read_manifest t namespace file =
  let path = folder ^ "/" ^ file in
  let tell text =
    t.log text;
    None
  in
  match Namespace.read_file namespace path with
  | Error e -> tell (path ^ ": " ^ Error.to_string e)
  | Ok text -> (
      match Manifest.parse ~file:path ~name:(Filename.chop_suffix file ".toml") text with
      | Error error -> tell (Manifest.error_text error)
      | Ok manifest -> (
          match List.find_opt (fun name -> List.mem name (Namespace.schemes namespace)) manifest.serves with
          | Some name -> tell (Printf.sprintf "%s: the kernel serves the scheme %s" path name)
          | None -> Some manifest))

let read_all t namespace =
  match Namespace.list namespace folder with
  | Error _ -> []
  | Ok entries ->
      List.sort compare (List.map (fun (e : Stat.entry) -> e.name) entries)
      |> List.filter (fun name -> Filename.check_suffix name ".toml")
      |> List.filter_map (read_manifest t namespace)

(* Those whose order cannot be found are left out, one by one. *)
let rec in_order t manifests =
  match Manifest.in_order manifests with
  | Ok manifests -> manifests
  | Error error ->
      t.log (Manifest.error_text error);
      in_order t (List.filter (fun (m : Manifest.t) -> m.name <> error.file) manifests)

let add_provider t bundle namespace name =
  if Hashtbl.mem t.providers name then namespace
  else begin
    let provider = Provider.create () in
    Hashtbl.replace t.providers name provider;
    Class_fiber.fork Vproc bundle (fun () -> Provider.run provider);
    Namespace.add namespace name (Provider.service provider)
  end

let start t bundle ~namespace =
  let manifests = in_order t (read_all t namespace) in
  let served = List.concat_map (fun (m : Manifest.t) -> m.serves) manifests in
  let all = List.fold_left (add_provider t bundle) namespace served in
  Atomic.set t.all all;
  let supervisor = supervisor t in
  Supervisor.prepare supervisor manifests;
  Class_fiber.fork Vproc bundle (fun () -> Supervisor.run supervisor);
  Supervisor.await_all supervisor;
  all
