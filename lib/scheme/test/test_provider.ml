(* SPDX-License-Identifier: ISC *)

(* Schemes that are served by packets: servers here are fibers that have the socket and nothing else. *)

open Picox_check.Check
open Scheme
open Picos_std_structured
module Provider = Scheme_provider
module Packet = Scheme_packet

let get = function Ok value -> value | Error e -> failwith (Error.to_string e)
let fails expected = function Error e -> that (Error.to_string e) (e = expected) | Ok _ -> failwith "succeeds"
let create = { Request.reading with write = true; creation = If_missing }

type world = { provider : Provider.t; inside : Namespace.t; outside : Namespace.t }

let world () =
  let provider = Provider.create () in
  {
    provider;
    inside = Namespace.add Namespace.empty "it" (Provider.entrance provider);
    outside = Namespace.add Namespace.empty "it" (Provider.service provider);
  }

let open_socket w = get (Namespace.open_ w.inside ~flags:create "/scheme/it")

let receive socket =
  let slice = Slice.create Packet.most_bytes in
  let n = get (Handle.read socket slice) in
  match Packet.decode_request (Slice.to_string (Slice.sub slice 0 n)) with Some request -> request | None -> failwith "no request"

let send socket text = Handle.write socket (Slice.of_string text)
let answer socket tag result = ignore (get (send socket (Packet.encode_answer { tag; result })))

(* A server of one file, "f", with that content, which answers to its end. *)
let rec serve_text socket content =
  match receive socket with
  | exception Failure _ -> ()
  | { tag; body; _ } ->
      (match body with
      | Close | Cancel -> ()
      | Open { path = "f"; _ } -> answer socket tag (Ok (Packet.opened 1))
      | Read { at = At n; most } ->
          let length = max 0 (min most (String.length content - n)) in
          answer socket tag (Ok (Packet.reply ~text:(if length = 0 then "" else String.sub content n length) ()))
      | Stat -> answer socket tag (Ok (Packet.stat_reply { kind = File; size = String.length content; id = 1; lends = false }))
      | Write { data; _ } -> answer socket tag (Ok (Packet.reply ~a:(String.length data) ()))
      | Call text -> answer socket tag (Ok (Packet.reply ~text:(text ^ "!") ()))
      | List { from = 0; _ } -> answer socket tag (Ok (Packet.list_reply [ { name = "f"; kind = File; id = 1; place = 1 } ]))
      | List _ -> answer socket tag (Ok (Packet.list_reply []))
      | _ -> answer socket tag (Error (Error.errno Not_found)));
      serve_text socket content

