(* SPDX-License-Identifier: ISC *)

open Picox_check.Check
open Init

let parse text = Manifest.parse ~file:"f" ~name:"it" text

let whole =
  "program = \"/bin/clock\"\narguments = [\"a\", \"b\"]\nafter = [\"x\"]\nrestart = \"on-failure\"\npause = 1\nlongest_pause = 2.5\n\
   [environment]\nLANG = \"C\"\n[namespace]\nschemes = [\"file\", \"log\"]\ndirectories = [\"/srv\"]\n\
   read_only = [\"file\"]\nserves = [\"clock\"]\ndevices = [\"net/virtio0\"]\n[limits]\nmemory = \"64 MiB\"\nhandles = 100\ntasks = 3\ncpu = 0.5\nweight = 250\n[health]\nscheme = \"clock\"\nwithin = 3\n"

let refused text line () =
  match parse text with
  | Ok _ -> failwith "it is accepted"
  | Error e -> equal (Manifest.error_text e) line e.line

let simple name after : Manifest.t =
  match Manifest.parse ~file:name ~name "program = \"/p\"" with Ok t -> { t with after } | Error _ -> assert false

let order all expected () =
  match Manifest.in_order (List.map (fun (name, after) -> simple name after) all) with
  | Ok all -> that "the order" (String.concat " " (List.map (fun (t : Manifest.t) -> t.name) all) = expected)
  | Error _ -> that "an order" (expected = "")

let add () =
  test "manifest: all names" (fun () ->
      match parse whole with
      | Error e -> failwith (Manifest.error_text e)
      | Ok t ->
          that "values"
            (t.program = "/bin/clock" && t.arguments = [ "a"; "b" ] && t.after = [ "x" ] && t.restart = On_failure && t.pause = 1.0
           && t.longest_pause = 2.5
            && t.environment = [ ("LANG", "C") ]
            && t.schemes = [ "file"; "log" ] && t.directories = [ "/srv" ] && t.read_only = [ "file" ] && t.serves = [ "clock" ] && t.devices = [ "net/virtio0" ]
            && t.memory = Some (64 lsl 20) && t.handles = Some 100 && t.tasks = Some 3 && t.cpu = Some 0.5 && t.weight = Some 250
            && t.health = Some "clock" && t.health_within = 3.0));
  List.iter
    (fun (text, line) -> test (Printf.sprintf "manifest: refuses %S" text) (refused text line))
    [
      ("", 0); ("program = 1", 1); ("program = \"p\"", 1); ("program = \"/p\"\nprogramm = \"/q\"", 2); ("program = \"/p\"\nrestart = \"perhaps\"", 2);
      ("program = \"/p\"\nmemory = \"16M\"", 2); ("program = \"/p\"\npause = -1", 2);
      ("program = \"/p\"\narguments = [1]", 2); ("program = \"/p\"\n[namespace]\nschemes = [\"A\"]", 3);
      ("program = \"/p\"\n[health]\nscheme = \"x\"", 3); ("program = \"/p\"\n[health]\ncheck = \"x\"", 3);
      ("program = \"/p\"\n[namespace]\ndevices = [\"virtio0\"]", 3);
      ("program = \"/p\"\n[namespace]\nserves = [\"device\"]\ndevices = [\"net/virtio0\"]", 3); ("program = \"/p\"\n[namespace]\nschemes = [\"x\"]\nserves = [\"x\"]", 4);
      ("program = \"/p\"\n[namespace]\ndirectories = [\"/x\"]", 3); ("program = \"/p\"\nafter = \"x\"", 2); ("program", 1);
      ("program = \"/p\"\n[limits]\nmemory = \"64 MB\"", 3); ("program = \"/p\"\n[limits]\nmemory = \"-1 MiB\"", 3);
      ("program = \"/p\"\n[limits]\nmemory = \"1000000001 GiB\"", 3); ("program = \"/p\"\n[limits]\nmemory = 0", 3);
      ("program = \"/p\"\n[limits]\nhandles = 0", 3); ("program = \"/p\"\n[limits]\ntasks = 1.5", 3);
      ("program = \"/p\"\n[limits]\ncpu = 0", 3); ("program = \"/p\"\n[limits]\ncpu = \"all\"", 3);
      ("program = \"/p\"\n[limits]\nweight = 0", 3); ("program = \"/p\"\n[limits]\nweight = 10001", 3); ("program = \"/p\"\n[limits]\nweight = 1.5", 3);
    ];
  test "manifest: order" (order [ ("c", [ "b" ]); ("a", []); ("b", [ "a" ]); ("d", []) ] "a b c d");
  test "manifest: a circle" (order [ ("a", [ "b" ]); ("b", [ "a" ]) ] "");
  test "manifest: itself" (order [ ("a", [ "a" ]) ] "");
  test "manifest: nobody" (order [ ("a", [ "z" ]) ] "")
