(* SPDX-License-Identifier: ISC *)

open Picos

let active = ref false

(* {1 Rings}

   One a domain; its threads take turns, and none is stopped inside of [put], which neither allocates nor loops. *)

type memory = (int, Bigarray.int_elt, Bigarray.c_layout) Bigarray.Array1.t
type ring = { slot : int; events : memory; mask : int;  (** in words *) mutable at : int  (** words ever written *) }

let words = 4
let size = ref (1 lsl 15)
let rings : ring list Atomic.t = Atomic.make []

let rec register ring =
  let before = Atomic.get rings in
  if not (Atomic.compare_and_set rings before (ring :: before)) then register ring

external slot : unit -> int = "picox_trace_slot" [@@noalloc]

let make_ring () =
  let length = words * !size in
  let ring = { slot = slot (); events = Bigarray.Array1.create Int C_layout length; mask = length - 1; at = 0 } in
  register ring;
  ring

let key = Domain.DLS.new_key make_ring

(* Below what one event is in the JSON. *)
let turn_ = 0
let awaits_ = 1
let yields_ = 2
let returns_ = 3
let spawned_ = 4
let woken_ = 5
let sleeps_ = 6
let wakes_ = 7
let instant_ = 8
let counter_ = 9

let[@inline always] put ring time code a b =
  let at = ring.at land ring.mask in
  let events = ring.events in
  Bigarray.Array1.unsafe_set events at time;
  Bigarray.Array1.unsafe_set events (at + 1) code;
  Bigarray.Array1.unsafe_set events (at + 2) a;
  Bigarray.Array1.unsafe_set events (at + 3) b;
  ring.at <- ring.at + words

