(* SPDX-License-Identifier: ISC *)

open Scheme
module Volume = Redoxfs.Volume
module Disk = Redoxfs.Blocks.Of (Memory_disk)

let mib = 1 lsl 20
let sectors = 16 * mib / 512
let ok what = function Ok value -> value | Error text -> failwith (what ^ ": " ^ text)
let get what result = ok what (Result.map_error Error.to_string result)
let blocks disk = ok "blocks" (Result.map_error Device.error_text (Disk.all disk))
let mount ?password disk = ok "mount" (Volume.mount ?password (blocks disk))
let namespace volume = Namespace.add Namespace.empty "file" (Redoxfs.Files.service volume)
let text = function Ok () -> "done" | Error e -> Error.to_string e
let say name condition = Printf.printf "%s: %b\n%!" name condition

let fresh ?password () =
  let disk = Memory_disk.create sectors in
  ok "format" (Volume.format ?password (blocks disk));
  disk

let names t path = List.sort compare (List.map (fun (e : Stat.entry) -> e.name) (get "list" (Namespace.list t path)))
let large = String.init 700_000 (fun i -> Char.chr ((i * i / 7) land 255))

let examples () =
  let disk = fresh () in
  let volume = mount disk in
  let t = namespace volume in
  get "mkdir" (Namespace.make_directory t "/d");
  get "write" (Namespace.write_file t "/d/a" "hello");
  get "large" (Namespace.write_file t "/d/large" large);
  say "read" (Namespace.read_file t "/d/a" = Ok "hello" && Namespace.read_file t "/d/large" = Ok large);
  let append = get "append" (Namespace.open_ t ~flags:Request.appending "/d/a") in
  get "append" (Handle.write_string append " there");
  let stat = get "stat" (Handle.stat append) in
  say "stat" (stat.size = 11 && stat.kind = File && stat.links = 1);
  get "times" (Handle.set_times ~modified_ns:1_234_567_890_123_456_789 append);
  say "times" ((get "stat" (Namespace.stat t "/d/a")).modified_ns = 1_234_567_890_123_456_789);
  get "unlink" (Namespace.unlink t "/d/a");
  say "lives while it is open" ((get "stat" (Handle.stat append)).links = 0);
  Handle.close append;
  get "link" (Namespace.symbolic_link t ~target:"../d" "/d/up");
  get "hard" (Namespace.link t "/d/large" "/d/second");
  say "through a link" (Namespace.read_file t "/d/up/second" = Ok large);
  get "rename" (Namespace.rename t "/d/second" "/moved");
  get "many" (Namespace.make_directory t "/many");
  for i = 1 to 300 do
    get "small" (Namespace.write_file t (Printf.sprintf "/many/%d" i) (string_of_int i))
  done;
  say "all are listed" (List.length (names t "/many") = 300);
  get "unmount" (Volume.unmount volume);
  print_endline ("unmounted: " ^ text (Namespace.make_directory t "/e"));
  let volume = mount disk in
  let t = namespace volume in
  say "after a remount" (names t "/" = [ "d"; "many"; "moved" ] && Namespace.read_file t "/moved" = Ok large);
  say "usage" (match Volume.usage volume with Ok (free, all) -> free > 0 && free < all && all <= 16 * mib | Error _ -> false);
  get "unmount" (Volume.unmount volume);
  let volume = ok "mount" (Volume.mount ~writable:false (blocks disk)) in
  let t = namespace volume in
  print_endline ("read only: " ^ text (Namespace.make_directory t "/e"));
  get "unmount" (Volume.unmount volume)

let passwords () =
  let disk = fresh ~password:"camel" () in
  let tell = function Ok _ -> "mounted" | Error text -> text in
  print_endline ("no password: " ^ tell (Volume.mount (blocks disk)));
  print_endline ("another: " ^ tell (Volume.mount ~password:"dromedary" (blocks disk)));
  let volume = mount ~password:"camel" disk in
  let t = namespace volume in
  get "write" (Namespace.write_file t "/secret" large);
  get "unmount" (Volume.unmount volume);
  let volume = mount ~password:"camel" disk in
  say "encrypted" (Namespace.read_file (namespace volume) "/secret" = Ok large);
  get "unmount" (Volume.unmount volume);
  print_endline ("nothing: " ^ tell (Volume.mount (blocks (Memory_disk.create sectors))))

