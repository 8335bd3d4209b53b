(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_structured
module Dma = Machine.Dma

type t = {
  access : Access.t;
  stride : int;
  admin : Queue.t;
  mutable queues : Queue.t array;
  mutable most_data : int;
  ended : Device.error Computation.t;
}

let admin t = t.admin
let queues t = t.queues
let most_data t = t.most_data
let finish t error = ignore (Computation.try_return t.ended error)

module Register = struct
  let capabilities = 0x00
  let version = 0x08
  let mask = 0x0c
  let unmask = 0x10
  let configuration = 0x14
  let status = 0x1c
  let admin_sizes = 0x24
  let admin_submissions = 0x28
  let admin_completions = 0x30
  let doorbells = 0x1000
end

(* Opcodes of the administration. *)
let create_submissions = 1
let create_completions = 5
let identify_opcode = 6
let set_features = 9
let number_of_queues = 7
let ready = 1
let fatal = 2
let all_ones = 0xffff_ffff

(* Controllers that have been started and not come to rest since: their memory must not be collected. *)
let alive : t list Atomic.t = Atomic.make []

let rec change_alive change =
  let before = Atomic.get alive in
  if not (Atomic.compare_and_set alive before (change before)) then change_alive change

(* Waits until it is ready, or is not any more, for as long as it says that this may take. *)
let wait_ready (access : Access.t) wanted =
  let units_of_500_ms = access.read32 Register.capabilities lsr 24 in
  let rec go tries =
    let status = access.read32 Register.status in
    if status = all_ones then Error `Gone
    else if status land ready = wanted then Ok ()
    else if status land fatal <> 0 || tries = 0 then Error `Failed
    else begin
      Fiber.sleep ~seconds:0.001;
      go (tries - 1)
    end
  in
  Fiber.forbid (Fiber.current ()) (fun () -> go (500 * (units_of_500_ms + 1)))

let disable (access : Access.t) =
  access.write32 Register.configuration 0;
  wait_ready access 0

let write64 (access : Access.t) at n =
  access.write32 at (n land 0xffff_ffff);
  access.write32 (at + 4) (n lsr 32)

let enable (access : Access.t) admin =
  let last = Queue.entries admin - 1 in
  access.write32 Register.admin_sizes (last lor (last lsl 16));
  write64 access Register.admin_submissions (Dma.bus_address (Queue.submissions admin));
  write64 access Register.admin_completions (Dma.bus_address (Queue.completions admin));
  (* Entries of 64 and 16 bytes, pages of 4 KiB, the NVM command set. *)
  access.write32 Register.configuration ((4 lsl 20) lor (6 lsl 16) lor 1);
  wait_ready access ready

let command ?data ?(namespace = 0) ?(cdw10 = 0) ?(cdw11 = 0) ?(cdw12 = 0) opcode : Queue.command =
  { opcode; namespace; data; cdw10; cdw11; cdw12 }

let ( let* ) = Result.bind

let identify t ~structure ~namespace =
  let buffer = Dma.create 4096 in
  let* _ = Queue.run t.admin (command identify_opcode ~data:(buffer, 0, 4096) ~namespace ~cdw10:structure) in
  Ok buffer

let make_queue access ~stride ~number ~entries =
  let vector, event = access.Access.interrupt number in
  let doorbell ~completion = Register.doorbells + (((2 * number) + Bool.to_int completion) * stride) in
  (vector, Queue.create access ~number ~entries ~doorbell event)

(* A pair of queues, known to the controller. Both are contiguous; completions interrupt. *)
let add_queue t ~entries number =
  let vector, queue = make_queue t.access ~stride:t.stride ~number ~entries in
  let create opcode memory cdw11 =
    let data = (memory, 0, min 4096 (Dma.size memory)) in
    Queue.run t.admin (command opcode ~data ~cdw10:(number lor ((entries - 1) lsl 16)) ~cdw11)
  in
  let* _ = create create_completions (Queue.completions queue) (3 lor (vector lsl 16)) in
  let* _ = create create_submissions (Queue.submissions queue) (1 lor (number lsl 16)) in
  Ok queue

let rec add_queues t ~entries ~count number =
  if number > count then Ok []
  else
    let* queue = add_queue t ~entries number in
    let* others = add_queues t ~entries ~count (number + 1) in
    Ok (queue :: others)

let entries_of access = min 128 ((access.Access.read32 Register.capabilities land 0xffff) + 1)

let set_up_queues t ~queues =
  let* granted =
    Queue.run t.admin
      (command set_features ~cdw10:number_of_queues ~cdw11:((queues - 1) lor ((queues - 1) lsl 16)))
  in
  let count = min queues (min (granted land 0xffff) (granted lsr 16) + 1) in
  let* all = add_queues t ~entries:(entries_of t.access) ~count 1 in
  t.queues <- Array.of_list all;
  let* about = identify t ~structure:1 ~namespace:0 in
  (* In pages of 4 KiB, as a power of two. *)
  let limit = Dma.get8 about 77 in
  if limit > 0 && limit < 9 then t.most_data <- 4096 lsl limit;
  Ok ()

(* Nothing tells that a controller is gone or has failed but its registers. *)
let rec watch t =
  let status = t.access.read32 Register.status and version = t.access.read32 Register.version in
  if version = 0 || version = all_ones then finish t `Gone
  else if status land fatal <> 0 then finish t `Failed
  else begin
    Fiber.sleep ~seconds:0.25;
    watch t
  end

let step t queue =
  match Queue.step queue with
  | Idle -> false
  | More -> true
  | Broken what ->
      finish t (`Malformed what);
      false

let rec serve_queue t queue seen =
  if step t queue then begin
    Fiber.yield ();
    serve_queue t queue seen
  end
  else serve_queue t queue (Device_interrupt.await (Queue.interrupt queue) ~seen)

(* The pin stays raised while any queue has something. It is let go and raised again, if need be, when all have been looked
   at: an interrupt controller may take only that for a new interrupt. *)
let rec serve_all t seen =
  let all = t.admin :: Array.to_list t.queues in
  if List.fold_left (fun more queue -> step t queue || more) false all then begin
    Fiber.yield ();
    serve_all t seen
  end
  else begin
    t.access.write32 Register.mask 1;
    t.access.write32 Register.unmask 1;
    serve_all t (Device_interrupt.await (Queue.interrupt t.admin) ~seen)
  end

let serve t ~queues set_up =
  Bundle.join_after ~on_return:`Terminate @@ fun bundle ->
  let serve_queue queue =
    if not t.access.shared then Bundle.fork bundle (fun () -> serve_queue t queue 0)
  in
  if t.access.shared then Bundle.fork bundle (fun () -> serve_all t 0);
  serve_queue t.admin;
  Bundle.fork bundle (fun () -> watch t);
  Bundle.fork bundle (fun () ->
      match set_up_queues t ~queues with
      | Error error -> finish t error
      | Ok () -> (
          Array.iter serve_queue t.queues;
          match set_up t with None -> finish t `Unsupported | Some body -> body ()));
  Computation.await t.ended

(* Nothing is submitted any more, then the controller lets go of everything, then the commands end. *)
let close t error =
  let all = t.admin :: Array.to_list t.queues in
  List.iter (fun queue -> Queue.refuse queue error) all;
  match disable t.access with
  | Ok () | Error `Gone ->
      List.iter (fun queue -> Queue.fail queue error) all;
      change_alive (List.filter (( != ) t))
  | Error _ -> ()

let start (access : Access.t) ~queues set_up =
  let stride = 4 lsl (access.read32 (Register.capabilities + 4) land 15) in
  let _, admin = make_queue access ~stride ~number:0 ~entries:(min 32 (entries_of access)) in
  let t = { access; stride; admin; queues = [||]; most_data = Queue.most_data; ended = Computation.create () } in
  change_alive (List.cons t);
  match match enable access admin with Error error -> error | Ok () -> serve t ~queues set_up with
  | error ->
      close t error;
      error
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      close t `Reset;
      Printexc.raise_with_backtrace exn bt

let smallest_pages_of (access : Access.t) = (access.read32 (Register.capabilities + 4) lsr 16) land 15

let run (access : Access.t) ~queues set_up =
  if queues <= 0 then invalid_arg "Nvme.Controller.run: queues";
  if access.read32 Register.capabilities = all_ones then `Gone
  else if smallest_pages_of access <> 0 || entries_of access < 2 then `Unsupported
  else match disable access with Error error -> error | Ok () -> start access ~queues set_up
