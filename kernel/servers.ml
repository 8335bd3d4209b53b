(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos_std_structured
module Manifest = Init.Manifest
module Supervisor = Init.Supervisor

type t = {
  log : string -> unit;
  supervisor : Supervisor.t;
  mutable namespace_of : Manifest.t -> Namespace.t;
}

let folder = "/etc/init.d"

let create ~log ~programs =
  let rec t =
    lazy
      {
        log;
        supervisor =
          Supervisor.create ~log
            ~start:(fun m -> Programs.start programs ~namespace:((Lazy.force t).namespace_of m) ~log m)
            ~up:(fun _ -> true)
            ();
        namespace_of = (fun _ -> Namespace.empty);
      }
  in
  Lazy.force t

let supervisor t = t.supervisor

(* What the manifest says, of all that there is. *)
let restricted all (m : Manifest.t) =
  let own = Namespace.only all m.schemes in
  let own =
    if m.directories = [] then own
    else
      Namespace.within own "file"
        (List.filter_map (fun path -> Result.to_option (Result.map Path.names (Path.decode path))) m.directories)
  in
  let own = if m.read_only = [] then own else Namespace.read_only ~schemes:m.read_only own in
  Namespace.with_budget own (Budget.create ~within:(Namespace.budget all) 256)

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
      | Ok manifest -> Some manifest
      | Error error -> tell (Manifest.error_text error))

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

let start t bundle ~namespace =
  let manifests = in_order t (read_all t namespace) in
  t.namespace_of <- restricted namespace;
  Class_fiber.fork Vproc bundle (fun () -> Supervisor.run t.supervisor manifests);
  while List.length (Supervisor.servers t.supervisor) < List.length manifests do
    Control.yield ()
  done;
  Supervisor.await_all t.supervisor;
  namespace
