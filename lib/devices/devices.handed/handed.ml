(* SPDX-License-Identifier: ISC *)

open Picos_std_structured
module Memory = Memory
module Ring_end = Ring_end
module Signal = Signal

type net = { mac : string; mtu : int; send : string -> (unit, int) result; receive : unit -> (string, int) result }

type disk = {
  count : int;
  read_only : bool;
  read : first:int -> count:int -> (bytes, int) result;
  write : first:int -> bytes -> (unit, int) result;
  flush : unit -> (unit, int) result;
}

type device = Net of net | Disk of disk

(* Where what is *)

let magic = 0x76656462
let page = 4096
let block = 4096
let whole size = (size + page - 1) / page * page

type layout = { capacity : int; inbound : int; outbound : int; buffers : int; buffer_size : int }

let layout device =
  let capacity, buffer_size = match device with Net _ -> (64, 2048) | Disk _ -> (16, 65536) in
  let stack = whole (Ring_end.size capacity) in
  { capacity; inbound = page; outbound = page + stack; buffers = page + (2 * stack); buffer_size }

let size device =
  let { capacity; buffers; buffer_size; _ } = layout device in
  buffers + (capacity * buffer_size)

let format device (memory : Memory.t) =
  let { capacity; inbound; outbound; buffers; buffer_size } = layout device in
  let set32 = Memory.set32 memory and set64 = Memory.set64 memory in
  memory.write 0 (Bytes.make page '\000') 0 page;
  Ring_end.format memory inbound capacity;
  Ring_end.format memory outbound capacity;
  set32 4 1;
  set32 8 (match device with Net _ -> 1 | Disk _ -> 2);
  set32 12 capacity;
  set64 24 inbound;
  set64 32 outbound;
  set64 40 buffers;
  set32 48 capacity;
  set32 52 buffer_size;
  (match device with
  | Net { mac; mtu; _ } ->
      memory.write 64 (Bytes.of_string mac) 0 6;
      set32 72 mtu
  | Disk { count; read_only; _ } ->
      set32 64 (Bool.to_int read_only);
      set64 72 count);
  set32 0 magic

type t = {
  device : device;
  memory : Memory.t;
  layout : layout;
  inbound : Ring_end.t;
  outbound : Ring_end.t;
  kicks : Signal.t;
  announced : Signal.t;
  given : Signal.t;  (** something came into [sends] or [offers] *)
  mutex : Mutex.t;  (** for what follows, and [inbound] *)
  held : bool array;  (** buffers, from request to answer *)
  mutable outstanding : int;
  sends : Ring_end.item Queue.t;
  offers : Ring_end.item Queue.t;
  mutable failure : string option;
  mutable closed : bool;
}

let create device memory =
  let layout = layout device in
  format device memory;
  {
    device;
    memory;
    layout;
    inbound = Ring_end.create memory layout.inbound layout.capacity;
    outbound = Ring_end.create memory layout.outbound layout.capacity;
    kicks = Signal.create ();
    announced = Signal.create ();
    given = Signal.create ();
    mutex = Mutex.create ();
    held = Array.make layout.capacity false;
    outstanding = 0;
    sends = Queue.create ();
    offers = Queue.create ();
    failure = None;
    closed = false;
  }

let locked t f = Mutex.protect t.mutex f
let kick t = Signal.notify t.kicks
let announced t = t.announced
let is_closed t = locked t (fun () -> t.closed)
let has_ended t = locked t (fun () -> t.closed || t.failure <> None)

let close t =
  locked t (fun () -> t.closed <- true);
  Signal.notify t.kicks;
  Signal.notify t.announced

let fail t why =
  locked t (fun () -> if t.failure = None then t.failure <- Some why);
  Signal.notify t.kicks;
  Signal.notify t.announced

(* The fault of the process ends its session, and nothing else. *)
let guarded t f =
  try f () with
  | Ring_end.Malformed why -> fail t why
  | Memory.No_memory -> fail t "there is no memory for it"

