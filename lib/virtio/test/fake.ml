(* SPDX-License-Identifier: ISC
   The device's side: rings, as the specification has them, and a transport whose device is a program. *)

module Dma = Machine.Dma
open Virtio

(* {1 Rings} *)

type ring = {
  entries : int;
  descriptors : Dma.t;
  available : Dma.t;
  used : Dma.t;
  mutable next : int;  (** of the available ring *)
  mutable used_index : int;
}

let ring ~entries ~descriptors ~available ~used =
  {
    entries;
    descriptors = Dma.view descriptors (16 * entries);
    available = Dma.view available (6 + (2 * entries));
    used = Dma.view used (6 + (8 * entries));
    next = 0;
    used_index = 0;
  }

let of_queue queue =
  ring ~entries:(Virtqueue.entries queue) ~descriptors:(Virtqueue.descriptors queue)
    ~available:(Virtqueue.available queue) ~used:(Virtqueue.used queue)

let set_available_event ring n = Dma.set16 ring.used (4 + (8 * ring.entries)) n

type segment = { at : int; length : int; writes : bool }

let rec chain table index =
  let at = 16 * index in
  let address = Int64.to_int (Dma.get64 table at) and length = Dma.get32 table (at + 8) in
  let flags = Dma.get16 table (at + 12) in
  if flags land 4 <> 0 then chain (Dma.view address length) 0
  else
    { at = address; length; writes = flags land 2 <> 0 }
    :: (if flags land 1 <> 0 then chain table (Dma.get16 table (at + 14)) else [])

type request = { head : int; reads : segment list; writable : segment list }

(* The next that is available. *)
let take ring =
  (* Whoever adds one from now on notifies. *)
  set_available_event ring ring.next;
  Machine.Mmio.barrier ();
  if Dma.get16 ring.available 2 = ring.next land 0xffff then None
  else begin
    let head = Dma.get16 ring.available (4 + (2 * (ring.next land (ring.entries - 1)))) in
    ring.next <- ring.next + 1;
    let segments = chain ring.descriptors head in
    let writable, reads = List.partition (fun s -> s.writes) segments in
    Some { head; reads; writable }
  end

(* Says that it is done with it, or whatever else it pleases. *)
let use ring head length =
  let at = 4 + (8 * (ring.used_index land (ring.entries - 1))) in
  Dma.set32 ring.used at head;
  Dma.set32 ring.used (at + 4) length;
  ring.used_index <- ring.used_index + 1;
  Dma.set16 ring.used 2 ring.used_index

let set_used_index ring n = Dma.set16 ring.used 2 n
let used_event ring = Dma.get16 ring.available (4 + (2 * ring.entries))
let available_flags ring = Dma.get16 ring.available 0
let set_used_flags ring n = Dma.set16 ring.used 0 n

let contents segments =
  String.concat "" (List.map (fun s -> Dma.sub_string (Dma.view s.at s.length) 0 s.length) segments)

(* Writes the text into the segments; how much of it found room. *)
let put segments text =
  let rec go segments at =
    match segments with
    | s :: rest when at < String.length text ->
        let n = min s.length (String.length text - at) in
        Dma.blit_from_string text at (Dma.view s.at s.length) 0 n;
        go rest (at + n)
    | _ -> at
  in
  go segments 0

(* {1 Devices} *)

type t = {
  transport : Transport.t;
  rings : ring option array;
  kicked : Device_interrupt.t;  (** a queue has been notified *)
  interrupts : Device_interrupt.t array;
  changed : Device_interrupt.t;
  status : int ref;
  resets : int ref;
}

(* [stuck]: a reset that never comes to its end. *)
let device ?(shared = false) ?(stuck = ref false) ?(gone = ref false) ?(config = "") ?(entries = 16) ~kind ~queues features =
  let kicked = Device_interrupt.soft () and changed = Device_interrupt.soft () in
  let interrupts = Array.init queues (fun _ -> if shared then changed else Device_interrupt.soft ()) in
  let rings = Array.make queues None in
  let status = ref 0 and resets = ref 0 in
  let set_status n =
    if n <> 0 then status := n
    else if not !stuck then begin
      incr resets;
      Array.fill rings 0 queues None;
      status := 0
    end
  in
  let start_queue queue ~entries ~descriptors ~available ~used =
    rings.(queue) <- Some (ring ~entries ~descriptors ~available ~used)
  in
  let config_bytes n offset = Int32.to_int (String.get_int32_le (config ^ "\000\000\000\000") offset) land ((1 lsl (8 * n)) - 1) in
  let transport =
    {
      Transport.name = "fake";
      kind;
      queues;
      features = (fun () -> features lor (1 lsl 32));
      accept = ignore;
      status = (fun () -> if !gone then 0xff else !status);
      set_status;
      queue_size = (fun _ -> entries);
      start_queue;
      notify = (fun _ -> Device_interrupt.raise kicked);
      interrupt = Array.get interrupts;
      changed;
      shared = (if shared then Some (fun () -> 3) else None);
      generation = (fun () -> 0);
      config_size = String.length config;
      config8 = config_bytes 1;
      config16 = config_bytes 2;
      config32 = config_bytes 4;
    }
  in
  { transport; rings; kicked; interrupts; changed; status; resets }

(* Does with each request of each queue what [handle device queue ring request] says, for ever. *)
let serve t handle =
  let rec go seen =
    Array.iteri
      (fun queue ring ->
        let rec all () =
          match ring with
          | Some ring -> (
              match take ring with
              | Some request ->
                  handle queue ring request;
                  Device_interrupt.raise t.interrupts.(queue);
                  (* It may have been reset. *)
                  if t.rings.(queue) <> None then all ()
              | None -> ())
          | None -> ()
        in
        all ())
      t.rings;
    go (Device_interrupt.await t.kicked ~seen)
  in
  go 0
