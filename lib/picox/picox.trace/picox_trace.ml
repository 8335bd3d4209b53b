(* SPDX-License-Identifier: ISC *)

open Picos

let active = ref false
let event code a b = if Ring.put code a b <> 0 then Collector.read ()

(* {1 Lists that grow}

   The newest first; an index counts from the other end. *)

let rec add list called =
  let before = Atomic.get list in
  let index = List.length before in
  if Atomic.compare_and_set list before (called :: before) then index else add list called

let to_array list = Array.of_list (List.rev (Atomic.get list))

(* {1 Fibers}

   The number of a fiber holds that of its kind. *)

type kind = int

let kind_bits = 4
let kinds : string list Atomic.t = Atomic.make [ "fiber" ]

let kind called =
  let index = add kinds called in
  if index lsr kind_bits > 0 then 0 else index

let next = Atomic.make 1
let id_key : int Fiber.FLS.t = Fiber.FLS.create ()

let number fiber kind =
  let id = (Atomic.fetch_and_add next 1 lsl kind_bits) lor kind in
  Fiber.FLS.set fiber id_key id;
  id

let id fiber =
  match Fiber.FLS.get_exn fiber id_key with id -> id | exception Fiber.FLS.Not_set -> number fiber 0

let label fiber kind = ignore (number fiber kind)
let turn fiber = event Code.turn (id fiber) 0
let awaits fiber = event Code.awaits (id fiber) 0
let yields fiber = event Code.yields (id fiber) 0
let returns fiber = event Code.returns (id fiber) 0
let spawned ~by fiber = event Code.spawned (id fiber) (id by)
let woken fiber = event Code.woken (id fiber) 0

let sleeps () =
  event Code.sleeps 0 0;
  if Ring.collected () then Collector.read ()

let wakes () = event Code.wakes 0 0

(* {1 Others} *)

type name = int

let names : string list Atomic.t = Atomic.make []

let rec index_of called = function
  | [] -> None
  | one :: older -> if String.equal one called then Some (List.length older) else index_of called older

let name called = match index_of called (Atomic.get names) with Some index -> index | None -> add names called
let instant name number = event Code.instant name number
let counter name number = event Code.counter name number

(* {1 Beginning and end} *)

(* The two clocks at the same moment: the one between whose readings the least time has passed. *)
let both_clocks () =
  let rec best tries ((_, _, gap) as found) =
    if tries = 0 then found
    else
      let before = Ring.ticks () in
      let ns = Picox_clock.now_ns () in
      let gap' = Ring.ticks () - before in
      best (tries - 1) (if gap' < gap then (before + (gap' / 2), ns, gap') else found)
  in
  let ticks, ns, _ = best 16 (0, 0, max_int) in
  (ticks, ns)

let began = ref None

let start ?(events = 1 lsl 15) () =
  if events <= 0 || events land (events - 1) <> 0 then invalid_arg "Picox_trace.start: events must be a power of two";
  Ring.set_size events;
  Collector.start ();
  if !began = None then began := Some (both_clocks ());
  active := true

let stop () = active := false

let write out =
  Collector.read ();
  let now = both_clocks () in
  let start_ticks, start_ns = Option.value !began ~default:now in
  let ticks = fst now - start_ticks and ns = snd now - start_ns in
  let ratio = if ticks > 0 then float_of_int ns /. float_of_int ticks else 1. in
  Viewer.write { start_ticks; start_ns; ratio } ~kinds:(to_array kinds) ~kind_bits ~names:(to_array names) out

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
