(* SPDX-License-Identifier: ISC *)

open Picos

(* Bytes in order, and who waits for some or for room. *)
type queue = { bytes : Bytes.t; mutable first : int; mutable count : int; waiting : Trigger.t Queue.t }

let queue size = { bytes = Bytes.create size; first = 0; count = 0; waiting = Queue.create () }
let room queue = Bytes.length queue.bytes - queue.count

let push queue text offset count =
  for i = 0 to count - 1 do
    Bytes.set queue.bytes ((queue.first + queue.count + i) mod Bytes.length queue.bytes) (Bytes.get text (offset + i))
  done;
  queue.count <- queue.count + count

let pop queue text =
  let n = min queue.count (Bytes.length text) in
  for i = 0 to n - 1 do
    Bytes.set text i (Bytes.get queue.bytes ((queue.first + i) mod Bytes.length queue.bytes))
  done;
  queue.first <- (queue.first + n) mod Bytes.length queue.bytes;
  queue.count <- queue.count - n;
  n

let wake queue =
  Queue.iter Trigger.signal queue.waiting;
  Queue.clear queue.waiting

type t = {
  chip : Chip.t;
  mutex : Mutex.t;
  input : queue;
  output : queue;
  mutable serving : bool;  (** the driver is at it *)
  mutable ended : Device.error option;
  counts : Carrier.counts;
}

let size = 4096
let counts t = t.counts
let locked t f = Mutex.protect t.mutex f

(* With the lock held. *)
let apply t =
  if t.ended = None then
    t.chip.interrupts ~receive:((not t.serving) && room t.input > 0) ~transmit:((not t.serving) && t.output.count > 0)

let line t : Carrier.line =
  {
    outgoing =
      (fun bytes ->
        locked t (fun () ->
            let n = pop t.output bytes in
            if n > 0 then wake t.output;
            n));
    sent = ignore;
    room =
      (fun () ->
        locked t (fun () ->
            if not t.serving then begin
              t.serving <- true;
              apply t
            end;
            room t.input));
    incoming =
      (fun bytes n ->
        locked t (fun () ->
            push t.input bytes 0 n;
            wake t.input));
    rest =
      (fun () ->
        locked t (fun () ->
            t.serving <- false;
            apply t));
  }

let rec until t queue is_ready act =
  Mutex.lock t.mutex;
  if is_ready () then begin
    let result = act () in
    if not t.serving then apply t;
    Mutex.unlock t.mutex;
    Ok result
  end
  else
    match t.ended with
    | Some error ->
        Mutex.unlock t.mutex;
        Error error
    | None -> (
        let trigger = Trigger.create () in
        Queue.push trigger queue.waiting;
        Mutex.unlock t.mutex;
        match Trigger.await trigger with
        | None -> until t queue is_ready act
        | Some (exn, bt) -> Printexc.raise_with_backtrace exn bt)

let read t =
  until t t.input
    (fun () -> t.input.count > 0)
    (fun () ->
      let bytes = Bytes.create t.input.count in
      ignore (pop t.input bytes);
      Bytes.unsafe_to_string bytes)

let write t text =
  let bytes = Bytes.unsafe_of_string text in
  let rec from offset =
    if offset = String.length text then Ok ()
    else
      let part () =
        let n = min (room t.output) (String.length text - offset) in
        push t.output bytes offset n;
        n
      in
      match until t t.output (fun () -> t.ended = None && room t.output > 0) part with
      | Ok n -> from (offset + n)
      | Error _ as error -> error
  in
  from 0

let finish t error =
  locked t (fun () ->
      if error <> `Gone then t.chip.interrupts ~receive:false ~transmit:false;
      t.ended <- Some error;
      wake t.input;
      wake t.output)

let run chip interrupt ready =
  let t =
    {
      chip;
      mutex = Mutex.create ();
      input = queue size;
      output = queue size;
      serving = true;
      ended = None;
      counts = Carrier.no_counts ();
    }
  in
  match
    ready t;
    Carrier.run chip (line t) interrupt t.counts
  with
  | error ->
      finish t error;
      error
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      finish t `Reset;
      Printexc.raise_with_backtrace exn bt
