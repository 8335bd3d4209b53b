(* SPDX-License-Identifier: ISC *)

type clock = { start_ticks : int; start_ns : int; ratio : float }

(* {1 JSON}

   By hand, since on the bare machine the program itself writes it, tens of thousands of lines. *)

type writer = { out : out_channel; buffer : Buffer.t; mutable first : bool }

let flush w =
  Buffer.output_buffer w.out w.buffer;
  Buffer.clear w.buffer

let text w = Buffer.add_string w.buffer
let number w n = Buffer.add_string w.buffer (string_of_int n)

let quoted w s =
  Buffer.add_char w.buffer '"';
  String.iter
    (function
      | ('"' | '\\') as char ->
          Buffer.add_char w.buffer '\\';
          Buffer.add_char w.buffer char
      | '\000' .. '\031' as char -> Printf.bprintf w.buffer "\\u%04x" (Char.code char)
      | char -> Buffer.add_char w.buffer char)
    s;
  Buffer.add_char w.buffer '"'

(* Nanoseconds, as the microseconds that the viewer takes. *)
let micro w ns =
  number w (ns / 1000);
  let rest = ns mod 1000 in
  Buffer.add_char w.buffer '.';
  List.iter (fun digit -> Buffer.add_char w.buffer (Char.chr (48 + digit))) [ rest / 100; rest / 10 mod 10; rest mod 10 ]

let item w phase ~pid ~tid called rest =
  if Buffer.length w.buffer > 60_000 then flush w;
  text w (if w.first then "{\"ph\":\"" else ",\n{\"ph\":\"");
  w.first <- false;
  text w phase;
  text w "\",\"pid\":";
  number w pid;
  text w ",\"tid\":";
  number w tid;
  text w ",\"name\":";
  quoted w called;
  rest ();
  text w "}"

let metadata w what ~pid ~tid called =
  item w "M" ~pid ~tid what (fun () ->
      text w ",\"args\":{\"name\":";
      quoted w called;
      text w "}")

let timed w phase ~pid ~tid called ns rest =
  item w phase ~pid ~tid called (fun () ->
      text w ",\"ts\":";
      micro w ns;
      rest ())

let span w ~pid ~tid called ~from ~until outcome =
  timed w "X" ~pid ~tid called from (fun () ->
      text w ",\"dur\":";
      micro w (until - from);
      match outcome with
      | "" -> ()
      | _ ->
          text w ",\"args\":{\"then\":";
          quoted w outcome;
          text w "}")

let instant w ~pid ~tid called ns argument =
  timed w "i" ~pid ~tid called ns (fun () ->
      text w ",\"s\":\"t\",\"args\":{";
      argument ();
      text w "}")

(* {1 Processes and threads} *)

let of_counters = 1
let of_slot slot = slot + 2
let of_scheduler = 0
let of_kind kind = kind + 1
let of_collector = 100

let outcome code =
  if code = Code.awaits then "awaits"
  else if code = Code.yields then "yields"
  else if code = Code.returns then "returns"
  else "goes on"

type opened = Nothing | Turn of { fiber : int; from : int } | Sleep of int

let write clock ~kinds ~kind_bits ~names out =
  let w = { out; buffer = Buffer.create 65536; first = true } in
  let kind fiber = fiber land ((1 lsl kind_bits) - 1) in
  let of_array array index = if index < Array.length array then array.(index) else "?" in
  let fiber_name fiber = of_array kinds (kind fiber) ^ " " ^ string_of_int (fiber lsr kind_bits) in
  let ring slot =
    let pid = of_slot slot in
    let opened = ref Nothing and last = ref 0 in
    let close code ns =
      (match !opened with
      | Nothing -> ()
      | Turn { fiber; from } -> span w ~pid ~tid:(of_kind (kind fiber)) (fiber_name fiber) ~from ~until:ns (outcome code)
      | Sleep from -> span w ~pid ~tid:of_scheduler "asleep" ~from ~until:ns "");
      opened := Nothing
    in
    Ring.iter slot (fun ~ticks ~code a b ->
        (* A domain can see a counter that is behind the one that tracing began with. *)
        let ns = Int.max !last (int_of_float (float_of_int (ticks - clock.start_ticks) *. clock.ratio)) in
        last := ns;
        if code = Code.turn then begin
          close code ns;
          opened := Turn { fiber = a; from = ns }
        end
        else if code = Code.sleeps then begin
          close code ns;
          opened := Sleep ns
        end
        else if code <= Code.returns || code = Code.wakes then close code ns
        else if code = Code.spawned then
          instant w ~pid ~tid:of_scheduler ("spawn " ^ fiber_name a) ns (fun () ->
              text w "\"by\":";
              quoted w (fiber_name b))
        else if code = Code.woken then instant w ~pid ~tid:of_scheduler ("wake " ^ fiber_name a) ns ignore
        else if code = Code.instant then
          instant w ~pid ~tid:of_scheduler (of_array names a) ns (fun () ->
              text w "\"number\":";
              number w b)
        else
          timed w "C" ~pid:of_counters ~tid:0 (of_array names a) ns (fun () ->
              text w ",\"args\":{\"value\":";
              number w b;
              text w "}"));
    close Code.turn !last
  in
  let phases = Collector.spans ~since:clock.start_ns in
  (* Those that begin together: the longest is around the others. *)
  let outer_first (a : Collector.span) (b : Collector.span) =
    if a.from <> b.from then Int.compare a.from b.from else Int.compare b.until a.until
  in
  let collector slot =
    let own = List.filter (fun (span : Collector.span) -> span.slot = slot) phases in
    List.iter
      (fun ({ from; until; phase; _ } : Collector.span) ->
        span w ~pid:(of_slot slot) ~tid:of_collector phase ~from:(from - clock.start_ns) ~until:(until - clock.start_ns) "")
      (List.stable_sort outer_first own)
  in
  text w "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  metadata w "process_name" ~pid:of_counters ~tid:0 "counters";
  let lost = ref 0 in
  for slot = 0 to Ring.slots () - 1 do
    lost := !lost + Ring.lost slot;
    if Ring.count slot > 0 then begin
      let pid = of_slot slot in
      metadata w "process_name" ~pid ~tid:0 ("domain " ^ string_of_int slot);
      metadata w "thread_name" ~pid ~tid:of_scheduler "scheduler";
      Array.iteri (fun kind called -> metadata w "thread_name" ~pid ~tid:(of_kind kind) called) kinds;
      metadata w "thread_name" ~pid ~tid:of_collector "collector";
      ring slot;
      collector slot
    end
  done;
  text w "\n],\"otherData\":{\"lost\":";
  number w !lost;
  text w ",\"lost words of the collector\":";
  number w (Collector.lost ());
  text w "}}\n";
  flush w
