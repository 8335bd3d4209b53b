(* SPDX-License-Identifier: ISC
   A controller that is a program: registers, an administration that makes queues, and a disk in memory. *)

module Dma = Machine.Dma

type queue = {
  number : int;
  entries : int;
  submissions : Dma.t;
  mutable completions : Dma.t;
  mutable head : int;  (** of the submissions *)
  mutable tail : int;  (** as the driver said *)
  mutable next : int;  (** completion *)
  mutable phase : int;
  mutable taken : int;  (** completions that the driver has said to have taken *)
}

type t = {
  access : Nvme.Access.t;
  registers : (int, int) Hashtbl.t;
  queues : queue option array;
  completion_queues : (int, Dma.t) Hashtbl.t;
  kicked : Device_interrupt.t;
  interrupts : Device_interrupt.t array;
  content : Bytes.t;
  limit : int;  (** of a command's data, as a power of two of pages; 0: none *)
  gone : bool ref;
  shared : bool;  (** one interrupt for all: a pin, of which only the rise is seen *)
  mutable raised : bool;
  mutable masked : bool;
}

let sector = 512
let sectors = 2048

let queue ~number ~entries ~submissions ~completions =
  {
    number;
    entries;
    submissions = Dma.view submissions (64 * entries);
    completions = Dma.view completions (16 * entries);
    head = 0;
    tail = 0;
    next = 0;
    phase = 1;
    taken = 0;
  }

let register t at = Option.value (Hashtbl.find_opt t.registers at) ~default:0

let enable t =
  let sizes = register t 0x24 in
  let address at = register t at lor (register t (at + 4) lsl 32) in
  t.queues.(0) <-
    Some (queue ~number:0 ~entries:((sizes land 0xfff) + 1) ~submissions:(address 0x28) ~completions:(address 0x30));
  Hashtbl.replace t.registers 0x1c 1

let disable t =
  Array.fill t.queues 0 (Array.length t.queues) None;
  Hashtbl.replace t.registers 0x1c 0

(* The pin is as the queues are. *)
let set_pin t =
  let has_some = function Some queue -> queue.next <> queue.taken | None -> false in
  let raised = (not t.masked) && Array.exists has_some t.queues in
  if raised && not t.raised then Device_interrupt.raise t.interrupts.(0);
  t.raised <- raised

let setting = Mutex.create ()
let set_pin t = Mutex.protect setting (fun () -> set_pin t)

let write t at n =
  if at >= 0x1000 then begin
    let index = (at - 0x1000) / 4 in
    match t.queues.(index / 2) with
    | Some queue when index land 1 = 0 ->
        queue.tail <- n;
        Device_interrupt.raise t.kicked
    | Some queue ->
        queue.taken <- n;
        set_pin t
    | None -> ()
  end
  else begin
    Hashtbl.replace t.registers at n;
    if at = 0xc || at = 0x10 then begin
      t.masked <- at = 0xc;
      set_pin t
    end;
    if at = 0x14 then if n land 1 = 1 then enable t else disable t
  end

let create ?(shared = false) ?(limit = 1) ?(entries = 16) () =
  let gone = ref false in
  let rec t =
    lazy
      {
        access =
          {
            name = "fake";
            read32 = (fun at -> if !gone then 0xffff_ffff else register (Lazy.force t) at);
            write32 = (fun at n -> if not !gone then write (Lazy.force t) at n);
            interrupt =
              (fun queue ->
                let queue = if shared then 0 else queue in
                (queue, (Lazy.force t).interrupts.(queue)));
            shared;
          };
        registers = Hashtbl.create 16;
        queues = Array.make 8 None;
        completion_queues = Hashtbl.create 4;
        kicked = Device_interrupt.soft ();
        interrupts = Array.init 8 (fun _ -> Device_interrupt.soft ());
        content = Bytes.make (sector * sectors) '\000';
        limit;
        gone;
        shared;
        raised = false;
        masked = false;
      }
  in
  let t = Lazy.force t in
  Hashtbl.replace t.registers 0 ((2 lsl 24) lor (entries - 1));
  Hashtbl.replace t.registers 8 0x10400;
  t

type command = { opcode : int; identity : int; first : int; second : int; cdw10 : int; cdw11 : int; cdw12 : int }

let take queue =
  if queue.head = queue.tail then None
  else begin
    let at = queue.head * 64 in
    let word n = Dma.get32 queue.submissions (at + (4 * n)) in
    let address n = word n lor (word (n + 1) lsl 32) in
    queue.head <- (queue.head + 1) mod queue.entries;
    let identity = word 0 lsr 16 in
    Some
      {
        opcode = word 0 land 0xff;
        identity;
        first = address 6;
        second = address 8;
        cdw10 = word 10;
        cdw11 = word 11;
        cdw12 = word 12;
      }
  end

(* Says that a command is completed, or whatever else it pleases. *)
let complete ?(word = 0) ?(status = 0) ?number t queue identity =
  let at = queue.next * 16 in
  Dma.set32 queue.completions at word;
  Dma.set32 queue.completions (at + 8) (queue.head lor (Option.value number ~default:queue.number lsl 16));
  Machine.Mmio.barrier ();
  Dma.set32 queue.completions (at + 12) (identity lor (queue.phase lsl 16) lor (status lsl 17));
  queue.next <- queue.next + 1;
  if queue.next = queue.entries then begin
    queue.next <- 0;
    queue.phase <- 1 - queue.phase
  end;
  if t.shared then set_pin t else Device_interrupt.raise t.interrupts.(queue.number)

(* The pieces of a command's data, as the two pointers tell. *)
let pieces command length =
  let page = 4096 in
  let first = min length (page - (command.first land (page - 1))) in
  let rest = length - first in
  let others =
    if rest = 0 then []
    else if rest <= page then [ (command.second, rest) ]
    else
      let pages = (rest + page - 1) / page in
      let list = Dma.view command.second (8 * pages) in
      List.init pages (fun i -> (Int64.to_int (Dma.get64 list (8 * i)), min page (rest - (i * page))))
  in
  (command.first, first) :: others

let read_all command length = String.concat "" (List.map (fun (at, n) -> Dma.sub_string (Dma.view at n) 0 n) (pieces command length))

let write_all command text =
  ignore
    (List.fold_left
       (fun done_ (at, n) ->
         Dma.blit_from_string text done_ (Dma.view at n) 0 n;
         done_ + n)
       0
       (pieces command (String.length text)))

let identify t command =
  let page = Bytes.make 4096 '\000' in
  (match command.cdw10 with
  | 2 -> Bytes.set_int32_le page 0 1l
  | 1 ->
      Bytes.blit_string (Printf.sprintf "%-20s%-40s" "fake serial" "fake model") 0 page 4 60;
      Bytes.set_uint8 page 77 t.limit;
      Bytes.set_uint16_le page 520 0xc;
      Bytes.set_uint8 page 525 1
  | _ ->
      Bytes.set_int64_le page 0 (Int64.of_int sectors);
      Bytes.set_int32_le page 128 (Int32.of_int (9 lsl 16)));
  write_all command (Bytes.to_string page)

let queue_of t ~number ~entries submissions =
  let completions = Hashtbl.find t.completion_queues number in
  { (queue ~number ~entries ~submissions ~completions:(Dma.bus_address completions)) with completions }

let administer t queue command =
  let number = command.cdw10 land 0xffff and entries = (command.cdw10 lsr 16) + 1 in
  let word =
    match command.opcode with
    | 6 -> identify t command; 0
    | 9 -> 1 lor (1 lsl 16)
    | 5 ->
        Hashtbl.replace t.completion_queues number (Dma.view command.first (16 * entries));
        0
    | 1 ->
        let made = queue_of t ~number ~entries command.first in
        t.queues.(number) <- Some made;
        0
    | _ -> 0
  in
  complete t queue ~word command.identity

let serve_disk t queue command =
  let at = (command.cdw10 lor (command.cdw11 lsl 32)) * sector and length = ((command.cdw12 land 0xffff) + 1) * sector in
  let status =
    match command.opcode with
    | 0 -> 0
    | 1 -> Bytes.blit_string (read_all command length) 0 t.content at length; 0
    | 2 -> write_all command (Bytes.sub_string t.content at length); 0
    | 8 -> Bytes.fill t.content at length '\000'; 0
    | 9 -> 0
    | _ -> 1
  in
  complete t queue ~status command.identity

(* [handle] does what becomes of the commands of the disk's queues. *)
let serve ?(handle = serve_disk) t =
  let rec go seen =
    Array.iteri
      (fun number queue ->
        let rec all queue =
          match take queue with
          | Some command ->
              if number = 0 then administer t queue command else handle t queue command;
              (* It may have been reset. *)
              if t.queues.(number) <> None then all queue
          | None -> ()
        in
        Option.iter all queue)
      t.queues;
    go (Device_interrupt.await t.kicked ~seen)
  in
  go 0
