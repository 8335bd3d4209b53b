(* SPDX-License-Identifier: ISC *)

open Task

let page_size = Space.page_size
let x86_64 = 62
let aarch64 = 183

(* The process stands still *)

(* To the threads of this domain, and to its fibers. *)
let give_way () =
  Thread.yield ();
  Picos.Fiber.yield ()

let threads p = locked p.system (fun () -> p.threads)
let kick (thread : thread) = Vcpu.kick thread.vcpu

(* [Task.hold] keeps them out of user mode. Who is there, or has passed that already, is kicked, and comes out at once: {!notes} waits for
   that. Until then pages may be written to, but none can come or go, which only the kernel does. *)
let standing p f =
  locked p.system (fun () -> p.dumps <- p.dumps + 1);
  let go_on () =
    locked p.system (fun () -> p.dumps <- p.dumps - 1);
    Wait.wake p.resumed
  in
  Fun.protect ~finally:go_on (fun () ->
      List.iter kick (threads p);
      f ())

(* Memory: runs of pages that are there and may be read *)

type run = { start : int; mutable stop : int; rights : Space.rights }

(* So many pages are looked for in a row. *)
let most_pages = 256

let pages_of p =
  let found = ref [] and count = ref 0 in
  let page (rights : Space.rights) at =
    incr count;
    if !count mod most_pages = 0 then give_way ();
    match !found with
    | run :: _ when run.stop = at && run.rights = rights -> run.stop <- at + page_size
    | _ -> found := { start = at; stop = at + page_size; rights } :: !found
  in
  let space = Memory.space p.memory in
  let rec each rights at stop =
    if at < stop then
      match Space.next space at ~pages:((stop - at) / page_size) with
      | Some found ->
          page rights found;
          each rights (found + page_size) stop
      | None -> ()
  in
  Memory.iter_ranges p.memory (fun start stop rights ->
      if rights <> Space.none then (
        give_way ();
        each rights start stop));
  List.rev !found

