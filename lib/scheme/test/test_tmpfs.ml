(* SPDX-License-Identifier: ISC *)

(* The file system in memory: examples, random operations against a model that is as simple as can be, and races. *)

open Picox_check.Check
open Everywhere
open Scheme

let get = function Ok value -> value | Error e -> failwith (Error.to_string e)
let fails expected = function Error e -> that (Error.to_string e) (e = expected) | Ok _ -> failwith "succeeds"
let in_fiber name body = test name (fun () -> Picos_mux_fifo.run body)
let both = { Request.reading with write = true; creation = If_missing }

let fresh ?budget ?now_ns () =
  Namespace.add Namespace.empty "file" (Scheme_tmpfs.service (Scheme_tmpfs.create ?budget ?now_ns ()))

let names t path = List.map (fun (e : Stat.entry) -> e.name) (get (Namespace.list t path))

let read_from handle at length =
  let slice = Slice.create length in
  Slice.to_string (Slice.sub slice 0 (get (Handle.read_at handle at slice)))

let examples () =
  in_fiber "tmpfs: directories and files" (fun () ->
      let t = fresh () in
      get (Namespace.make_directory t "/d");
      get (Namespace.write_file t "/d/a" "hello");
      that "read" (get (Namespace.read_file t "/d/a") = "hello");
      get (Namespace.write_file t "/d/a" "hi");
      that "truncated" (get (Namespace.read_file t "/d/a") = "hi");
      let append = get (Namespace.open_ t ~flags:Request.appending "/d/a") in
      get (Handle.write_string append " there");
      Handle.close append;
      that "appended" (get (Namespace.read_file t "/d/a") = "hi there");
      fails Exists (Namespace.make_directory t "/d");
      fails Exists (Namespace.open_ t ~flags:{ both with creation = Always_new } "/d/a");
      fails Not_found (Namespace.read_file t "/x/y");
      fails Not_directory (Namespace.read_file t "/d/a/b");
      fails Not_directory (Namespace.open_ t "/d/a/");
      fails Is_directory (Namespace.write_file t "/d" "x");
      fails Is_directory (Namespace.write_file t "/new/" "x");
      fails Is_directory (Namespace.read_file t "/d");
      fails Not_empty (Namespace.remove_directory t "/d");
      fails Is_directory (Namespace.unlink t "/d");
      fails Not_directory (Namespace.remove_directory t "/d/a");
      fails Busy (Namespace.remove_directory t "/");
      get (Namespace.unlink t "/d/a");
      get (Namespace.remove_directory t "/d");
      that "empty" (names t "/" = []));
  in_fiber "tmpfs: renaming replaces at once" (fun () ->
      let t = fresh () in
      get (Namespace.write_file t "/a" "A");
      get (Namespace.write_file t "/b" "B");
      let old = get (Namespace.open_ t "/b") in
      fails Exists (Namespace.rename t ~replace:false "/a" "/b");
      get (Namespace.rename t "/a" "/b");
      that "replaced" (get (Namespace.read_file t "/b") = "A" && names t "/" = [ "b" ]);
      that "the old one lives while it is open" (get (Handle.read_all old) = "B");
      equal "without a name" 0 (get (Handle.stat old)).links;
      Handle.close old;
      get (Namespace.make_directory t "/d");
      get (Namespace.make_directory t "/d/e");
      fails Invalid (Namespace.rename t "/d" "/d/e/f");
      fails Invalid (Namespace.rename t "/d" "/d/x");
      get (Namespace.rename t "/d" "/d");
      fails Not_directory (Namespace.rename t "/d" "/b");
      fails Is_directory (Namespace.rename t "/b" "/d");
      get (Namespace.make_directory t "/q");
      fails Not_empty (Namespace.rename t "/q" "/d");
      get (Namespace.rename t "/d" "/q");
      that "moved" (names t "/q" = [ "e" ]);
      fails Not_found (Namespace.rename t "/none" "/b");
      get (Namespace.link t "/b" "/b2");
      get (Namespace.rename t "/b" "/b2");
      that "two names of one file: nothing happens" (names t "/" = [ "b"; "q"; "b2" ]));
  in_fiber "tmpfs: removed while it is open" (fun () ->
      let budget = Budget.create 100_000 in
      let t = fresh ~budget () in
      let handle = get (Namespace.open_ t ~flags:both "/a") in
      get (Handle.write_string handle (String.make 10_000 'x'));
      get (Namespace.unlink t "/a");
      fails Not_found (Namespace.open_ t "/a");
      get (Handle.write_string handle "more");
      equal "still there" 10_004 (get (Handle.stat handle)).size;
      equal "allocated" 12288 (Budget.used budget);
      Handle.close handle;
      equal "given back" 0 (Budget.used budget);
      get (Namespace.make_directory t "/d");
      let directory = get (Namespace.open_ t "/d") in
      get (Namespace.remove_directory t "/d");
      that "empty" (get (Handle.list directory) = []);
      Handle.close directory;
      equal "nothing" 0 (Budget.used budget));
  in_fiber "tmpfs: holes" (fun () ->
      let budget = Budget.create 20_000 in
      let t = fresh ~budget () in
      let handle = get (Namespace.open_ t ~flags:both "/a") in
      equal "far" 1 (get (Handle.write_at handle (1 lsl 40) (Slice.of_string "x")));
      equal "one block" 4096 (get (Handle.stat handle)).allocated;
      that "zeros" (read_from handle 123 10 = String.make 10 '\000');
      that "there" (read_from handle ((1 lsl 40) - 2) 10 = "\000\000x");
      fails Too_large (Handle.write_at handle (max_int - 1) (Slice.of_string "x"));
      fails Too_large (Handle.truncate handle max_int);
      get (Handle.truncate handle 10);
      get (Handle.truncate handle 100);
      that "cut off is gone" (read_from handle 0 200 = String.make 100 '\000');
      get (Handle.truncate handle 0);
      equal "written" 4 (get (Handle.write_at handle 0 (Slice.of_string "abcd")));
      get (Handle.truncate handle 2);
      get (Handle.truncate handle 4);
      that "zeros after the cut" (read_from handle 0 10 = "ab\000\000");
      Handle.close handle);
  in_fiber "tmpfs: no space" (fun () ->
      let budget = Budget.create (4 * 4096) in
      let t = fresh ~budget () in
      let handle = get (Namespace.open_ t ~flags:both "/a") in
      equal "as much as there is" (3 * 4096) (get (Handle.write handle (Slice.create 20_000)));
      fails No_space (Handle.write handle (Slice.create 20_000));
      fails No_space (Handle.write_string handle "x");
      let rec until_full i =
        match Namespace.write_file t (Printf.sprintf "/f%d" i) "" with
        | Ok () -> until_full (i + 1)
        | Error e ->
            that "no space" (e = No_space);
            i
      in
      let n = until_full 0 in
      that (Printf.sprintf "%d empty files" n) (n > 5 && n < 17);
      fails No_space (Namespace.make_directory t "/d");
      Handle.close handle;
      get (Namespace.unlink t "/a");
      for i = 0 to n - 1 do get (Namespace.unlink t (Printf.sprintf "/f%d" i)) done;
      equal "all given back" 0 (Budget.used budget));
  in_fiber "tmpfs: times" (fun () ->
      let now = ref 100 in
      let t = fresh ~now_ns:(fun () -> incr now; !now) () in
      let stat path = get (Namespace.stat t path) in
      get (Namespace.write_file t "/a" "x");
      let a = stat "/a" and root = stat "/" in
      that "created" (a.created_ns > 100 && a.modified_ns >= a.created_ns);
      ignore (get (Namespace.read_file t "/a"));
      that "accessed" ((stat "/a").accessed_ns > a.accessed_ns && (stat "/a").modified_ns = a.modified_ns);
      get (Namespace.write_file t "/b" "x");
      that "the directory" ((stat "/").modified_ns > root.modified_ns);
      let handle = get (Namespace.open_ t ~flags:both "/a") in
      get (Handle.set_times ~accessed_ns:5 ~modified_ns:6 handle);
      that "set" ((stat "/a").accessed_ns = 5 && (stat "/a").modified_ns = 6 && (stat "/a").changed_ns > 100);
      get (Handle.set_times ~modified_ns:7 handle);
      that "one" ((stat "/a").accessed_ns = 5 && (stat "/a").modified_ns = 7);
      Handle.close handle);
  in_fiber "tmpfs: links" (fun () ->
      let t = fresh () in
      get (Namespace.make_directory t "/d");
      get (Namespace.write_file t "/d/a" "A");
      get (Namespace.link t "/d/a" "/b");
      equal "two names" 2 (get (Namespace.stat t "/b")).links;
      get (Namespace.write_file t "/b" "B");
      that "one file" (get (Namespace.read_file t "/d/a") = "B");
      get (Namespace.unlink t "/d/a");
      that "the other name" (get (Namespace.read_file t "/b") = "B");
      fails Is_directory (Namespace.link t "/d" "/d2");
      get (Namespace.symbolic_link t ~target:"../b" "/d/s");
      that "followed" (get (Namespace.read_file t "/d/s") = "B");
      that "read" (get (Namespace.read_link t "/d/s") = "../b");
      fails Invalid (Namespace.read_link t "/b");
      that "itself" ((get (Namespace.stat t ~follow:false "/d/s")).kind = Link);
      get (Namespace.symbolic_link t ~target:"/d" "/l");
      get (Namespace.write_file t "/l/new" "N");
      that "through" (get (Namespace.read_file t "/d/new") = "N");
      get (Namespace.symbolic_link t ~target:"made" "/d/dangling");
      fails Not_found (Namespace.read_file t "/d/dangling");
      get (Namespace.write_file t "/l/dangling" "M");
      that "made behind it" (get (Namespace.read_file t "/d/made") = "M");
      fails Exists (Namespace.open_ t ~flags:{ both with creation = Always_new } "/d/dangling");
      get (Namespace.rename t "/l/new" "/l/newer");
      that "renamed through" (List.mem "newer" (names t "/d"));
      get (Namespace.symbolic_link t ~target:"/loop" "/loop");
      fails Too_many_links (Namespace.read_file t "/loop");
      fails Too_many_links (Namespace.open_ t ~flags:{ Request.reading with follow = false } "/l");
      get (Namespace.unlink t "/l");
      that "the link is gone" (names t "/d" <> [] && Namespace.stat t "/l" = Error Not_found);
      let jail = Namespace.within t "file" [ [ "d" ] ] in
      fails Not_found (Namespace.read_file jail "/d/s");
      that "in the jail" (get (Namespace.read_file jail "/d/newer") = "N"));
  in_fiber "tmpfs: maps are the file" (fun () ->
      let budget = Budget.create 100_000 in
      let t = fresh ~budget () in
      let handle = get (Namespace.open_ t ~flags:both "/a") in
      get (Handle.write_string handle (String.make 10_000 'x'));
      let map = get (Handle.map ~write:true handle ~offset:4096 ~length:5000) in
      that "as it was" (Slice.get map 0 = 'x');
      Slice.set map 1 'm';
      that "seen" (read_from handle 4097 1 = "m");
      equal "written" 1 (get (Handle.write_at handle 4098 (Slice.of_string "w")));
      that "shared" (Slice.get map 2 = 'w');
      let again = get (Handle.map handle ~offset:4096 ~length:4096) in
      that "the same memory" (Slice.get again 1 = 'm' && Slice.is_read_only again);
      fails Busy (Handle.map handle ~offset:0 ~length:8192);
      fails Invalid (Handle.map handle ~offset:1 ~length:1);
      fails Invalid (Handle.map handle ~offset:8192 ~length:5000);
      get (Handle.truncate handle 0);
      that "cut off" (Slice.get map 1 = '\000');
      Handle.close handle;
      get (Namespace.unlink t "/a");
      equal "given back" 0 (Budget.used budget));
  in_fiber "tmpfs: a directory that changes while it is listed" (fun () ->
      let t = fresh () in
      for i = 0 to 9 do get (Namespace.write_file t (Printf.sprintf "/%d" i) "") done;
      let root = get (Namespace.open_ t "/") in
      let part from = get (Handle.request root (List { from; most = 4 })) in
      let first = part 0 in
      List.iter (fun ((e : Stat.entry), _) -> get (Namespace.unlink t ("/" ^ e.name))) first;
      get (Namespace.unlink t "/5");
      get (Namespace.write_file t "/new" "");
      let rec rest from = match part from with [] -> [] | some -> some @ rest (snd (List.nth some (List.length some - 1))) in
      let others = List.map (fun ((e : Stat.entry), _) -> e.name) (rest (snd (List.nth first 3))) in
      that (String.concat " " others) (others = [ "4"; "6"; "7"; "8"; "9"; "new" ]);
      Handle.close root)

