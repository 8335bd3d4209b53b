(* SPDX-License-Identifier: ISC *)

(* The schemes that need no disk, through a namespace, as their users see them. *)

open Picos
open Picos_std_structured
open Picox_check.Check
open Everywhere
open Scheme
open Scheme_standard

let get = function Ok value -> value | Error e -> failwith (Error.to_string e)
let fails expected = function Error e -> that (Error.to_string e) (e = expected) | Ok _ -> failwith "succeeds"
let in_fiber name body = test name (fun () -> Picos_mux_fifo.run body)
let only name service = Namespace.add Namespace.empty name service

let read ?(most = 64) handle =
  let slice = Slice.create most in
  Result.map (fun n -> Slice.to_string (Slice.sub slice 0 n)) (Handle.read handle slice)

let writing = { Request.reading with write = true }

let simple () =
  in_fiber "null, zero, rand" (fun () ->
      let t =
        Namespace.add (Namespace.add (only "null" Null.null) "zero" Null.zero) "rand" (Null.rand ())
      in
      that "null" (get (Namespace.read_file t "/scheme/null") = "");
      get (Namespace.write_file t "/scheme/null" "gone");
      let zero = get (Namespace.open_ t "/scheme/zero") in
      that "zero" (get (read zero) = String.make 64 '\000');
      let rand = get (Namespace.open_ t "/scheme/rand") in
      let a = get (read rand) and b = get (read rand) in
      that "random" (String.length a = 64 && a <> b && a <> String.make 64 '\000');
      fails Too_large (Handle.read_all ~most:10000 zero);
      fails Not_directory (Namespace.open_ t "/scheme/null/x");
      fails Exists (Namespace.open_ t ~flags:{ Request.writing with creation = Always_new } "/scheme/null"));
  in_fiber "rand: a source of one's own" (fun () ->
      let t = only "rand" (Null.rand ~source:(fun bytes -> Bytes.fill bytes 0 (Bytes.length bytes) 'r') ()) in
      that "r" (get (read (get (Namespace.open_ t "/scheme/rand"))) = String.make 64 'r'));
  in_fiber "sys: texts" (fun () ->
      let count = ref 0 in
      let texts =
        {
          System.uname = (fun () -> "Test here\n");
          cpu = (fun () -> "0\n");
          memory = System.heap;
          fibers =
            (fun () ->
              incr count;
              string_of_int !count);
        }
      in
      let t = only "sys" (System.service texts) in
      that "uname" (get (Namespace.read_file t "/scheme/sys/uname") = "Test here\n");
      let handle = get (Namespace.open_ t "/scheme/sys/fibers") in
      that "at opening" (get (read ~most:1 handle) = "1");
      equal "positions" 0 (get (Handle.seek handle Start 0));
      that "again" (get (read handle) = "1");
      that "anew" (get (Namespace.read_file t "/scheme/sys/fibers") = "2");
      let names = List.map (fun (e : Stat.entry) -> e.name) (get (Namespace.list t "/scheme/sys")) in
      that "listed" (names = [ "uname"; "cpu"; "memory"; "fibers"; "uptime" ]);
      fails Read_only (Namespace.write_file t "/scheme/sys/uname" "x");
      fails Read_only (Namespace.write_file t "/scheme/sys/other" "x");
      fails Read_only (Namespace.unlink t "/scheme/sys/uname");
      fails Not_found (Namespace.read_file t "/scheme/sys/other");
      fails Is_directory (Namespace.read_file t "/scheme/sys"))

let time () =
  in_fiber "time: clocks and what comes after" (fun () ->
      let t = only "time" (Time.service ()) in
      let seconds name = float_of_string (String.trim (get (Namespace.read_file t ("/scheme/time/" ^ name)))) in
      that "now" (seconds "now" > 1e9);
      let before = seconds "monotonic" in
      let handle = get (Namespace.open_ t "/scheme/time/after/0.01") in
      that "after" (get (read handle) = "0.01\n");
      that "then" (seconds "monotonic" >= before +. 0.01);
      that "once" (get (read handle) = "");
      List.iter (fun name -> fails Not_found (Namespace.open_ t ("/scheme/time/after/" ^ name))) [ "x"; "-1"; "nan"; "1e300"; "" ^ "never" ])