(* {1 The collector's phases}

   The runtime's rings are small, so they are emptied now and then, by one domain at a time. *)

module Collector = struct
  external start : unit -> bool = "picox_trace_collector_start"
  external read : unit -> unit = "picox_trace_collector_read"
  external count : unit -> int = "picox_trace_collector_count" [@@noalloc]
  external lost : unit -> int = "picox_trace_collector_lost" [@@noalloc]
  external time : int -> int = "picox_trace_collector_time" [@@noalloc]
  external slot : int -> int = "picox_trace_collector_slot" [@@noalloc]
  external phase : int -> int = "picox_trace_collector_phase" [@@noalloc]
  external phase_name : int -> string = "picox_trace_phase_name"
end

let reading = Atomic.make false

let read_collector's () =
  if Atomic.compare_and_set reading false true then begin
    Collector.read ();
    Atomic.set reading false
  end

let events_between = 1 lsl 10

let event code a b =
  let ring = Domain.DLS.get key in
  put ring (Picox_clock.now_ns ()) code a b;
  if ring.at land ((words * events_between) - 1) = 0 then read_collector's ()

(* {1 Fibers}

   The number of a fiber holds that of its kind. *)

type kind = int

let kind_bits = 4
let fiber_kinds : string list Atomic.t = Atomic.make [ "fiber" ]  (* newest first *)

let rec kind called =
  let before = Atomic.get fiber_kinds in
  let index = List.length before in
  if index lsr kind_bits > 0 then 0
  else if Atomic.compare_and_set fiber_kinds before (called :: before) then index
  else kind called

let next = Atomic.make 1
let id_key : int Fiber.FLS.t = Fiber.FLS.create ()

let number fiber kind =
  let id = (Atomic.fetch_and_add next 1 lsl kind_bits) lor kind in
  Fiber.FLS.set fiber id_key id;
  id

let id fiber =
  match Fiber.FLS.get_exn fiber id_key with id -> id | exception Fiber.FLS.Not_set -> number fiber 0

let label fiber kind = ignore (number fiber kind)
let turn fiber = event turn_ (id fiber) 0
let awaits fiber = event awaits_ (id fiber) 0
let yields fiber = event yields_ (id fiber) 0
let returns fiber = event returns_ (id fiber) 0
let spawned ~by fiber = event spawned_ (id fiber) (id by)
let woken fiber = event woken_ (id fiber) 0

let sleeps () =
  event sleeps_ 0 0;
  read_collector's ()

let wakes () = event wakes_ 0 0

(* {1 Others} *)

type name = int

let names : string list Atomic.t = Atomic.make []  (* newest first *)

let rec name called =
  let before = Atomic.get names in
  if Atomic.compare_and_set names before (called :: before) then List.length before else name called

let instant name number = event instant_ name number
let counter name number = event counter_ name number

(* {1 Beginning and end} *)

let first = ref 0

let start ?(events = 1 lsl 15) () =
  if events <= 0 || events land (events - 1) <> 0 then invalid_arg "Picox_trace.start: events must be a power of two";
  size := events;
  ignore (Collector.start ());
  if !first = 0 then first := Picox_clock.now_ns ();
  active := true

let stop () = active := false

(* {1 JSON} *)

(* A span: from, to, what. The viewer takes microseconds. *)
type span = { from : int; until : int; called : string; arguments : string }

let micro time =
  let time = time - !first in
  Printf.sprintf "%d.%03d" (time / 1000) (abs (time mod 1000))

let quoted text =
  let buffer = Buffer.create (String.length text + 2) in
  Buffer.add_char buffer '"';
  String.iter
    (function
      | ('"' | '\\') as char ->
          Buffer.add_char buffer '\\';
          Buffer.add_char buffer char
      | '\000' .. '\031' as char -> Printf.bprintf buffer "\\u%04x" (Char.code char)
      | char -> Buffer.add_char buffer char)
    text;
  Buffer.add_char buffer '"';
  Buffer.contents buffer

let nth_from_the_end list index = match List.nth_opt (List.rev list) index with Some x -> x | None -> "?"
let fiber_name id = Printf.sprintf "%s %d" (nth_from_the_end (Atomic.get fiber_kinds) (id land ((1 lsl kind_bits) - 1))) (id lsr kind_bits)

(* Oldest first. *)
let iter_ring ring take =
  let capacity = ring.mask + 1 in
  let rec from at =
    if at < ring.at then begin
      let word i = ring.events.{(at + i) land ring.mask} in
      take ~time:(word 0) ~code:(word 1) (word 2) (word 3);
      from (at + words)
    end
  in
  from (max 0 (ring.at - capacity))

let lost ring = max 0 (ring.at - (ring.mask + 1)) / words

type row = { mutable spans : span list; mutable points : string list; mutable last : int }

let outcome code =
  if code = awaits_ then "awaits" else if code = yields_ then "yields" else if code = returns_ then "returns" else "goes on"

let row_of_ring ring =
  let row = { spans = []; points = []; last = !first } in
  let opened = ref None in
  let close time code =
    Option.iter
      (fun (from, called) ->
        let arguments = if called = "asleep" then "{}" else Printf.sprintf "{\"then\":%s}" (quoted (outcome code)) in
        row.spans <- { from; until = time; called; arguments } :: row.spans)
      !opened;
    opened := None
  in
  let point time phase called arguments =
    row.points <-
      Printf.sprintf "{\"ph\":\"%s\",\"pid\":1,\"tid\":%d,\"ts\":%s,\"name\":%s,\"s\":\"t\",\"args\":%s}" phase ring.slot
        (micro time) (quoted called) arguments
      :: row.points
  in
  let one ~time ~code a b =
    row.last <- time;
    if code = turn_ then begin
      close time code;
      opened := Some (time, fiber_name a)
    end
    else if code = sleeps_ then begin
      close time code;
      opened := Some (time, "asleep")
    end
    else if code = awaits_ || code = yields_ || code = returns_ || code = wakes_ then close time code
    else if code = spawned_ then
      point time "i" ("spawn " ^ fiber_name a) (Printf.sprintf "{\"by\":%s}" (quoted (fiber_name b)))
    else if code = woken_ then point time "i" ("wake " ^ fiber_name a) "{}"
    else
      let called = nth_from_the_end (Atomic.get names) a in
      if code = instant_ then point time "i" called (Printf.sprintf "{\"number\":%d}" b)
      else point time "C" called (Printf.sprintf "{\"value\":%d}" b)
  in
  iter_ring ring one;
  close row.last turn_;
  row

(* Of an entry that tells of lost ones. *)
let gap = -0x8000_0000

(* By domain: a begin without an end, or an end without a begin, is none. *)
let phase_spans () =
  let opened = Hashtbl.create 16 in
  let rec from index spans =
    if index = Collector.count () then spans
    else
      let slot = Collector.slot index and time = Collector.time index and phase = Collector.phase index in
      if phase = gap then begin
        Hashtbl.filter_map_inplace (fun (slot', _) begun -> if slot' = slot then None else Some begun) opened;
        from (index + 1) spans
      end
      else if phase >= 0 then begin
        Hashtbl.replace opened (slot, phase) time;
        from (index + 1) spans
      end
      else
        match Hashtbl.find_opt opened (slot, lnot phase) with
        | Some begun when time >= !first ->
            Hashtbl.remove opened (slot, lnot phase);
            let called = "gc: " ^ Collector.phase_name (lnot phase) in
            from (index + 1) ((slot, { from = Int.max begun !first; until = time; called; arguments = "{}" }) :: spans)
        | _ -> from (index + 1) spans
  in
  from 0 []

(* Those that begin together: the longest is around the others. *)
let outer_first a b = if a.from <> b.from then Int.compare a.from b.from else Int.compare b.until a.until

let write out =
  read_collector's ();
  let separator = ref "" in
  let item text =
    output_string out (!separator ^ text);
    separator := ",\n"
  in
  output_string out "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  item "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"bactrian\"}}";
  let rings = Atomic.get rings and phases = phase_spans () in
  let of_slot slot =
    item
      (Printf.sprintf "{\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"name\":\"thread_name\",\"args\":{\"name\":\"domain %d\"}}" slot slot);
    (* Those of a domain that has ended, and of the next in its place. *)
    let rows = List.rev_map row_of_ring (List.filter (fun ring -> ring.slot = slot) rings) in
    let of_gc = List.filter_map (fun (slot', span) -> if slot' = slot then Some span else None) phases in
    List.iter
      (fun { from; until; called; arguments } ->
        item
          (Printf.sprintf "{\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":%s,\"dur\":%d.%03d,\"name\":%s,\"args\":%s}" slot (micro from)
             ((until - from) / 1000) ((until - from) mod 1000) (quoted called) arguments))
      (List.stable_sort outer_first (List.concat_map (fun row -> row.spans) rows @ of_gc));
    List.iter (fun row -> List.iter item (List.rev row.points)) rows
  in
  List.iter of_slot (List.sort_uniq Int.compare (List.map (fun ring -> ring.slot) rings));
  Printf.fprintf out "\n],\"otherData\":{\"lost\":%d,\"lost words of the collector\":%d}}\n"
    (List.fold_left (fun sum ring -> sum + lost ring) 0 rings)
    (Collector.lost ())

let write_to file =
  stop ();
  match open_out_bin file with
  | out -> Fun.protect ~finally:(fun () -> close_out out) (fun () -> write out)
  | exception Sys_error message -> prerr_endline ("picox.trace: " ^ message)

let () =
  match Sys.getenv_opt "BACTRIAN_TRACE" with
  | None | Some "" -> ()
  | Some file ->
      start ();
      at_exit (fun () -> write_to file)