(* The same random requests to two file systems, whose answers must be the same. *)
let model () =
  let disk = fresh () in
  let random = Random.State.make [| 7 |] in
  let volume = ref (mount disk) in
  let left = ref (namespace !volume) and right = Namespace.add Namespace.empty "file" (Scheme_tmpfs.service (Scheme_tmpfs.create ())) in
  let pick list = List.nth list (Random.State.int random (List.length list)) in
  let rec path depth = if depth = 0 then "" else "/" ^ pick [ "a"; "b"; "c"; "d"; "e" ] ^ path (Random.State.int random depth) in
  let path () = match path 3 with "" -> "/" | path -> path in
  let content () = String.sub large 0 (Random.State.int random 20_000) in
  let step () : string * (Namespace.t -> (string, Error.t) result) =
    let unit f t = Result.map (fun () -> "") (f t) in
    let a = path () and b = path () in
    match Random.State.int random 12 with
    | 0 | 1 -> ("mkdir " ^ a, unit (fun t -> Namespace.make_directory t a))
    | 2 | 3 ->
        let text = content () in
        ("write " ^ a, unit (fun t -> Namespace.write_file t a text))
    | 4 -> ("read " ^ a, fun t -> Namespace.read_file t a)
    | 5 -> ("rename " ^ a ^ " " ^ b, unit (fun t -> Namespace.rename t ~replace:(b.[1] <> 'a') a b))
    | 6 -> ("unlink " ^ a, unit (fun t -> Namespace.unlink t a))
    | 7 -> ("rmdir " ^ a, unit (fun t -> Namespace.remove_directory t a))
    | 8 -> ("link " ^ a ^ " " ^ b, unit (fun t -> Namespace.link t a b))
    | 9 -> ("symlink " ^ a ^ " " ^ b, unit (fun t -> Namespace.symbolic_link t ~target:a b))
    | 10 ->
        let at = Random.State.int random 30_000 and text = content () and size = Random.State.int random 30_000 in
        ( "change " ^ a,
          unit (fun t ->
              Result.bind (Namespace.open_ t ~flags:{ Request.reading with write = true } a) (fun handle ->
                  Handle.using handle (fun handle ->
                      Result.bind (Handle.write_at handle at (Slice.of_string text)) (fun _ -> Handle.truncate handle size)))) )
    | _ ->
        ( "list " ^ a,
          fun t ->
            let entry (e : Stat.entry) = e.name ^ (match e.kind with Directory -> "/" | Link -> "@" | _ -> "") in
            Result.map (fun all -> String.concat " " (List.sort compare (List.map entry all))) (Namespace.list t a) )
  in
  let show = function Ok text -> Printf.sprintf "%d bytes" (String.length text) | Error e -> Error.to_string e in
  for n = 1 to 1_500 do
    let name, run = step () in
    let one = run !left and other = run right in
    if one <> other then Printf.printf "step %d, %s: %s, not %s\n%!" n name (show one) (show other);
    if n mod 500 = 0 then begin
      get "unmount" (Volume.unmount !volume);
      volume := mount disk;
      left := namespace !volume
    end
  done;
  get "unmount" (Volume.unmount !volume)

(* A disk that fails at any request fails what is asked, and hangs nothing; what was synced is there when it works again. *)
let failures () =
  let failed = ref 0 and kept = ref true in
  for round = 0 to 11 do
    let after = 3 * round in
    let disk = fresh () in
    let volume = mount disk in
    let t = namespace volume in
    get "write" (Namespace.write_file t "/kept" large);
    get "sync" (Volume.sync volume);
    Memory_disk.fail_after disk after;
    let result =
      Result.bind (Namespace.write_file t "/new" large) (fun () ->
          Result.bind (Namespace.write_file t "/new2" large) (fun () -> Volume.sync volume))
    in
    if result = Error Io then incr failed;
    ignore (Volume.unmount volume);
    Memory_disk.fail_after disk max_int;
    let volume = mount disk in
    let t = namespace volume in
    kept := !kept && Namespace.read_file t "/kept" = Ok large;
    ignore (Volume.unmount volume)
  done;
  say "it fails" (!failed > 4);
  say "what was synced is kept" !kept;
  let disk = fresh () in
  let volume = mount disk in
  disk.broken <- `All;
  print_endline ("a dead disk: " ^ text (Result.bind (Namespace.make_directory (namespace volume) "/x") (fun () -> Volume.sync volume)));
  ignore (Volume.unmount volume)

(* Many clients, on two domains, some of which are canceled. *)
let clients () =
  let open Picos_std_structured in
  let disk = fresh () in
  let volume = mount disk in
  let t = namespace volume in
  let good = Atomic.make 0 in
  let client i () =
    let path = Printf.sprintf "/f%d" i in
    for round = 1 to 10 do
      let content = Printf.sprintf "%d of %d" round i in
      get "write" (Namespace.write_file t path content);
      if Namespace.read_file t path = Ok content then Atomic.incr good
    done
  in
  Bundle.join_after (fun all ->
      for i = 1 to 20 do
        Bundle.fork all (client i)
      done;
      for i = 1 to 20 do
        Bundle.fork all (fun () ->
            ignore
              (Bundle.join_after ~on_return:`Terminate (fun inner ->
                   Bundle.fork inner (fun () ->
                       while true do
                         ignore (Namespace.write_file t (Printf.sprintf "/canceled%d" i) large)
                       done);
                   Control.sleep ~seconds:0.01)))
      done);
  say "clients" (Atomic.get good = 200);
  get "unmount" (Volume.unmount volume)

let () =
  Picos_mux_fifo.run (fun () ->
      examples ();
      passwords ();
      model ();
      failures ());
  Picox_classes.run_on ~n_domains:2 clients;
  print_endline "all done"