(* The model: paths to contents, directories and links as they are. *)
type node = Contents of string | Folder

let model () =
  in_fiber "tmpfs: random operations, against a model" (fun () ->
      let random = Random.State.make [| 11 |] in
      let int n = Random.State.int random n in
      let name () = [| "a"; "b"; "c" |].(int 3) in
      for _ = 1 to scaled 100 do
        let budget = Budget.create 10_000_000 in
        let t = fresh ~budget () in
        let model = Hashtbl.create 20 in
        Hashtbl.replace model [] Folder;
        let path () = List.init (1 + int 3) (fun _ -> name ()) in
        let text path = "/" ^ String.concat "/" path in
        let parent path = List.filteri (fun i _ -> i < List.length path - 1) path in
        let rec is_prefix a b = match (a, b) with [], _ -> true | x :: a, y :: b -> x = y && is_prefix a b | _ -> false in
        let children path = Hashtbl.fold (fun p _ n -> if p <> path && is_prefix path p then n + 1 else n) model 0 in
        (* Why the parent of a path cannot be used, if it cannot. *)
        let rec parent_error path : Error.t option =
          match path with
          | [] -> None
          | path -> (
              let above = parent path in
              match parent_error above with
              | Some e -> Some e
              | None -> (
                  match Hashtbl.find_opt model above with
                  | None -> Some Not_found
                  | Some (Contents _) -> Some Not_directory
                  | Some Folder -> None))
        in
        let agree what expected result =
          match (expected, result) with
          | None, Ok _ -> ()
          | Some e, Error e' when e = e' -> ()
          | Some e, Ok _ -> failwith (Printf.sprintf "%s: succeeds, not %s" what (Error.to_string e))
          | Some e, Error e' -> failwith (Printf.sprintf "%s: %s, not %s" what (Error.to_string e') (Error.to_string e))
          | None, Error e -> failwith (Printf.sprintf "%s: %s" what (Error.to_string e))
        in
        for _ = 1 to 200 do
          let p = path () in
          let node = Hashtbl.find_opt model p in
          match int 7 with
          | 0 ->
              let expected = match parent_error p with Some e -> Some e | None -> if node <> None then Some Error.Exists else None in
              agree ("mkdir " ^ text p) expected (Namespace.make_directory t (text p));
              if expected = None then Hashtbl.replace model p Folder
          | 1 | 2 ->
              let content = String.make (int 9000) (Char.chr (97 + int 26)) in
              let expected =
                match parent_error p with
                | Some e -> Some e
                | None -> if node = Some Folder then Some Error.Is_directory else None
              in
              agree ("write " ^ text p) expected (Namespace.write_file t (text p) content);
              if expected = None then Hashtbl.replace model p (Contents content)
          | 3 ->
              let expected =
                match (parent_error p, node) with
                | Some e, _ -> Some e
                | None, None -> Some Error.Not_found
                | None, Some Folder -> Some Error.Is_directory
                | None, Some (Contents _) -> None
              in
              agree ("unlink " ^ text p) expected (Namespace.unlink t (text p));
              if expected = None then Hashtbl.remove model p
          | 4 ->
              let expected =
                match (parent_error p, node) with
                | Some e, _ -> Some e
                | None, None -> Some Error.Not_found
                | None, Some (Contents _) -> Some Error.Not_directory
                | None, Some Folder -> if children p > 0 then Some Error.Not_empty else None
              in
              agree ("rmdir " ^ text p) expected (Namespace.remove_directory t (text p));
              if expected = None then Hashtbl.remove model p
          | 5 ->
              let q = path () in
              let target = Hashtbl.find_opt model q in
              let expected =
                match (parent_error p, parent_error q, node, target) with
                | Some e, _, _, _ -> Some e
                | None, Some e, _, _ -> Some e
                | None, None, None, _ -> Some Error.Not_found
                | None, None, Some _, _ when p = q -> None
                | None, None, Some Folder, _ when is_prefix p q -> Some Error.Invalid
                | None, None, Some Folder, Some (Contents _) -> Some Error.Not_directory
                | None, None, Some (Contents _), Some Folder -> Some Error.Is_directory
                | None, None, Some Folder, Some Folder when children q > 0 -> Some Error.Not_empty
                | _ -> None
              in
              agree (Printf.sprintf "rename %s %s" (text p) (text q)) expected (Namespace.rename t (text p) (text q));
              if expected = None && p <> q then begin
                let moved = Hashtbl.fold (fun path node all -> if is_prefix p path then (path, node) :: all else all) model [] in
                Hashtbl.remove model q;
                List.iter (fun (path, _) -> Hashtbl.remove model path) moved;
                List.iter
                  (fun (path, node) -> Hashtbl.replace model (q @ List.filteri (fun i _ -> i >= List.length p) path) node)
                  moved
              end
          | _ -> (
              match (Namespace.read_file t (text p), node) with
              | Ok content, Some (Contents expected) -> that ("contents of " ^ text p) (content = expected)
              | Ok _, _ -> failwith "reads what is not there"
              | Error _, Some (Contents _) -> failwith ("does not read " ^ text p)
              | Error _, _ -> ())
        done;
        (* At the end both have the same names, and nothing is left of what is removed. *)
        Hashtbl.iter
          (fun path node ->
            if node = Folder then
              let got = List.sort compare (names t (text path)) in
              let expected =
                Hashtbl.fold (fun p _ all -> if p <> [] && parent p = path then List.nth p (List.length p - 1) :: all else all) model []
              in
              that "names" (got = List.sort compare expected))
          model;
        let deepest_first = List.sort (fun (a, _) (b, _) -> compare (List.length b) (List.length a)) (List.of_seq (Hashtbl.to_seq model)) in
        List.iter
          (fun (path, node) ->
            if path <> [] then
              get (if node = Folder then Namespace.remove_directory t (text path) else Namespace.unlink t (text path)))
          deepest_first;
        equal "nothing is left" 0 (Budget.used budget)
      done)

