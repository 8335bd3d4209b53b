(* SPDX-License-Identifier: ISC *)

(* Namespaces only get smaller: examples, and random chains of restrictions against a model. *)

open Picox_check.Check
open Scheme

let get = function Ok value -> value | Error e -> failwith (Error.to_string e)
let fails expected = function Error e -> that (Error.to_string e) (e = expected) | Ok _ -> failwith "succeeds"
let in_fiber name body = test name (fun () -> Picos_mux_fifo.run body)

(* A scheme that says yes to everything and notes the paths that it was asked for. What is in a folder called [link] is a
   symbolic link to its name, with bars for slashes. *)
let recorder () =
  let asked = ref [] in
  let file (_ : string list) : Handle.file =
    let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
      match request with Close -> Ok () | Write { from; _ } -> Ok (Loan.length from) | _ -> Error Unsupported
    in
    { seekable = false; perform }
  in
  let ask (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
    let note names = asked := names :: !asked in
    let links names : (Handle.t, a) Request.answer option =
      let rec go above = function
        | "link" :: target :: rest ->
            let target = String.concat "/" (String.split_on_char '|' target) in
            Some (Request.Elsewhere { which = First; above = List.rev ("link" :: above); target; rest })
        | name :: rest -> go (name :: above) rest
        | [] -> None
      in
      go [] names
    in
    match links (Request.path request) with
    | Some answer -> Ok answer
    | None -> (
        note (Request.path request);
        Option.iter note (Request.second_path request);
        match request with
        | Open { names; _ } -> Ok (Done (file names))
        | Stat_path _ -> Ok (Done (Stat.make Directory))
        | Make_directory _ -> Ok (Done ())
        | Unlink _ -> Ok (Done ())
        | Rename _ -> Ok (Done ())
        | Link _ -> Ok (Done ())
        | Symbolic_link _ -> Ok (Done ())
        | Read_link _ -> Ok (Done "x"))
  in
  (asked, Service.direct { ask })

let examples () =
  in_fiber "namespace: what is not in it is not there" (fun () ->
      let _, service = recorder () in
      let t = Namespace.add (Namespace.add Namespace.empty "file" service) "log" service in
      that "names" (Namespace.schemes t = [ "file"; "log" ]);
      Handle.close (get (Namespace.open_ t "/a"));
      fails Not_found (Namespace.open_ Namespace.empty "/a");
      fails Not_found (Namespace.open_ (Namespace.only t [ "log"; "rand" ]) "/a");
      that "only" (Namespace.schemes (Namespace.only t [ "log"; "rand" ]) = [ "log" ]);
      fails Not_found (Namespace.open_ (Namespace.without t [ "log" ]) "/scheme/log");
      let list = get (Namespace.list t "/scheme") in
      that "listed" (List.map (fun (e : Stat.entry) -> e.name) list = [ "file"; "log" ]);
      fails Is_directory (Namespace.open_ t ~flags:Request.writing "/scheme");
      fails Access (Namespace.make_directory t "/scheme");
      raises "no name" is_invalid (fun () -> Namespace.add t "A" service));
  in_fiber "namespace: within directories" (fun () ->
      let asked, service = recorder () in
      let all = Namespace.add Namespace.empty "file" service in
      let t = Namespace.within all "file" [ [ "users"; "a" ]; [ "tmp" ] ] in
      let yes text = Handle.close (get (Namespace.open_ t text)) and no text = fails Not_found (Namespace.open_ t text) in
      List.iter yes [ "/users/a"; "/users/a/x/y"; "/tmp"; "/tmp/../users/a/x"; "/scheme/file/tmp/x" ];
      List.iter no [ "/"; "/users"; "/users/b"; "/users/ab"; "/users/a/.."; "/tmp/../etc"; "/users/a/../b" ];
      that "never asked" (List.for_all (fun names -> match names with "users" :: "a" :: _ | "tmp" :: _ -> true | _ -> false) !asked);
      fails Access (Namespace.unlink t "/tmp");
      fails Access (Namespace.remove_directory t "/users/a");
      fails Access (Namespace.rename t "/tmp" "/users/a/x");
      fails Access (Namespace.rename t "/tmp/x" "/tmp");
      fails Not_found (Namespace.rename t "/tmp/x" "/etc/x");
      fails Not_found (Namespace.link t "/etc/x" "/tmp/x");
      get (Namespace.rename t "/tmp/x" "/users/a/x");
      let smaller = Namespace.within t "file" [ [ "users" ]; [ "tmp"; "q" ] ] in
      Handle.close (get (Namespace.open_ smaller "/users/a/x"));
      fails Not_found (Namespace.open_ smaller "/users/b");
      fails Not_found (Namespace.open_ smaller "/tmp/x");
      Handle.close (get (Namespace.open_ smaller "/tmp/q"));
      fails Not_found (Namespace.open_ (Namespace.within t "file" [ [ "etc" ] ]) "/tmp"));
  in_fiber "namespace: read only" (fun () ->
      let _, service = recorder () in
      let t = Namespace.read_only (Namespace.add Namespace.empty "file" service) in
      List.iter
        (fun flags -> fails Read_only (Namespace.open_ t ~flags "/x"))
        [
          Request.writing;
          Request.appending;
          { Request.reading with creation = If_missing };
          { Request.reading with write = true };
          { Request.writing with creation = Never };
        ];
      fails Read_only (Namespace.make_directory t "/x");
      fails Read_only (Namespace.unlink t "/x");
      fails Read_only (Namespace.rename t "/x" "/y");
      fails Read_only (Namespace.link t "/x" "/y");
      fails Read_only (Namespace.symbolic_link t ~target:"x" "/y");
      that "told" (get (Namespace.stat t "/x")).read_only;
      let handle = get (Namespace.open_ t "/x") in
      fails Access (Handle.write_string handle "x");
      fails Access (Handle.call handle { text = ""; handles = [] });
      fails Invalid (Namespace.open_ t ~flags:{ Request.reading with truncate = true } "/x"));
  in_fiber "namespace: two schemes" (fun () ->
      let _, a = recorder () and _, b = recorder () in
      let t = Namespace.add (Namespace.add Namespace.empty "file" a) "other" b in
      fails Cross_device (Namespace.rename t "/x" "/scheme/other/x");
      fails Cross_device (Namespace.link t "/x" "/scheme/other/x"));
  in_fiber "namespace: a budget of handles" (fun () ->
      let _, service = recorder () in
      let t = Namespace.add Namespace.empty "file" service in
      let t = Namespace.with_budget t (Budget.create 2) in
      let a = get (Namespace.open_ t "/a") in
      let _ = get (Namespace.open_ t "/b") in
      fails Too_many_handles (Namespace.open_ t "/c");
      fails Too_many_handles (Namespace.open_ t "/scheme");
      Handle.close a;
      Handle.close (get (Namespace.open_ t "/c")))

let links () =
  in_fiber "namespace: links are followed by who opens them" (fun () ->
      let asked, service = recorder () in
      let all = Namespace.add (Namespace.add Namespace.empty "file" service) "other" service in
      let opens t text expected =
        asked := [];
        Handle.close (get (Namespace.open_ t text));
        that (text ^ " leads to " ^ String.concat "/" (List.hd !asked)) (!asked = [ expected ])
      in
      opens all "/d/link/..|x/y" [ "d"; "x"; "y" ];
      opens all "/d/link/|q/y" [ "q"; "y" ];
      opens all "/d/link/|scheme|other|q" [ "q" ];
      opens all "/scheme/other/d/link/..|x/y" [ "d"; "x"; "y" ];
      fails Too_many_links (Namespace.open_ all "/link/x"));
  in_fiber "namespace: links lead nowhere that their reader cannot go" (fun () ->
      let asked, service = recorder () in
      let all = Namespace.add Namespace.empty "file" service in
      let jail = Namespace.within all "file" [ [ "jail" ] ] in
      List.iter
        (fun target ->
          asked := [];
          fails Not_found (Namespace.open_ jail ("/jail/link/" ^ target ^ "/z"));
          fails Not_found (Namespace.stat jail ("/jail/link/" ^ target ^ "/z"));
          that "never asked" (!asked = []))
        [ "|etc"; "..|..|etc"; "..|..|..|..|etc"; "|scheme|other"; "|scheme|file|etc" ])

(* A model: the set of restrictions, asked one by one. *)
let chains () =
  in_fiber "namespace: random chains of restrictions only take away" (fun () ->
      let random = Random.State.make [| 5 |] in
      let int n = Random.State.int random n in
      let names = [| "a"; "b"; "c" |] in
      let path () = List.init (int 4) (fun _ -> names.(int 3)) in
      let rec is_prefix a b =
        match (a, b) with [], _ -> true | x :: a, y :: b -> x = y && is_prefix a b | _ -> false
      in
      for _ = 1 to scaled 3_000 do
        let _, service = recorder () in
        let all = List.fold_left (fun t name -> Namespace.add t name service) Namespace.empty [ "file"; "log"; "mem" ] in
        let t = ref all and tests = ref [] in
        for _ = 0 to int 5 do
          match int 4 with
          | 0 ->
              let kept = List.filter (fun _ -> int 4 > 0) [ "file"; "log"; "mem" ] in
              t := Namespace.only !t kept;
              tests := (fun scheme _ _ -> List.mem scheme kept) :: !tests
          | 1 ->
              t := Namespace.read_only ~schemes:[ "log" ] !t;
              tests := (fun scheme _ write -> not (scheme = "log" && write)) :: !tests
          | _ ->
              let directories = List.init (1 + int 2) (fun _ -> path ()) in
              t := Namespace.within !t "file" directories;
              tests :=
                (fun scheme names _ -> scheme <> "file" || List.exists (fun d -> is_prefix d names) directories) :: !tests
        done;
        for _ = 1 to 10 do
          let scheme = [| "file"; "log"; "mem" |].(int 3) and names = path () and write = int 2 = 0 in
          let expected = List.for_all (fun test -> test scheme names write) !tests in
          let text = "/scheme/" ^ scheme ^ String.concat "" (List.map (( ^ ) "/") names) in
          let flags = if write then Request.writing else Request.reading in
          match Namespace.open_ !t ~flags text with
          | Ok handle ->
              Handle.close handle;
              that ("may not open " ^ text) expected
          | Error _ -> that ("may open " ^ text) (not expected)
        done
      done)

let add () =
  examples ();
  links ();
  chains ()