let in_world name body =
  test ("provider: " ^ name) (fun () ->
      Picos_mux_fifo.run (fun () ->
          let w = world () in
          Bundle.join_after ~on_return:`Terminate (fun all ->
              Bundle.fork all (fun () -> Provider.run w.provider);
              body w all)))

let rec until condition =
  if not (condition ()) then begin
    Control.yield ();
    until condition
  end

let served w = until (fun () -> Provider.is_served w.provider)

let with_server name content body =
  in_world name (fun w all ->
      let socket = open_socket w in
      Bundle.fork all (fun () -> serve_text socket content);
      served w;
      body w socket)

(* A file of which it is known whether it is open. *)
let files_open = ref 0

let counted ?(write = true) content =
  incr files_open;
  let text = Scheme_standard.Tree.text_file content in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Close ->
        decr files_open;
        Ok ()
    | Write { from; _ } -> Ok (Loan.length from)
    | request -> text.perform request
  in
  get (Handle.make ~write { text with perform })

let content handle = get (Handle.read_all handle)

(* The next request, with its handles; and an answer with some. *)
let receive_with socket =
  let { Request.text; handles } = get (Handle.call socket { text = ""; handles = [] }) in
  match Packet.decode_request text with Some request -> (request, handles) | None -> failwith "no request"

let answer_with socket tag reply handles =
  Result.map ignore (Handle.call socket { text = Packet.encode_answer { tag; result = Ok reply }; handles })

(* The server's part is the function of the socket, the client's that of the world. *)
let with_handles name serve client =
  in_world name (fun w all ->
      files_open := 0;
      let socket = open_socket w in
      served w;
      Bundle.join_after (fun both ->
          Bundle.fork both (fun () -> serve socket);
          client w);
      Handle.close socket;
      ignore all;
      until (fun () -> !files_open = 0))

let open_f ?(flags = { Request.reading with write = true }) w = Namespace.open_ w.outside ~flags "/scheme/it/f"

let serve_open socket reply handles =
  let ({ tag; _ } : Packet.request), _ = receive_with socket in
  answer_with socket tag reply handles

let handles () =
  with_handles "handles go with a call, both ways"
    (fun socket ->
      get (serve_open socket (Packet.opened 1) []);
      let ({ tag; body; _ } : Packet.request), handles = receive_with socket in
      that "the text" (body = Call "take");
      equal "two" 2 (List.length handles);
      List.iter2 (fun expected handle -> that "what was sent" (content handle = expected)) [ "one"; "two" ] handles;
      that "the rights" (List.map Handle.can_write handles = [ true; false ]);
      List.iter Handle.close handles;
      get (answer_with socket tag (Packet.reply ~text:"given" ()) [ counted "three" ]))
    (fun w ->
      let handle = get (open_f w) in
      let { Request.text; handles } = get (Handle.call handle { text = "take"; handles = [ counted "one"; counted ~write:false "two" ] }) in
      that "the answer" (text = "given" && List.map content handles = [ "three" ]);
      List.iter Handle.close handles;
      Handle.close handle);
  let both = ref false in
  with_handles "an opening is answered with another file"
    (fun socket ->
      get (serve_open socket (Packet.reply ()) [ counted ~write:false "another" ]);
      get (serve_open socket (Packet.reply ()) [ counted "third" ]);
      until (fun () -> !both);
      Handle.close socket)
    (fun w ->
      let handle = get (open_f w) in
      that "what the server's handle cannot do" (not (Handle.can_write handle));
      let reader = get (open_f ~flags:Request.reading w) in
      that "what was not asked for" (not (Handle.can_write reader));
      both := true;
      until (fun () -> not (Provider.is_served w.provider));
      that "it outlives the server" (content handle = "another" && content reader = "third");
      (* Openings of openings are of the first. *)
      let again = get (Handle.reopen ~read:true ~write:true ~append:false ~budget:Budget.unlimited handle) in
      List.iter Handle.close [ handle; reader ];
      that "its own position" (content again = "another" && not (Handle.can_write again));
      Handle.close again);
  with_handles "handles that nobody expects are closed"
    (fun socket ->
      get (serve_open socket (Packet.opened 1) []);
      let ({ tag; _ } : Packet.request), _ = receive_with socket in
      get (answer_with socket tag (Packet.stat_reply { kind = File; size = 1; id = 1; lends = false }) [ counted "x" ]);
      (* One that reads has no room for them. *)
      let ({ tag; _ } : Packet.request) = receive socket in
      equal "closed" 0 !files_open;
      fails Invalid (Handle.call socket { text = "nonsense"; handles = [ counted "y" ] });
      fails Invalid (answer_with socket (tag + 1) (Packet.reply ()) [ counted "y" ]);
      equal "closed" 0 !files_open;
      answer socket tag (Ok (Packet.reply ())))
    (fun w ->
      let handle = get (open_f w) in
      fails Io (Handle.stat handle);
      ignore (get (Handle.call handle { text = "take"; handles = [ counted "one" ] }));
      Handle.close handle);
  with_handles "a client that is canceled leaves no handle behind"
    (fun socket ->
      get (serve_open socket (Packet.opened 1) []);
      let ({ tag; _ } : Packet.request), handles = receive_with socket in
      List.iter Handle.close handles;
      until (fun () -> (receive socket).body = Cancel);
      get (answer_with socket tag (Packet.reply ()) [ counted "late" ]);
      equal "closed" 0 !files_open)
    (fun w ->
      let handle = get (open_f w) in
      let call () = ignore (Handle.call handle { text = "take"; handles = [ counted "one" ] }) in
      Bundle.join_after ~on_return:`Terminate (fun inner ->
          Bundle.fork inner call;
          (* The server has the first; the second it has not read. *)
          for _ = 1 to 10 do
            Control.yield ()
          done);
      Handle.close handle);
  with_handles "a part of a file is another's"
    (fun socket ->
      get (serve_open socket (Packet.opened 1) []);
      let map reply handles =
        let ({ tag; body; _ } : Packet.request), _ = receive_with socket in
        match body with Map { offset; write; _ } -> get (answer_with socket tag (reply offset) (handles write)) | _ -> failwith "no map"
      in
      map (fun offset -> Packet.reply ~a:(offset + 4096) ()) (fun _ -> [ counted "memory" ]);
      map (fun _ -> Packet.reply ~a:(-1) ()) (fun _ -> [ counted "memory" ]);
      map (fun _ -> Packet.reply ()) (fun _ -> []);
      map (fun _ -> Packet.reply ()) (fun _ -> [ counted ~write:false "memory" ]))
    (fun w ->
      let handle = get (open_f w) in
      let map write = Handle.request handle (Map { offset = 8192; length = 10; write }) in
      (match get (map false) with
      | Part { file; offset } ->
          equal "where" 12288 offset;
          that "no more rights than asked for" (not (Handle.can_write file));
          Handle.close file
      | Memory _ -> failwith "memory");
      fails Io (map false);
      fails Io (map false);
      fails Access (map true);
      Handle.close handle)

(* A server that opens files and tells of them, and answers nothing else. *)
let rec serve_opens socket number =
  match receive socket with
  | exception Failure _ -> ()
  | { tag; body; _ } ->
      (match body with
      | Open _ -> answer socket tag (Ok (Packet.opened number))
      | Stat -> answer socket tag (Ok (Packet.stat_reply { kind = File; size = 1; id = 1; lends = false }))
      | _ -> ());
      serve_opens socket (number + 1)

let full_budgets () =
  in_world "a server without room for handles still hears of a call" (fun w _ ->
      files_open := 0;
      let room = Budget.create 1 in
      let socket = get (Namespace.open_ (Namespace.with_budget w.inside room) ~flags:create "/scheme/it") in
      served w;
      Bundle.join_after (fun both ->
          Bundle.fork both (fun () ->
              get (serve_open socket (Packet.opened 1) []);
              let ({ tag; body; _ } : Packet.request), handles = receive_with socket in
              that "the text alone" (body = Call "take" && handles = []);
              equal "closed" 0 !files_open;
              get (answer_with socket tag (Packet.reply ~text:"no room" ()) []));
          let handle = get (open_f w) in
          let answer = get (Handle.call handle { text = "take"; handles = [ counted "one"; counted "two" ] }) in
          that "answered" (answer.text = "no room");
          Handle.close handle);
      Handle.close socket;
      equal "given back" 0 (Budget.used room));
  in_world "a call of a fiber that is canceled closes its handles" (fun w all ->
      files_open := 0;
      let socket = open_socket w in
      served w;
      Bundle.fork all (fun () -> get (serve_open socket (Packet.opened 1) []));
      let handle = get (open_f w) in
      let fiber = Picos.Fiber.current () in
      let before = Picos.Fiber.get_computation fiber and canceled = Picos.Computation.create () in
      let handles = [ counted "one"; counted "two" ] in
      Picos.Computation.cancel canceled Exit (Printexc.get_callstack 0);
      Picos.Fiber.set_computation fiber (Packed canceled);
      let result = match Handle.call handle { text = "take"; handles } with _ -> "returned" | exception Exit -> "raised" in
      Picos.Fiber.set_computation fiber before;
      that result (result = "raised");
      equal "closed" 0 !files_open;
      Handle.close handle;
      Handle.close socket);
  with_handles "a server says at once how it is, if it is asked so"
    (fun socket ->
      get (serve_open socket (Packet.opened 1) []);
      let asked a =
        let ({ tag; body; _ } : Packet.request) = receive socket in
        that "the request" (body = Event { readable = true; writable = false; wait = false });
        answer socket tag (Ok (Packet.reply ~a ()))
      in
      List.iter asked [ 0; 1; 8 ];
      let ({ tag; body; _ } : Packet.request) = receive socket in
      that "another" (body = Event { readable = true; writable = false; wait = true });
      answer socket tag (Ok (Packet.reply ~a:0 ())))
    (fun w ->
      let handle = get (open_f w) in
      let ask ~wait = Handle.event handle { readable = true; writable = false; wait } in
      that "nothing" (ask ~wait:false = Ok Request.not_ready);
      that "something" (get (ask ~wait:false)).can_read;
      fails Io (ask ~wait:false);
      (* Who waits has something, or the server lies. *)
      fails Io (ask ~wait:true);
      Handle.close handle);
  in_world "one file's users do not take the room of all" (fun w all ->
      let socket = open_socket w in
      served w;
      Bundle.fork all (fun () -> serve_opens socket 1);
      let crowded = get (open_f w) and other = get (open_f w) in
      let wait handle = Handle.event handle { readable = true; writable = false; wait = true } in
      Bundle.join_after ~on_return:`Terminate (fun waiting ->
          for _ = 1 to 64 do
            Bundle.fork waiting (fun () -> ignore (wait crowded))
          done;
          for _ = 1 to 10 do
            Control.yield ()
          done;
          fails Would_block (wait crowded);
          fails Would_block (wait crowded);
          equal "another is served" 1 (get (Handle.stat other)).size);
      (* Those that were canceled are owed an answer, so there is no room before they have it. *)
      fails Would_block (wait crowded);
      Handle.close socket)

(* One request, answered by whatever the function makes of its tag. *)
let one_answer name make expected =
  in_world name (fun w all ->
      let socket = open_socket w in
      served w;
      let result = ref None in
      Bundle.fork all (fun () -> result := Some (Result.map ignore (Namespace.stat w.outside "/scheme/it/f")));
      let request = receive socket in
      let wrote = send socket (make request.tag) in
      until (fun () -> !result <> None || Result.is_error wrote);
      expected wrote !result;
      Handle.close socket)

let random_bytes () =
  let state = Random.State.make [| 11 |] in
  let text () = String.init (Random.State.int state 90) (fun _ -> Char.chr (Random.State.int state 256)) in
  let base = Packet.encode_request { tag = 5; file = 3; body = Write { at = End; data = "some data" } } in
  let base_answer = Packet.encode_answer { tag = 5; result = Ok (Packet.list_reply [ { name = "a"; kind = Directory; id = 4; place = 9 } ]) } in
  for _ = 1 to scaled 20_000 do
    let damage base =
      let bytes = Bytes.of_string base in
      Bytes.set bytes (Random.State.int state (Bytes.length bytes)) (Char.chr (Random.State.int state 256));
      Bytes.to_string bytes
    in
    List.iter
      (fun text ->
        (match Packet.decode_request text with
        | Some request -> that "it is what it was made of" (Packet.decode_request (Packet.encode_request request) = Some request)
        | None -> ());
        match Packet.decode_answer text with
        | Some { result = Ok reply; _ } ->
            ignore (Packet.stat_of reply);
            ignore (Packet.entries_of ~from:0 ~most:100 reply)
        | Some _ | None -> ())
      [ text (); damage base; damage base_answer ]
  done

let bodies : Packet.body list =
  let flags : Packet.open_flags =
    { read = true; write = false; append = true; create = false; exclusive = true; truncate = false; directory = true }
  in
  [
    Open { path = "a/b"; flags }; Stat_path "x"; Make_directory "y"; Unlink { path = "z"; directory = true };
    Rename { from = "a"; into = "b"; replace = true }; Link { from = "a"; into = "b" }; Symbolic_link { target = "t"; into = "i" };
    Read_link "l"; Read { at = Stream; most = 7 }; Write { at = At 9; data = "\000\255" }; Stat; List { from = 3; most = 4 }; Truncate 5;
    Set_times { accessed_ns = None; modified_ns = Some 8 }; Sync; Event { readable = true; writable = false; wait = true };
    Event { readable = false; writable = true; wait = false }; Call "c"; Map { offset = 4096; length = 10; write = true }; Map { offset = 0; length = 0; write = false }; Close; Cancel;
  ]

let add () =
  test "packets: each is what it was made of" (fun () ->
      List.iter
        (fun body ->
          let request : Packet.request = { tag = 77; file = 6; body } in
          that "request" (Packet.decode_request (Packet.encode_request request) = Some request))
        bodies;
      let entries : Packet.entry list = [ { name = "a"; kind = File; id = 1; place = 2 }; { name = "b c"; kind = Stream_file; id = 0; place = 5 } ] in
      let decode reply = Packet.entries_of ~from:1 ~most:2 reply in
      that "entries" (decode (Packet.list_reply entries) = Some entries);
      that "too many" (Packet.entries_of ~from:1 ~most:1 (Packet.list_reply entries) = None);
      that "places" (Packet.entries_of ~from:2 ~most:2 (Packet.list_reply entries) = None);
      List.iter
        (fun name -> that ("the name " ^ name) (decode (Packet.list_reply [ { name; kind = File; id = 1; place = 2 } ]) = None))
        [ ""; "."; ".."; "a/b"; "a\000" ];
      let stat : Packet.stat = { kind = Directory; size = 4; id = 2; lends = true } in
      that "stat" (Packet.stat_of (Packet.stat_reply stat) = Some stat);
      that "a size" (Packet.stat_of (Packet.stat_reply { stat with size = -1 }) = None));
  test "packets: random bytes" random_bytes;
  with_server "requests and answers" "hello" (fun w _ ->
      that "read" (Namespace.read_file w.outside "/scheme/it/f" = Ok "hello");
      let handle = get (Namespace.open_ w.outside ~flags:{ Request.reading with write = true } "/scheme/it/f") in
      equal "size" 5 (get (Handle.stat handle)).size;
      equal "written" 3 (get (Handle.write handle (Slice.of_string "abc")));
      that "call" ((get (Handle.call handle { text = "hi"; handles = [] })).text = "hi!");
      that "list" (List.map (fun (e : Stat.entry) -> e.name) (get (Handle.list handle)) = [ "f" ]);
      fails Not_found (Namespace.read_file w.outside "/scheme/it/g"));
  with_server "nobody else can serve it" "x" (fun w _ ->
      fails Busy (Namespace.open_ w.inside ~flags:create "/scheme/it");
      fails Not_found (Namespace.open_ w.inside "/scheme/it/f");
      fails Not_found (Namespace.open_ w.outside ~flags:create "/scheme/it"));
  in_world "nobody serves it" (fun w _ -> fails Server_gone (Namespace.read_file w.outside "/scheme/it/f"));
  in_world "a server that ends fails its clients, and the next serves" (fun w all ->
      let socket = open_socket w in
      served w;
      let results = ref [] in
      for _ = 1 to 5 do
        Bundle.fork all (fun () ->
            let result = Namespace.read_file w.outside "/scheme/it/f" in
            results := result :: !results)
      done;
      ignore (receive socket);
      Handle.close socket;
      until (fun () -> List.length !results = 5);
      that "all fail" (List.for_all (( = ) (Error Error.Server_gone)) !results);
      until (fun () -> not (Provider.is_served w.provider));
      let socket = open_socket w in
      Bundle.fork all (fun () -> serve_text socket "again");
      served w;
      that "the next" (Namespace.read_file w.outside "/scheme/it/f" = Ok "again"));
  with_server "files of a server that has ended are dead" "x" (fun w socket ->
      let handle = get (Namespace.open_ w.outside "/scheme/it/f") in
      Handle.close socket;
      fails Server_gone (Handle.read handle (Slice.create 1));
      Handle.close handle);
  in_world "a canceled request is taken back, or told of" (fun w _ ->
      let socket = open_socket w in
      served w;
      let canceled body =
        Bundle.join_after ~on_return:`Terminate (fun inner ->
            Bundle.fork inner (fun () -> ignore (Namespace.read_file w.outside "/scheme/it/f"));
            Control.yield ();
            Control.yield ();
            Control.yield ();
            body ())
      in
      let request = ref None in
      canceled (fun () -> request := Some (receive socket));
      let tag = (Option.get !request).tag in
      let next = receive socket in
      that "told of" (next.body = Cancel && next.tag = tag);
      answer socket tag (Ok (Packet.opened 9));
      let next = receive socket in
      that "what was opened is closed" (next.body = Close && next.file = 9);
      fails Invalid (send socket (Packet.encode_answer { tag; result = Ok (Packet.reply ()) }));
      Handle.close socket);
  in_world "what is opened as its client is canceled is closed" (fun w all ->
      (* The answer comes at each moment of the cancelation: before it, after it, and between. *)
      for delay = 0 to 8 do
        let socket = open_socket w in
        served w;
        let opened = ref 0 and closed = ref 0 in
        Bundle.fork all (fun () ->
            let rec serve () =
              match receive socket with
              | exception Failure _ -> ()
              | { tag; body; file } ->
                  (match body with
                  | Open _ ->
                      incr opened;
                      answer socket tag (Ok (Packet.opened !opened))
                  | Close ->
                      that "one that is open" (file = !opened);
                      incr closed
                  | Cancel -> ()
                  | _ -> answer socket tag (Error 22));
                  serve ()
            in
            serve ());
        Bundle.join_after ~on_return:`Terminate (fun inner ->
            Bundle.fork inner (fun () ->
                let handle = get (Namespace.open_ w.outside "/scheme/it/f") in
                Fun.protect ~finally:(fun () -> Handle.close handle) (fun () -> until (fun () -> false)));
            for _ = 1 to delay do
              Control.yield ()
            done);
        for _ = 1 to 20 do
          Control.yield ()
        done;
        equal (Printf.sprintf "open after %d turns" delay) !opened !closed;
        Handle.close socket;
        until (fun () -> not (Provider.is_served w.provider))
      done);
  in_world "a server that owes too many answers is asked nothing more" (fun w all ->
      let socket = open_socket w in
      served w;
      let stat () = Result.map ignore (Namespace.stat w.outside "/scheme/it/f") in
      (* Requests that are canceled when the server has them, and that it does not answer. *)
      let tags = ref [] in
      Bundle.fork all (fun () ->
          let rec serve () =
            match receive socket with
            | exception Failure _ -> ()
            | { tag; body; _ } ->
                (match body with Stat_path _ -> tags := tag :: !tags | _ -> ());
                serve ()
          in
          serve ());
      let count = ref 0 in
      while List.length !tags < Provider.most_requests do
        incr count;
        that "it ends" (!count < 2 * Provider.most_requests);
        Bundle.join_after ~on_return:`Terminate (fun inner ->
            for _ = 1 to 256 do
              Bundle.fork inner (fun () -> ignore (stat ()))
            done;
            let before = List.length !tags in
            until (fun () -> List.length !tags = min Provider.most_requests (before + 256)))
      done;
      fails Would_block (stat ());
      answer socket (List.hd !tags) (Error 2);
      let result = ref None in
      Bundle.fork all (fun () -> result := Some (stat ()));
      until (fun () -> List.length !tags > Provider.most_requests);
      answer socket (List.hd !tags) (Error 2);
      until (fun () -> !result <> None);
      that "asked again" (!result = Some (Error Error.Not_found));
      Handle.close socket);
  handles ();
  full_budgets ();
  let refused wrote result =
    that "the server" (wrote = Error Error.Invalid);
    that "the client waits" (result = None)
  in
  one_answer "no packet" (fun _ -> "nonsense") refused;
  one_answer "a packet of another size" (fun tag -> Packet.encode_answer { tag; result = Ok (Packet.reply ()) } ^ "x") refused;
  one_answer "an unknown tag" (fun tag -> Packet.encode_answer { tag = tag + 1; result = Ok (Packet.reply ()) }) refused;
  one_answer "an answer to something else"
    (fun tag -> Packet.encode_answer { tag; result = Ok (Packet.reply ~a:(-3) ()) })
    (fun _ result -> that "the client" (result = Some (Error Error.Io)));
  one_answer "an unknown error"
    (fun tag -> Packet.encode_answer { tag; result = Error 9999 })
    (fun _ result -> that "the client" (result = Some (Error Error.Io)));
  in_world "a read with too little room loses nothing" (fun w all ->
      let socket = open_socket w in
      served w;
      Bundle.fork all (fun () -> ignore (Namespace.read_file w.outside "/scheme/it/f"));
      fails Invalid (Handle.read socket (Slice.create 10));
      that "there still" (match (receive socket).body with Open _ -> true | _ -> false);
      Handle.close socket)