let bytes () =
  in_fiber "tmpfs: random reads, writes and cuts, against a string" (fun () ->
      let random = Random.State.make [| 12 |] in
      let int n = Random.State.int random n in
      for _ = 1 to scaled 50 do
        let budget = Budget.create 10_000_000 in
        let t = fresh ~budget () in
        let handle = get (Namespace.open_ t ~flags:both "/a") in
        let model = ref "" in
        for _ = 1 to 200 do
          match int 4 with
          | 0 ->
              let size = int 20_000 in
              get (Handle.truncate handle size);
              let n = String.length !model in
              model := if size <= n then String.sub !model 0 size else !model ^ String.make (size - n) '\000'
          | 1 ->
              let at = int 20_000 and text = String.init (1 + int 9000) (fun _ -> Char.chr (int 256)) in
              equal "written" (String.length text) (get (Handle.write_at handle at (Slice.of_string text)));
              let n = max (String.length !model) (at + String.length text) in
              let bytes = Bytes.make n '\000' in
              Bytes.blit_string !model 0 bytes 0 (String.length !model);
              Bytes.blit_string text 0 bytes at (String.length text);
              model := Bytes.to_string bytes
          | _ ->
              let at = int 25_000 and length = int 9000 in
              let expected = if at >= String.length !model then "" else String.sub !model at (min length (String.length !model - at)) in
              that "read" (read_from handle at length = expected)
        done;
        equal "size" (String.length !model) (get (Handle.stat handle)).size;
        Handle.close handle;
        get (Namespace.unlink t "/a");
        equal "nothing is left" 0 (Budget.used budget)
      done)