let log () =
  in_fiber "log: whole lines, the last ones" (fun () ->
      let log = Log.create ~most:200 () in
      let t = only "log" (Log.service log) in
      let a = get (Namespace.open_ t ~flags:writing "/scheme/log") and b = get (Namespace.open_ t ~flags:writing "/scheme/log") in
      get (Handle.write_string a "one ");
      get (Handle.write_string b "two\nthr");
      get (Handle.write_string a "and a half\n");
      Handle.close b;
      let lines text = List.map (fun l -> String.sub l 15 (String.length l - 15)) (List.filter (( <> ) "") (String.split_on_char '\n' text)) in
      that "lines" (lines (get (Namespace.read_file t "/scheme/log")) = [ "two"; "one and a half"; "thr" ]);
      for i = 1 to 50 do Log.add log (string_of_int i) done;
      let kept = lines (get (Namespace.read_file t "/scheme/log")) in
      that "the last" (List.length kept < 15 && List.nth kept (List.length kept - 1) = "50"));
  law "log: who follows misses nothing" (fun () ->
      let log = Log.create () in
      let t = only "log" (Log.service log) in
      let handle = get (Namespace.open_ t "/scheme/log/follow") in
      let got = Buffer.create 100 in
      Run.all
        [
          (fun () ->
            while not (String.ends_with ~suffix:"end\n" (Buffer.contents got)) do
              Buffer.add_string got (get (read ~most:7 handle))
            done);
          (fun () ->
            for i = 1 to 10 do
              Log.add log (string_of_int i);
              yields (i mod 3)
            done;
            Log.add log "end");
        ];
      equal "lines" 11 (List.length (String.split_on_char '\n' (Buffer.contents got)) - 1);
      Handle.close handle)

let memory () =
  in_fiber "memory: shared, and within its budget" (fun () ->
      let budget = Budget.create 10_000 in
      let t = only "memory" (Memory.service budget) in
      let a = get (Namespace.open_ t ~flags:writing "/scheme/memory/new") in
      fails Invalid (Handle.map a ~offset:0 ~length:1);
      get (Handle.truncate a 8000);
      fails Busy (Handle.truncate a 10);
      let b = get (Namespace.open_ t ~flags:writing "/scheme/memory/new") in
      fails No_memory (Handle.truncate b 3000);
      fails Too_large (Handle.truncate b max_int);
      let shared = get (Handle.map ~write:true a ~offset:100 ~length:10) in
      let copy = get (Handle.restrict ~write:false a) in
      let seen = get (Handle.map copy ~offset:100 ~length:10) in
      Slice.set shared 3 'x';
      that "seen" (Slice.get seen 3 = 'x');
      that "read only" (Slice.is_read_only seen);
      fails Access (Handle.map ~write:true copy ~offset:0 ~length:1);
      fails Invalid (Handle.map a ~offset:7999 ~length:2);
      equal "read" 1 (get (Handle.read_at a 7999 (Slice.create 5)));
      equal "end" 0 (get (Handle.read_at a 8000 (Slice.create 5)));
      fails No_space (Handle.write_at a 8000 (Slice.create 5));
      equal "written" 2 (get (Handle.write_at a 7998 (Slice.of_string "yyyy")));
      that "used" (get (Namespace.read_file t "/scheme/memory/used") = "8000\n");
      Handle.close a;
      equal "held by the copy" 8000 (Budget.used budget);
      Handle.close copy;
      Handle.close b;
      equal "given back" 0 (Budget.used budget))

