(* SPDX-License-Identifier: ISC *)

open Picos
module Pool = Pool
module Awaitable = Picos_std_awaitable.Awaitable
module Trace = Picox_trace

type 'kind t = {
  ring : Ring.t;
  kinds : 'kind array;
  pool : Pool.t option;
  items : unit Awaitable.t;  (** who waits for some *)
  room : unit Awaitable.t;
  closed : bool Atomic.t;
  name : Trace.name;
}

type 'kind item = { kind : 'kind; token : int; length : int; buffer : Pool.buffer option }

exception Closed
exception Malformed

let unnamed = Trace.name "data stack"

let create ?(name = unnamed) ?pool ~kinds ~capacity () =
  {
    ring = Ring.create capacity;
    kinds;
    pool;
    items = Awaitable.make_contended ();
    room = Awaitable.make_contended ();
    closed = Atomic.make false;
    name;
  }

type ('inbound, 'outbound) pair = { inbound : 'inbound t; outbound : 'outbound t }

let in_name = Trace.name "inbound"
let out_name = Trace.name "outbound"

let pair ?pool ~inbound ~outbound ~capacity () =
  { inbound = create ~name:in_name ?pool ~kinds:inbound ~capacity (); outbound = create ~name:out_name ?pool ~kinds:outbound ~capacity () }

let depth t = Ring.depth t.ring
let capacity t = Ring.capacity t.ring

(* {1 Items as integers} *)

let rec index kinds kind i =
  if i = Array.length kinds then invalid_arg "Picox_data_stack: a kind that is not the stack's"
  else if Array.unsafe_get kinds i == kind then i
  else index kinds kind (i + 1)

let most_length = (1 lsl 32) - 1

(* The number of an item's buffer, from 1; 0 for none. It is nobody's then. *)
let release t item =
  match item.buffer with
  | None -> 0
  | Some buffer ->
      if not (match t.pool with None -> false | Some pool -> Pool.is_of pool buffer) then
        invalid_arg "Picox_data_stack: a buffer of another pool";
      1 + Pool.release buffer

let retake item number = match item.buffer with None -> () | Some buffer -> Pool.retake buffer (number - 1)

let encode t words at item =
  let kind = index t.kinds item.kind 0 in
  if item.length < 0 || item.length > most_length then invalid_arg "Picox_data_stack: length";
  words.(at + 1) <- release t item;
  words.(at) <- item.token;
  words.(at + 2) <- item.length;
  words.(at + 3) <- kind

let buffer_of t number =
  if number = 0 then None
  else
    match Option.bind t.pool (fun pool -> Pool.own pool (number - 1)) with
    | None -> raise Malformed
    | some -> some

let decode t words at =
  let buffer = buffer_of t words.(at + 1) and kind = words.(at + 3) in
  if kind < 0 || kind >= Array.length t.kinds then begin
    Option.iter Pool.give_back buffer;
    raise Malformed
  end;
  { kind = t.kinds.(kind); token = words.(at); length = words.(at + 2); buffer }

(* {1 Waiting} *)

(* As many waits end as there are items, or places, that have come: each wakes one who then looks. *)
let rec signal awaitable count =
  if count > 0 then begin
    Awaitable.signal awaitable;
    signal awaitable (count - 1)
  end

(* Who changes what is looked for signals afterwards. *)
let wait_for t awaitable announce look =
  let trigger = Trigger.create () in
  let awaiter = Awaitable.Awaiter.add awaitable trigger in
  announce t.ring true;
  if look t.ring || Atomic.get t.closed then begin
    announce t.ring false;
    Awaitable.Awaiter.remove awaiter
  end
  else
    let outcome = Trigger.await trigger in
    announce t.ring false;
    match outcome with
    | None -> ()
    | Some (exn, bt) ->
        Awaitable.Awaiter.remove awaiter;
        Printexc.raise_with_backtrace exn bt

let wait_for_room t = wait_for t t.room Ring.putter_waits Ring.can_put
let wait_for_items t = wait_for t t.items Ring.getter_waits Ring.can_get

(* {1 Putting} *)

let check_open t = if Atomic.get t.closed then raise Closed

let trace_depth t = if !Trace.active then Trace.counter t.name (Ring.depth t.ring)

let put_words t words count =
  let put = Ring.put t.ring words count in
  trace_depth t;
  signal t.items put;
  put

let try_put t item =
  check_open t;
  let words = [| 0; 0; 0; 0 |] in
  encode t words 0 item;
  put_words t words 1 = 1
  || begin
       retake item words.(1);
       false
     end

let rec put t item =
  if not (try_put t item) then begin
    wait_for_room t;
    put t item
  end

let most_at_once = 32

let rec encode_some t words count = function
  | item :: rest when count < most_at_once -> (
      match encode t words (count * Ring.words) item with
      | () -> encode_some t words (count + 1) rest
      | exception exn when count > 0 ->
          (* The next batch raises it: those before it are put first. *)
          ignore exn;
          count)
  | _ -> count

(* Those of the first [count] from [put] on are the caller's again. *)
let rec retake_rest words put count items =
  match items with
  | item :: rest when count > 0 ->
      retake item words.(put * Ring.words + 1);
      retake_rest words (put + 1) (count - 1) rest
  | _ -> ()

let rec drop n = function _ :: rest when n > 0 -> drop (n - 1) rest | items -> items

let rec put_all t = function
  | [] -> ()
  | items ->
      check_open t;
      let words = Array.make (most_at_once * Ring.words) 0 in
      let count = encode_some t words 0 items in
      let put = put_words t words count in
      let rest = drop put items in
      if put < count then begin
        retake_rest words put (count - put) rest;
        wait_for_room t
      end;
      put_all t rest

(* {1 Getting} *)

let get_words t words most =
  let got = Ring.get t.ring words most in
  trace_depth t;
  signal t.room got;
  got

let try_get t =
  let words = [| 0; 0; 0; 0 |] in
  if get_words t words 1 = 1 then Some (decode t words 0) else None

(* Empty, and nothing comes any more. *)
let is_over t = Atomic.get t.closed && not (Ring.can_get t.ring)

let rec get t =
  match try_get t with
  | Some item -> item
  | None ->
      if is_over t then raise Closed;
      wait_for_items t;
      get t

let give_back item = Option.iter Pool.give_back item.buffer

(* Where one is malformed the buffers of all others go back. *)
let rec decode_from t words i count =
  if i = count then []
  else
    match decode t words (i * Ring.words) with
    | item -> (
        match decode_from t words (i + 1) count with
        | rest -> item :: rest
        | exception Malformed ->
            give_back item;
            raise Malformed)
    | exception Malformed ->
        (match decode_from t words (i + 1) count with rest -> List.iter give_back rest | exception Malformed -> ());
        raise Malformed

let rec get_some t ~most =
  if most <= 0 then invalid_arg "Picox_data_stack.get_some: most must be positive";
  let most = Int.min most most_at_once in
  let words = Array.make (most * Ring.words) 0 in
  match get_words t words most with
  | 0 ->
      if is_over t then raise Closed;
      wait_for_items t;
      get_some t ~most
  | count -> decode_from t words 0 count

let close t =
  Atomic.set t.closed true;
  Awaitable.broadcast t.items;
  Awaitable.broadcast t.room