let races () =
  law "tmpfs: who opens a name that is replaced finds the old or the new" (fun () ->
      let t = fresh () in
      get (Namespace.write_file t "/a" "0");
      let stop = Atomic.make false in
      Picos_std_structured.Run.all
        [
          (fun () ->
            for i = 1 to 10 do
              get (Namespace.write_file t "/next" (string_of_int i));
              yields 1;
              get (Namespace.rename t "/next" "/a")
            done;
            Atomic.set stop true);
          (fun () ->
            let last = ref 0 in
            while not (Atomic.get stop) do
              let n = int_of_string (get (Namespace.read_file t "/a")) in
              that "forward" (n >= !last);
              last := n;
              yields 1
            done);
        ]);
  law "tmpfs: appends of many are all there" (fun () ->
      let t = fresh () in
      Picos_std_structured.Run.all
        (List.init 4 (fun i () ->
             let handle = get (Namespace.open_ t ~flags:Request.appending "/a") in
             for _ = 1 to 10 do
               get (Handle.write_string handle (String.make 5 (Char.chr (97 + i))));
               yields (i land 1)
             done;
             Handle.close handle));
      let content = get (Namespace.read_file t "/a") in
      equal "all" 200 (String.length content);
      that "whole" (List.for_all (fun i -> String.for_all (( = ) content.[5 * i]) (String.sub content (5 * i) 5)) (List.init 40 Fun.id)))

let add () =
  examples ();
  model ();
  bytes ();
  races ()
