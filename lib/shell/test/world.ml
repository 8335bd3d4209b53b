(* SPDX-License-Identifier: ISC *)

open Scheme

type t = { namespace : Namespace.t; tasks : Shell.Tasks.t; shell : Shell.Interpreter.t; log : Scheme_standard.Log.t }

let get = function Ok value -> value | Error e -> failwith (Error.to_string e)

let create ?(arguments = []) ?(handles = 200) () =
  let tasks = Shell.Tasks.create () and log = Scheme_standard.Log.create () in
  let sys : Scheme_standard.System.t =
    {
      uname = (fun () -> "Bactrian test\n");
      cpu = (fun () -> "0\n");
      memory = (fun () -> "total 2048\nused 1024\nfree 1024\n");
      fibers = (fun () -> Shell.Tasks.table tasks);
    }
  in
  let more = [ ("filesystems", fun () -> "file 4096 1024\n") ] in
  let schemes =
    [
      ("file", Scheme_tmpfs.service (Scheme_tmpfs.create ()));
      ("null", Scheme_standard.Null.null);
      ("zero", Scheme_standard.Null.zero);
      ("time", Scheme_standard.Time.service ());
      ("log", Scheme_standard.Log.service log);
      ("pipe", Scheme_standard.Pipe.scheme ());
      ("pci", Scheme_standard.Tree.(service (text (fun () -> "00:00.0 a bridge\n"))));
      ("sys", Scheme_standard.System.service ~more sys);
    ]
  in
  let namespace = List.fold_left (fun t (name, service) -> Namespace.add t name service) Namespace.empty schemes in
  let namespace = Namespace.with_budget namespace (Budget.create handles) in
  let shell =
    Shell.Interpreter.create ~arguments ~variables:[ ("HOME", "/") ] ~namespace ~tasks ~commands:Shell.Commands.all ()
  in
  { namespace; tasks; shell; log }

let handles t = Budget.used (Namespace.budget t.namespace)

let run t ?(input = "") script =
  let file name = "/." ^ name in
  get (Namespace.write_file t.namespace (file "in") input);
  let open_ name flags = get (Namespace.open_ t.namespace ~flags (file name)) in
  let streams : Shell.Interpreter.streams =
    {
      input = open_ "in" Request.reading;
      output = open_ "out" { Request.writing with append = true };
      error = open_ "err" { Request.writing with append = true };
    }
  in
  let status =
    Fun.protect
      ~finally:(fun () -> List.iter Handle.close [ streams.input; streams.output; streams.error ])
      (fun () -> Shell.Interpreter.run_script t.shell streams script)
  in
  (status, get (Namespace.read_file t.namespace (file "out")), get (Namespace.read_file t.namespace (file "err")))

let within ?seed ?(domains = 1) body =
  Picox_classes.run_on ~n_domains:domains ~context:(Picox_classes.context ?seed ()) body