(* Everything that is written arrives, whole blocks are not mixed. *)
let pipes () =
  law "pipe: bytes arrive in order, atomic writes whole" (fun () ->
      let budget = Budget.create Pipe.capacity in
      let t = only "pipe" (Pipe.scheme ~budget ()) in
      let reader, writer = get (Pipe.make t) in
      fails No_memory (Pipe.make t);
      let blocks = 12 and length = 3000 in
      let total = ref 0 and whole = ref true in
      let writers = List.init 3 (fun _ -> get (Handle.dup writer)) in
      Handle.close writer;
      Run.all
        (List.mapi
           (fun i handle () ->
             Handle.using handle (fun handle ->
                 for _ = 1 to blocks do
                   get (Handle.write_string handle (String.make length (Char.chr (97 + i))));
                   yields i
                 done))
           writers
        @ [
            (fun () ->
              (* Read in blocks: each must be of one letter. *)
              let slice = Slice.create length in
              let rec fill at =
                if at < length then
                  match get (Handle.read reader (Slice.sub slice at (length - at))) with
                  | 0 -> at
                  | n -> fill (at + n)
                else at
              in
              let rec go () =
                let n = fill 0 in
                total := !total + n;
                if n = length then begin
                  let text = Slice.to_string slice in
                  if not (String.for_all (( = ) text.[0]) text) then whole := false;
                  go ()
                end
              in
              go ());
          ]);
      equal "all" (3 * blocks * length) !total;
      that "whole" !whole;
      that "the end again" (get (read reader) = "");
      Handle.close reader;
      equal "given back" 0 (Budget.used budget));
  law "pipe: a writer that waits for room ends when nobody reads" (fun () ->
      let t = only "pipe" (Pipe.scheme ()) in
      let reader, writer = get (Pipe.make t) in
      Run.all
        [
          (fun () -> fails Broken_pipe (Handle.write_string writer (String.make 200_000 'x')));
          (fun () ->
            yields 3;
            ignore (get (read reader));
            Handle.close reader);
        ];
      fails Broken_pipe (Handle.write_string writer "x");
      let ready = get (Handle.event writer { readable = false; writable = true; wait = true }) in
      that "ended" ready.ended;
      Handle.close writer);
  law "pipe: canceled and closed readers leave the bytes to others" (fun () ->
      let t = only "pipe" (Pipe.scheme ()) in
      let reader, writer = get (Pipe.make t) in
      let other = get (Handle.dup reader) in
      Bundle.join_after (fun bundle ->
          let canceled = Bundle.fork_as_promise bundle (fun () -> read reader) in
          let closed = Bundle.fork_as_promise bundle (fun () -> read reader) in
          yields 3;
          Promise.terminate canceled;
          yields 2;
          Handle.close reader;
          that "closed" (Promise.await closed = Error Bad_handle);
          get (Handle.write_string writer "kept");
          that "kept" (get (read other) = "kept"));
      Handle.close writer;
      Handle.close other);
  in_fiber "pipe: ends are one way, and their handles count" (fun () ->
      let budget = Budget.create 3 in
      let t = Namespace.with_budget (only "pipe" (Pipe.scheme ())) budget in
      let reader, writer = get (Pipe.make t) in
      fails Access (Handle.write_string reader "x");
      fails Access (read writer);
      fails Access (Handle.call reader { text = "writer"; handles = [] });
      equal "both" 2 (Budget.used budget);
      fails Too_many_handles (Pipe.make t);
      Handle.close reader;
      Handle.close writer;
      equal "none" 0 (Budget.used budget))

let now handle ~readable ~writable =
  let { Request.can_read; can_write; ended } = get (Handle.event handle { readable; writable; wait = false }) in
  (can_read, can_write, ended)

let at_once () =
  in_fiber "streams tell at once how it is, if they are asked so" (fun () ->
      let input, output = Unix.pipe ~cloexec:true () in
      let t =
        List.fold_left
          (fun t (name, service) -> Namespace.add t name service)
          Namespace.empty
          [ ("pipe", Pipe.scheme ()); ("log", Log.service (Log.create ())); ("time", Time.service ()); ("event", Events.service ());
            ("console", Scheme_console.service (Scheme_console.create ~keys:false ~input ())) ]
      in
      let reader, writer = get (Pipe.make t) in
      that "an empty pipe" (now reader ~readable:true ~writable:false = (false, false, false));
      that "its other end" (now writer ~readable:false ~writable:true = (false, true, false));
      get (Handle.write_string writer (String.make Pipe.capacity 'x'));
      that "a full pipe" (now writer ~readable:false ~writable:true = (false, false, false));
      that "what is in it" (now reader ~readable:true ~writable:false = (true, false, false));
      List.iter Handle.close [ reader; writer ];
      let nothing path =
        let handle = get (Namespace.open_ t path) in
        that path (now handle ~readable:true ~writable:false = (false, false, false));
        Handle.close handle
      in
      List.iter nothing
        [ "/scheme/time/after/1000"; "/scheme/log/follow"; "/scheme/console"; "/scheme/console/interrupts"; "/scheme/event" ];
      Unix.close input;
      Unix.close output)