(* Buffers: an item's has been looked at when it was taken. *)

let buffer_at t (item : Ring_end.item) = t.layout.buffers + (item.buffer * t.layout.buffer_size)

let take_data t item length =
  let bytes = Bytes.create length in
  t.memory.read (buffer_at t item) bytes 0 length;
  bytes

(* Answers *)

let failed = 0x100

let answer t (item : Ring_end.item) result =
  let kind, length = match result with Ok length -> (item.kind, length) | Error errno -> (item.kind lor failed, errno) in
  locked t (fun () ->
      t.held.(item.buffer) <- false;
      t.outstanding <- t.outstanding - 1;
      Ring_end.put t.inbound { item with kind; length });
  Signal.notify t.announced

let einval = 22

(* Cards: frames are sent in their order, and come in that of the buffers. *)

let rec next t queue ~seen =
  match locked t (fun () -> Queue.take_opt queue) with
  | Some item -> item
  | None ->
      let seen = Signal.await t.given ~above:seen in
      next t queue ~seen

let next t queue =
  let seen = Signal.count t.given in
  next t queue ~seen

let rec send_all t net =
  let item = next t t.sends in
  let length = item.Ring_end.length in
  answer t item
    (if length = 0 || length > min t.layout.buffer_size (net.mtu + 14) then Error einval
     else Result.map (fun () -> length) (net.send (Bytes.unsafe_to_string (take_data t item length))));
  send_all t net

let rec receive_all t net =
  let item = next t t.offers in
  (match net.receive () with
  | Ok frame ->
      let length = min (String.length frame) t.layout.buffer_size in
      t.memory.write (buffer_at t item) (Bytes.unsafe_of_string frame) 0 length;
      answer t item (Ok length)
  | Error errno -> answer t item (Error errno));
  receive_all t net

(* Disks: each request by itself. *)

let first_block disk (item : Ring_end.item) =
  let count = item.length / block in
  match Int64.unsigned_to_int item.token with
  | Some first when item.length > 0 && item.length mod block = 0 && count <= disk.count && first <= disk.count - count -> Some first
  | _ -> None

let perform t disk (item : Ring_end.item) =
  let within f =
    if item.length > t.layout.buffer_size then Error einval
    else match first_block disk item with None -> Error einval | Some first -> Result.map (fun () -> item.length) (f first)
  in
  answer t item
    (match item.kind with
    | 3 ->
        within (fun first ->
            Result.map
              (fun data -> t.memory.write (buffer_at t item) data 0 item.length)
              (disk.read ~first ~count:(item.length / block)))
    | 4 -> within (fun first -> disk.write ~first (take_data t item item.length))
    | _ -> Result.map (fun () -> 0) (disk.flush ()))

(* Requests *)

let is_kind device kind = match device with Net _ -> kind = 1 || kind = 2 | Disk _ -> kind >= 3 && kind <= 5

let accept t bundle (item : Ring_end.item) =
  if not (is_kind t.device item.kind) then raise (Ring_end.Malformed "a request of no kind");
  if item.buffer < 0 || item.buffer >= t.layout.capacity then raise (Ring_end.Malformed "a buffer that is none");
  locked t (fun () ->
      if t.held.(item.buffer) then raise (Ring_end.Malformed "a buffer that it does not have");
      t.held.(item.buffer) <- true;
      t.outstanding <- t.outstanding + 1);
  match t.device with
  | Net _ ->
      locked t (fun () -> Queue.push item (if item.kind = 1 then t.sends else t.offers));
      Signal.notify t.given
  | Disk disk -> Bundle.fork bundle (fun () -> guarded t (fun () -> perform t disk item))

(* Answers that nobody has taken have their places, so there is always one for those to come. *)
let has_room t = locked t (fun () -> t.outstanding + Ring_end.unread t.inbound < t.layout.capacity)

let rec take_all t bundle =
  if has_room t then
    match Ring_end.get t.outbound with
    | None -> ()
    | Some item ->
        accept t bundle item;
        take_all t bundle

let rec dispatch t bundle ~seen =
  if not (has_ended t) then begin
    guarded t (fun () -> take_all t bundle);
    if not (has_ended t) then dispatch t bundle ~seen:(Signal.await t.kicks ~above:seen)
  end

let run t =
  Bundle.join_after ~on_return:`Terminate (fun bundle ->
      (match t.device with
      | Net net ->
          Bundle.fork bundle (fun () -> guarded t (fun () -> send_all t net));
          Bundle.fork bundle (fun () -> guarded t (fun () -> receive_all t net))
      | Disk _ -> ());
      dispatch t bundle ~seen:(-1));
  match t.failure with Some why -> Error why | None -> Ok ()
