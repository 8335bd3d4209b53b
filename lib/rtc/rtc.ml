(* SPDX-License-Identifier: ISC *)

module Calendar = Calendar
module Registers = Machine.Registers

type t = { name : string; read : unit -> (int, Device.error) result }

let name t = t.name
let read t = t.read ()
let malformed what = Error (`Malformed what)
let ns seconds = seconds * 1_000_000_000

(* {1 A PC's}

   The pair of ports is one for all fibers and domains. *)

let pair = Mutex.create ()
let seconds_at = 0
let minutes_at = 2
let hours_at = 4
let day_at = 7
let month_at = 8
let year_at = 9
let status_a = 10
let status_b = 11
let updating = 0x80
let binary = 0x04
let of_24 = 0x02
let afternoon = 0x80

let decimal ~status n =
  if status land binary <> 0 then Some n
  else if n land 15 > 9 || n lsr 4 > 9 then None
  else Some (((n lsr 4) * 10) + (n land 15))

let hour ~status n =
  if status land of_24 <> 0 then decimal ~status n
  else
    match decimal ~status (n land lnot afternoon) with
    | Some hour when hour >= 1 && hour <= 12 -> Some ((hour mod 12) + if n land afternoon <> 0 then 12 else 0)
    | _ -> None

(* As read at one moment; the century last, if there is one. *)
let decode ~status words =
  match words with
  | second :: minute :: hour' :: day :: month :: year :: century -> (
      let ( let* ) = Option.bind in
      let decimal = decimal ~status in
      let date =
        let* second = decimal second in
        let* minute = decimal minute in
        let* hour = hour ~status hour' in
        let* day = decimal day in
        let* month = decimal month in
        let* year = decimal year in
        let* century =
          match century with
          | [] -> Some (if year >= 70 then 19 else 20)
          | century :: _ -> decimal century
        in
        if year > 99 then None else Some { Calendar.year = (century * 100) + year; month; day; hour; minute; second }
      in
      match date with
      | Some date when Calendar.is_date date -> Ok (ns (Calendar.seconds date))
      | _ -> malformed "the clock shows no time that can be")
  | _ -> malformed "too few registers"

let cmos ?century ({ read; write; count } : Registers.t) =
  if count < 2 then invalid_arg "Rtc.cmos: two registers are needed";
  let get index =
    write 0 (index land 0x7f);
    read 1 land 0xff
  in
  let indexes = [ seconds_at; minutes_at; hours_at; day_at; month_at; year_at ] @ Option.to_list century in
  (* All of one moment: not while it changes, and twice the same. *)
  let look () =
    Mutex.protect pair @@ fun () ->
    let once () = if get status_a land updating <> 0 then None else Some (List.map get indexes) in
    match once () with None -> None | Some first -> if once () = Some first then Some (get status_b, first) else None
  in
  let rec read tries =
    match look () with
    | Some (status, words) -> decode ~status words
    | None when tries > 0 ->
        (* It takes two milliseconds. *)
        Picos.Fiber.sleep ~seconds:0.001;
        read (tries - 1)
    | None -> Error `Failed
  in
  { name = "CMOS"; read = (fun () -> read 20) }

(* {1 Others} *)

let pl031 ({ read; count; _ } : Registers.t) =
  if count < 1 then invalid_arg "Rtc.pl031: a register is needed";
  { name = "PL031"; read = (fun () -> Ok (ns (read 0 land 0xffff_ffff))) }

(* Reading the low word keeps the high one. *)
let goldfish ({ read; count; _ } : Registers.t) =
  if count < 2 then invalid_arg "Rtc.goldfish: two registers are needed";
  let read () =
    Mutex.protect pair @@ fun () ->
    let low = read 0 in
    let high = read 1 in
    if high >= 1 lsl 30 then malformed "the clock is after the year 2116" else Ok ((high lsl 32) lor low)
  in
  { name = "goldfish"; read }

let all () =
  match Machine.read () with
  | None -> []
  | Some machine ->
      List.concat
        (List.mapi
           (fun index (clock : Machine.clock) ->
             match (Machine.clock_registers index, clock.kind) with
             | None, _ -> []
             | Some registers, Cmos { century_index } -> [ cmos ?century:century_index registers ]
             | Some registers, Pl031 -> [ pl031 registers ]
             | Some registers, Goldfish -> [ goldfish registers ])
           machine.clocks)