let events () =
  law "event: waits for many handles at once" (fun () ->
      let t = Namespace.add (only "pipe" (Pipe.scheme ())) "event" (Events.service ()) in
      let set = get (Namespace.open_ t ~flags:writing "/scheme/event") in
      let pipes = List.init 3 (fun _ -> get (Pipe.make t)) in
      List.iteri (fun i (reader, _) -> get (Events.add set i { readable = true; writable = false; wait = true } (get (Handle.dup reader)))) pipes;
      let got = Array.make 3 "" and ended = Array.make 3 false in
      Run.all
        [
          (fun () ->
            while Array.exists not ended do
              List.iter
                (fun (i, (ready : Request.ready)) ->
                  that "something" (ready.can_read || ready.ended);
                  match get (read ~most:3 (fst (List.nth pipes i))) with
                  | "" ->
                      ended.(i) <- true;
                      get (Events.remove set i)
                  | text -> got.(i) <- got.(i) ^ text)
                (get (Events.wait set))
            done);
          (fun () ->
            List.iteri
              (fun i (_, writer) ->
                for j = 0 to 3 do
                  get (Handle.write_string writer (Printf.sprintf "%d%d" i j));
                  yields j
                done)
              pipes;
            List.iter (fun (_, writer) -> Handle.close writer) pipes);
        ];
      that "all" (got = [| "00010203"; "10111213"; "20212223" |]);
      List.iter (fun (reader, _) -> Handle.close reader) pipes;
      Handle.close set);
  law "event: a set is ready when one of its members is" (fun () ->
      let t = Namespace.add (only "pipe" (Pipe.scheme ())) "event" (Events.service ()) in
      let set = get (Namespace.open_ t ~flags:writing "/scheme/event") in
      let reader, writer = get (Pipe.make t) in
      let interest : Request.interest = { readable = true; writable = false; wait = true } in
      get (Events.add set 3 interest (get (Handle.dup reader)));
      that "nothing" (now set ~readable:true ~writable:false = (false, false, false));
      Run.all
        [
          (fun () -> that "told" (get (Handle.event set interest)).can_read);
          (fun () ->
            yields 3;
            get (Handle.write_string writer "x"));
        ];
      that "something" (now set ~readable:true ~writable:false = (true, false, false));
      that "not taken by that" (get (Events.wait set) = [ (3, { Request.can_read = true; can_write = false; ended = false }) ]);
      ignore (get (read reader));
      that "nothing again" (now set ~readable:true ~writable:false = (false, false, false));
      List.iter Handle.close [ set; reader; writer ]);
  law "event: changes while somebody waits, and the end of the set" (fun () ->
      let t = Namespace.add (only "pipe" (Pipe.scheme ())) "event" (Events.service ()) in
      let set = get (Namespace.open_ t ~flags:writing "/scheme/event") in
      let reader, writer = get (Pipe.make t) in
      Run.all
        [
          (fun () -> that "added later" (get (Events.wait set) = [ (7, { Request.can_read = true; can_write = false; ended = false }) ]));
          (fun () ->
            yields 2;
            get (Handle.write_string writer "x");
            get (Events.add set 7 { readable = true; writable = false; wait = true } (get (Handle.dup reader))));
        ];
      ignore (get (read reader));
      Run.all
        [
          (fun () -> that "closed" (Events.wait set = Error Bad_handle));
          (fun () ->
            yields 5;
            Handle.close set);
        ];
      List.iter Handle.close [ reader; writer ]);
  in_fiber "event: commands that make no sense" (fun () ->
      let t = only "event" (Events.service ()) in
      let set = get (Namespace.open_ t ~flags:writing "/scheme/event") in
      List.iter
        (fun text -> fails Invalid (Handle.call set { text; handles = [] }))
        [ ""; "add"; "add 1 r"; "add x r"; "remove"; "remove x"; "remove -1"; "add 1 q"; "\000" ];
      let extra = get (Handle.dup set) in
      fails Invalid (Handle.call set { text = "remove 1"; handles = [ extra ] });
      that "closed" (Handle.is_closed extra);
      fails Not_found (Events.remove set 1);
      let itself = get (Handle.dup set) in
      fails Invalid (Events.add set 1 { readable = true; writable = false; wait = true } itself);
      that "closed, too" (Handle.is_closed itself))