(* Registers, in the order of Linux' elf_gregset_t *)

let registers (v : Vcpu.t) =
  let general n = Vcpu.register v n and word n = Int64.of_int n in
  let pc = word (Vcpu.pc v) and flags = word (Vcpu.flags v) in
  if Space.machine = x86_64 then
    let code = 0x33L and data = 0x2bL in
    List.map general [ 15; 14; 13; 12; 5; 3; 11; 10; 9; 8; 0; 1; 2; 6; 7 ]
    @ [ -1L (* no system call *); pc; code; flags; general 4; data; word (Vcpu.thread_pointer v); 0L; 0L; 0L; 0L; 0L ]
  else if Space.machine = aarch64 then List.init 32 general @ [ pc; flags ]
  else pc :: List.init 31 (fun n -> general (n + 1))

(* struct elf_prstatus *)

let pid_at = 32
let registers_at = 112

let status p (thread : thread) =
  let words = registers thread.vcpu in
  let bytes = Bytes.make (registers_at + (8 * List.length words) + 8) '\000' in
  List.iteri
    (fun i n -> Bytes.set_int32_le bytes (pid_at + (4 * i)) (Int32.of_int n))
    [ thread.id; (match p.parent with Some parent -> parent.pid | None -> 0); p.group; p.session ];
  List.iteri (fun i word -> Bytes.set_int64_le bytes (registers_at + (8 * i)) word) words;
  Bytes.unsafe_to_string bytes

(* struct elf_prpsinfo *)
let info p =
  let bytes = Bytes.make 136 '\000' in
  Bytes.set_int32_le bytes 24 (Int32.of_int p.pid);
  let put at most text = Bytes.blit_string text 0 bytes at (min (most - 1) (String.length text)) in
  put 40 16 (Filename.basename p.program);
  put 56 80 p.program;
  Bytes.unsafe_to_string bytes

let pad size = String.make ((4 - (size land 3)) land 3) '\000'

let note kind text =
  let header = Bytes.create 12 in
  List.iteri (fun i n -> Bytes.set_int32_le header (4 * i) (Int32.of_int n)) [ 5; String.length text; kind ];
  Bytes.to_string header ^ "CORE\000\000\000\000" ^ text ^ pad (String.length text)

(* One that is in user mode has none to be read. *)
let rec fp_state v =
  match Vcpu.fp_state v with
  | state -> state
  | exception Invalid_argument _ ->
      give_way ();
      fp_state v

(* The unit's state as Linux has it: FXSAVE's area; vectors, FPSR and FPCR; registers and fcsr. *)
let floating_point (v : Vcpu.t) =
  let state = fp_state v in
  if Space.machine = x86_64 then Bytes.sub_string state 0 512
  else if Space.machine = aarch64 then begin
    let bytes = Bytes.make 528 '\000' in
    Bytes.blit state 0 bytes 0 512;
    Bytes.blit state 520 bytes 512 4;
    Bytes.blit state 512 bytes 516 4;
    Bytes.unsafe_to_string bytes
  end
  else Bytes.sub_string state 0 264

let notes p =
  let threads = threads p in
  (* The other registers are what they are when the unit's could be had. *)
  let of_thread (thread : thread) =
    let unit = floating_point thread.vcpu in
    note 1 (status p thread) ^ note 2 unit
  in
  (* The first thread is first. *)
  let threads = List.sort (fun (a : thread) (b : thread) -> compare a.id b.id) threads in
  match threads with
  | [] -> note 3 (info p)
  | first :: rest -> of_thread first ^ note 3 (info p) ^ String.concat "" (List.map of_thread rest)

(* ELF *)

let header_size = 64
let entry_size = 56
let most_entries = 0xfffe

let header count =
  let bytes = Bytes.make header_size '\000' in
  Bytes.blit_string "\127ELF\002\001\001" 0 bytes 0 7;
  let set16 = Bytes.set_uint16_le bytes in
  set16 16 4 (* ET_CORE *);
  set16 18 Space.machine;
  Bytes.set_int32_le bytes 20 1l;
  Bytes.set_int64_le bytes 32 (Int64.of_int header_size);
  (* riscv64: doubles in their own registers, as its programs are. *)
  if Space.machine = 243 then Bytes.set_int32_le bytes 48 5l;
  set16 52 header_size;
  set16 54 entry_size;
  set16 56 count;
  Bytes.unsafe_to_string bytes

let entry ~kind ~flags ~offset ~at ~size ~in_memory ~align =
  let bytes = Bytes.make entry_size '\000' in
  Bytes.set_int32_le bytes 0 (Int32.of_int kind);
  Bytes.set_int32_le bytes 4 (Int32.of_int flags);
  List.iteri
    (fun i n -> Bytes.set_int64_le bytes (8 + (8 * i)) (Int64.of_int n))
    [ offset; at; 0; size; in_memory; align ];
  Bytes.unsafe_to_string bytes

(* PF_R, PF_W, PF_X *)
let flags_of rights =
  if rights = Space.read_write then 6 else if rights = Space.read_execute then 5 else 4

let up n = (n + page_size - 1) / page_size * page_size

let rec each f = function
  | [] -> Ok ()
  | x :: rest -> ( match f x with Ok () -> each f rest | Error _ as error -> error)

let part_size = 16 * page_size

(* Zeros where something has gone meanwhile. *)
let write_run p out run =
  let space = Memory.space p.memory in
  let rec go at =
    if at >= run.stop then Ok ()
    else
      let count = min part_size (run.stop - at) in
      let bytes = Bytes.make count '\000' in
      give_way ();
      ignore (Space.copy_in space at bytes 0 count);
      match out (Bytes.unsafe_to_string bytes) with Ok () -> go (at + count) | Error _ as error -> error
  in
  go run.start

let rec first n = function [] -> [] | x :: rest -> if n = 0 then [] else x :: first (n - 1) rest

let write p out =
  standing p @@ fun () ->
  let runs = first most_entries (pages_of p) in
  let notes = notes p in
  let count = 1 + List.length runs in
  let notes_at = header_size + (count * entry_size) in
  let front = Buffer.create (notes_at + String.length notes + page_size) in
  Buffer.add_string front (header count);
  Buffer.add_string front
    (entry ~kind:4 ~flags:0 ~offset:notes_at ~at:0 ~size:(String.length notes) ~in_memory:0 ~align:4);
  let place = ref (up (notes_at + String.length notes)) in
  List.iter
    (fun run ->
      let size = run.stop - run.start in
      Buffer.add_string front
        (entry ~kind:1 ~flags:(flags_of run.rights) ~offset:!place ~at:run.start ~size ~in_memory:size ~align:page_size);
      place := !place + size)
    runs;
  Buffer.add_string front notes;
  Buffer.add_string front (String.make (up (Buffer.length front) - Buffer.length front) '\000');
  match out (Buffer.contents front) with Ok () -> each (write_run p out) runs | Error _ as error -> error
