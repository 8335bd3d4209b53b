(* SPDX-License-Identifier: ISC *)

open Picos
module Dma = Machine.Dma
module Mmio = Machine.Mmio
module Trace = Picox_trace

type command = {
  opcode : int;
  namespace : int;
  data : (Dma.t * int * int) option;
  cdw10 : int;
  cdw11 : int;
  cdw12 : int;
}

(* The command is kept for its buffer. *)
type pending = {
  command : command; [@warning "-69"]
  trigger : Trigger.t;
  mutable result : (int, Device.error) result;
}

type t = {
  access : Access.t;
  number : int;
  name : Trace.name;
  entries : int;
  submissions : Dma.t;
  completions : Dma.t;
  lists : Dma.t;  (** a page for each command, for the addresses of its data's pages *)
  doorbell : completion:bool -> int;
  interrupt : Device_interrupt.t;
  mutex : Mutex.t;
  commands : pending option array;  (** in flight, by identity *)
  free : int array;  (** identities, of which the first [free_count] are *)
  mutable free_count : int;
  mutable tail : int;
  mutable rung : int;  (** the tail that the controller knows *)
  mutable head : int;  (** of the completions *)
  mutable phase : int;
  mutable refused : Device.error option;
  waiting : Trigger.t Stdlib.Queue.t;
}

let page = 4096
let submission_size = 64
let completion_size = 16
let most_data = 2 lsl 20

(* One entry always stays free: a full queue would look like an empty one. *)
let create access ~number ~entries ~doorbell interrupt =
  {
    access;
    number;
    name = Trace.name (Printf.sprintf "%s queue %d" access.name number);
    entries;
    submissions = Dma.create (entries * submission_size);
    completions = Dma.create (entries * completion_size);
    lists = Dma.create (entries * page);
    doorbell;
    interrupt;
    mutex = Mutex.create ();
    commands = Array.make entries None;
    free = Array.init (entries - 1) Fun.id;
    free_count = entries - 1;
    tail = 0;
    rung = 0;
    head = 0;
    phase = 1;
    refused = None;
    waiting = Stdlib.Queue.create ();
  }

let number t = t.number
let entries t = t.entries
let submissions t = t.submissions
let completions t = t.completions
let in_flight t = t.entries - 1 - t.free_count
let trace_depth t = if !Trace.active then Trace.counter t.name (in_flight t)

(* The second pointer: nothing, the second page, or a list of all pages but the first. *)
let second_pointer t identity ~at ~length =
  let first_length = page - (at land (page - 1)) in
  if length <= first_length then 0
  else
    let second = at + first_length in
    let pages = (length - first_length + page - 1) / page in
    if pages = 1 then second
    else begin
      for i = 0 to pages - 1 do
        Dma.set64 t.lists ((identity * page) + (8 * i)) (Int64.of_int (second + (i * page)))
      done;
      Dma.bus_address t.lists + (identity * page)
    end

let write_command t identity command =
  let slot = t.tail * submission_size in
  let set offset n = Dma.set32 t.submissions (slot + offset) n in
  Dma.fill t.submissions slot submission_size '\000';
  set 0 (command.opcode lor (identity lsl 16));
  set 4 command.namespace;
  (match command.data with
  | None -> ()
  | Some (buffer, offset, length) ->
      let at = Dma.bus_address buffer + offset in
      Dma.set64 t.submissions (slot + 24) (Int64.of_int at);
      Dma.set64 t.submissions (slot + 32) (Int64.of_int (second_pointer t identity ~at ~length)));
  set 40 command.cdw10;
  set 44 command.cdw11;
  set 48 command.cdw12

let check command =
  match command.data with
  | None -> ()
  | Some (buffer, offset, length) ->
      Dma.check buffer offset length;
      if length = 0 || length > most_data || offset land 3 <> 0 then invalid_arg "Nvme.Queue: the range of data"

(* With the lock held. *)
let ring_locked t =
  if t.rung <> t.tail then begin
    t.rung <- t.tail;
    Mmio.barrier ();
    t.access.write32 (t.doorbell ~completion:false) t.tail
  end

let ring t = Mutex.protect t.mutex (fun () -> ring_locked t)
let wake_one t = match Stdlib.Queue.take_opt t.waiting with Some trigger -> Trigger.signal trigger | None -> ()

let rec start ?ring:(tell = true) t command =
  Mutex.lock t.mutex;
  match
    match t.refused with
    | Some error -> `Refused error
    | None when t.free_count = 0 ->
        ring_locked t;
        let trigger = Trigger.create () in
        Stdlib.Queue.push trigger t.waiting;
        `Wait trigger
    | None ->
        check command;
        let identity = t.free.(t.free_count - 1) in
        write_command t identity command;
        let pending = { command; trigger = Trigger.create (); result = Error `Reset } in
        t.free_count <- t.free_count - 1;
        t.commands.(identity) <- Some pending;
        t.tail <- (t.tail + 1) mod t.entries;
        trace_depth t;
        if tell then ring_locked t;
        `Started pending
  with
  | exception exn ->
      Mutex.unlock t.mutex;
      raise exn
  | `Refused error ->
      Mutex.unlock t.mutex;
      Error error
  | `Started pending ->
      Mutex.unlock t.mutex;
      Ok pending
  | `Wait trigger -> (
      Mutex.unlock t.mutex;
      match Trigger.await trigger with
      | None -> start ~ring:tell t command
      | Some (exn, bt) ->
          Mutex.protect t.mutex (fun () -> wake_one t);
          Printexc.raise_with_backtrace exn bt)

let wait pending =
  if not (Trigger.is_signaled pending.trigger) then
    Fiber.forbid (Fiber.current ()) (fun () ->
        match Trigger.await pending.trigger with
        | None -> ()
        | Some (exn, bt) -> Printexc.raise_with_backtrace exn bt);
  pending.result

let run t command = match start t command with Ok pending -> wait pending | Error _ as error -> error

let finish pending result =
  pending.result <- result;
  Trigger.signal pending.trigger

(* Kind and code of a status.  Spec: [nvme "Status Field"] *)
let result_of ~word ~status =
  let kind = (status lsr 8) land 7 and code = status land 0xff in
  if kind = 0 && code = 0 then Ok word
  else if kind = 0 && code = 1 then Error `Unsupported (* an opcode that it does not know *)
  else Error `Failed

type taken = Nothing | Completed of pending * (int, Device.error) result | Malformed of string

(* The next completion. With the lock held. *)
let take t =
  let at = t.head * completion_size in
  if Dma.get8 t.completions (at + 14) land 1 <> t.phase then Nothing
  else begin
    (* The phase is written last, and so what is read together with it may be older: a word is read in bytes on
       riscv64. *)
    Mmio.barrier ();
    let last = Dma.get32 t.completions (at + 12) in
    let word = Dma.get32 t.completions at and queue = Dma.get32 t.completions (at + 8) in
    let identity = last land 0xffff and status = last lsr 17 in
    if queue lsr 16 <> t.number then Malformed "the controller completes a command of another queue"
    else if queue land 0xffff >= t.entries then Malformed "the controller has read behind the queue"
    else if identity >= t.entries then Malformed "the controller completes a command that cannot be"
    else
      match t.commands.(identity) with
      | None -> Malformed "the controller completes a command that is not in flight"
      | Some pending ->
          t.commands.(identity) <- None;
          t.free.(t.free_count) <- identity;
          t.free_count <- t.free_count + 1;
          t.head <- t.head + 1;
          if t.head = t.entries then begin
            t.head <- 0;
            t.phase <- 1 - t.phase
          end;
          Completed (pending, result_of ~word ~status)
  end

let most_at_once = 64

let take_some t =
  Mutex.protect t.mutex (fun () ->
      let rec go n taken =
        if n = most_at_once then (taken, None)
        else
          match take t with
          | Nothing -> (taken, None)
          | Malformed what -> (taken, Some what)
          | Completed (pending, result) ->
              wake_one t;
              go (n + 1) ((pending, result) :: taken)
      in
      let taken, malformed = go 0 [] in
      if taken <> [] then begin
        t.access.write32 (t.doorbell ~completion:true) t.head;
        trace_depth t
      end;
      (List.rev taken, malformed))

type step = Idle | More | Broken of string

let step t =
  let taken, malformed = take_some t in
  List.iter (fun (pending, result) -> finish pending result) taken;
  match malformed with Some what -> Broken what | None -> if taken = [] then Idle else More

let interrupt t = t.interrupt

let refuse t error =
  Mutex.protect t.mutex (fun () ->
      if t.refused = None then t.refused <- Some error;
      Stdlib.Queue.iter Trigger.signal t.waiting;
      Stdlib.Queue.clear t.waiting)

let fail t error =
  refuse t error;
  let lost =
    Mutex.protect t.mutex (fun () ->
        let all = List.filter_map Fun.id (Array.to_list t.commands) in
        Array.fill t.commands 0 t.entries None;
        all)
  in
  List.iter (fun pending -> finish pending (Error error)) lost