let discipline () =
  let open Scheme_console.Discipline in
  let type_ t text = String.fold_left (fun shown c -> shown ^ fst (key t c)) "" text in
  test "console: editing of a line" (fun () ->
      let t = create Lines in
      that "echo" (type_ t "ab\127c\r" = "ab\b \bc\n");
      that "line" (take t 100 = Bytes "ac\n");
      that "nothing" (take t 100 = Nothing_yet && not (is_ready t));
      ignore (type_ t "xy\021z\n\xc3\xa4\bq\n");
      that "killed" (take t 1 = Bytes "z");
      that "the rest of it" (take t 100 = Bytes "\n");
      that "a character" (take t 100 = Bytes "q\n");
      ignore (type_ t "half\004");
      that "sent" (take t 100 = Bytes "half");
      ignore (type_ t "\004");
      that "an end" (take t 100 = End);
      that "and on" (take t 100 = Nothing_yet);
      ignore (type_ t "gone");
      that "interrupt" (snd (key t '\003'));
      ignore (type_ t "\n");
      that "dropped" (take t 100 = Bytes "\n");
      that "controls are shown" (type_ t "\001" = "^A");
      set_mode t Keys;
      that "what was typed" (take t 10 = Bytes "\001");
      that "no echo" (type_ t "\003a" = "");
      that "bytes" (take t 10 = Bytes "\003" && take t 10 = Bytes "a");
      close t;
      that "end for ever" (take t 10 = End && take t 10 = End));
  test "console: lines that are too long" (fun () ->
      let t = create Lines in
      ignore (type_ t (String.make (2 * max_line) 'x'));
      that "bell" (fst (key t 'x') = "\007");
      ignore (type_ t "\n");
      match take t (2 * max_line) with
      | Bytes text -> equal "length" max_line (String.length text)
      | _ -> failwith "no line")

let console () =
  in_fiber "console: through pipes of the system" (fun () ->
      let input, keyboard = Unix.pipe () and screen, output = Unix.pipe () in
      let console = Scheme_console.create ~keys:true ~input ~output () in
      let t = only "console" (Scheme_console.service console) in
      let type_ text = ignore (Unix.write_substring keyboard text 0 (String.length text)) in
      let handle = get (Namespace.open_ t ~flags:writing "/scheme/console") in
      let interrupts = get (Namespace.open_ t "/scheme/console/interrupts") in
      Bundle.join_after (fun bundle ->
          Bundle.fork bundle (fun () -> Scheme_console.run console);
          type_ "hello\r";
          that "a line" (get (read handle) = "hello\n");
          get (Handle.write_string handle "there");
          type_ "\003";
          that "an interrupt" (get (read interrupts) = "interrupt\n");
          that "keys" ((get (Handle.call handle { text = "keys"; handles = [] })).text = "keys");
          type_ "\027[A";
          let rec three got = if String.length got < 3 then three (got ^ get (read handle)) else got in
          that "as they are" (three "" = "\027[A");
          Unix.close keyboard;
          that "the end" (get (read handle) = ""));
      Unix.close output;
      let shown = In_channel.input_all (Unix.in_channel_of_descr screen) in
      that shown (shown = "hello\nthere^C\n");
      Unix.close input;
      List.iter Handle.close [ handle; interrupts ]);
  ignore Computation.finished

let add () =
  simple ();
  time ();
  log ();
  memory ();
  pipes ();
  at_once ();
  events ();
  discipline ();
  console ()
