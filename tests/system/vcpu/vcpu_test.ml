(* SPDX-License-Identifier: ISC *)

open Process

external user_code : unit -> string = "user_code"
external offset : int -> int = "user_offset"
external hostile_count : unit -> int = "user_hostile_count"
external hostile_offset : int -> int = "user_hostile_offset"

let code_at = 0x400000
let data_at = 0x10000000
let stack_at = 0x20000000
let calls = offset 0
let spins = offset 1
let stores = offset 2
let loads = offset 3
let jumps = offset 4
let counts = offset 5
let adds = offset 6
let touches = offset 7
let floats = offset 8
let keeps_vectors = offset 9
let shows_vectors = offset 10
let check what holds = Printf.printf "%s: %b\n%!" what holds
let expect what answer = if answer <> Space.Done then failwith what

let refused what f =
  check what (match f () with _ -> false | exception Invalid_argument _ -> true)

let fill space at text =
  let count = Space.copy_string_out space at text 0 (String.length text) in
  if count <> String.length text then failwith "fill"

let new_space () =
  let space = Space.create () in
  let code = user_code () in
  let pages = (String.length code + Space.page_size - 1) / Space.page_size in
  expect "code" (Space.map space code_at ~pages Space.read_write);
  fill space code_at code;
  Space.protect space code_at ~pages Space.read_execute;
  expect "data" (Space.map space data_at ~pages:4 Space.read_write);
  expect "stack" (Space.map space stack_at ~pages:4 Space.read_write);
  space

let thread space code arguments =
  let v = Vcpu.create space in
  Vcpu.set_pc v (code_at + code);
  Vcpu.set_stack_pointer v (stack_at + (4 * Space.page_size) - 64);
  List.iteri (Vcpu.set_argument v) arguments;
  v

let run ?(deadline = max_int) v = Vcpu.run v ~deadline
let word space at =
  let bytes = Bytes.create 8 in
  if Space.copy_in space at bytes 0 8 <> 8 then failwith "word";
  Bytes.get_int64_le bytes 0

let set_word space at value =
  let bytes = Bytes.create 8 in
  Bytes.set_int64_le bytes 0 value;
  if Space.copy_out space at bytes 0 8 <> 8 then failwith "set_word"

let ms n = Vcpu.now () + (n * 1_000_000)

(* Spaces, without anybody in them. *)
let spaces () =
  let s = Space.create () in
  refused "a page below all" (fun () -> Space.map s 0 ~pages:1 Space.read);
  refused "a page above all" (fun () -> Space.map s Space.limit ~pages:1 Space.read);
  refused "a range over the end" (fun () -> Space.map s (Space.limit - 4096) ~pages:2 Space.read);
  refused "a range round the end" (fun () -> Space.map s (Space.limit - 4096) ~pages:max_int Space.read);
  refused "no pages" (fun () -> Space.map s 0x10000 ~pages:0 Space.read);
  refused "a negative count" (fun () -> Space.map s 0x10000 ~pages:(-1) Space.read);
  refused "an odd address" (fun () -> Space.map s 0x10001 ~pages:1 Space.read);
  refused "the kernel's half" (fun () -> Space.map s (-0x80000000) ~pages:1 Space.read);
  refused "a share that overlaps" (fun () -> Space.share s 0x10000 ~into:s 0x11000 ~pages:2 Space.read);
  refused "bytes that are not there" (fun () -> Space.copy_in s 0x10000 (Bytes.create 4) 2 3);
  check "more than memory" (Space.map s 0x10000 ~pages:(1 lsl 24) Space.read = No_memory);
  check "then nothing is mapped" (Space.pages s = 0);
  expect "map" (Space.map s 0x10000 ~pages:3 Space.read_write);
  check "twice" (Space.map s 0x12000 ~pages:2 Space.read = Page_exists && Space.pages s = 3);
  set_word s 0x11ffc 0x1122334455667788L;
  check "over the edge of pages" (word s 0x11ffc = 0x1122334455667788L);
  let t = Space.create () in
  expect "share" (Space.share s 0x10000 ~into:t 0x20000 ~pages:8 Space.read);
  check "shared content" (word t 0x21ffc = 0x1122334455667788L);
  check "shared pages are read-only" (Space.copy_out t 0x20000 (Bytes.create 8) 0 8 = 0);
  check "and known as such" (match Space.query t 0x20000 with Some { shared; _ } -> shared | None -> false);
  expect "unshare" (Space.unshare t 0x21000 Space.read_write);
  expect "unshare" (Space.unshare t 0x22000 Space.read_write);
  set_word t 0x21ffc 1L;
  check "a copy of its own" (word s 0x11ffc = 0x1122334455667788L && word t 0x21ffc = 1L);
  Space.unmap s 0x10000 ~pages:2;
  check "unmapped" (Space.query s 0x11000 = None && Space.query t 0x20000 <> None);
  check "an alone one stays where it is" (Space.unshare t 0x20000 Space.read_write = Done);
  check "what is not there" (Space.unshare t 0x30000 Space.read_write = No_page);
  Space.protect t 0x20000 ~pages:1 Space.none;
  check "no rights" (Space.copy_in t 0x20000 (Bytes.create 1) 0 1 = 0);
  Space.protect t 0x20000 ~pages:1 Space.read;
  check "content stays" (word t 0x20000 = 0L);
  check "a count that ends at a hole" (Space.copy_in t 0x22ff0 (Bytes.create 4096) 0 4096 = 16);
  check "copies from nowhere" (Space.copy_in t (-1) (Bytes.create 4) 0 4 = 0 && Space.copy_in t 0 (Bytes.create 4) 0 4 = 0);
  Space.clear t;
  check "cleared" (Space.pages t = 0 && Space.tables t = 1 && Space.map t 0x10000 ~pages:1 Space.read = No_page);
  Space.clear s

let system_calls () =
  let s = new_space () in
  let v = thread s calls [ 1; 2; 3 ] in
  let untouched = List.filter (fun n -> Vcpu.register v n = 0L) (List.init Vcpu.general Fun.id) in
  List.iter (fun n -> Vcpu.set_register v n (Int64.add 0x1234567800000000L (Int64.of_int n))) untouched;
  Vcpu.set_thread_pointer v 0x765432000;
  check "a call" (run v = Call);
  let call_pc = Vcpu.pc v in
  check "arguments" (Vcpu.argument v 0 = 1 && Vcpu.argument v 1 = 2 && Vcpu.argument v 2 = 3);
  let kept = ref 0 and calls = ref 0 in
  let words = Gc.minor_words () in
  for i = 1 to 1000 do
    Vcpu.set_result v i;
    if run v = Call && Vcpu.pc v = call_pc then incr calls
  done;
  let words = Gc.minor_words () -. words in
  List.iter
    (fun n -> if Vcpu.register v n = Int64.add 0x1234567800000000L (Int64.of_int n) then incr kept)
    untouched;
  (* The result; on x86_64 what the instruction loses, and registers that are not there; on riscv64 x0. *)
  check "a thousand calls" (!calls = 1000);
  check "that allocate nothing" (words < 100.);
  check "registers are kept" (List.length untouched - !kept <= 20 && !kept >= 8);
  check "the thread pointer" (Vcpu.thread_pointer v = 0x765432000);
  Vcpu.set_pc v (-0x7fe00000);
  refused "a pc of the kernel" (fun () -> run v);
  Vcpu.set_pc v Space.limit;
  refused "a pc above user mode" (fun () -> run v);
  Vcpu.set_pc v (code_at + spins);
  Vcpu.set_flags v (-1);
  check "any flags" (match run ~deadline:(ms 2) v with Slice | Fault -> true | _ -> false);
  refused "no such register" (fun () -> Vcpu.register v 32);
  refused "no such argument" (fun () -> Vcpu.argument v 6);
  Space.clear s;
  Vcpu.set_pc v code_at;
  check "a cleared space" (run v = Fault && (Vcpu.fault v).kind = Fetch)

let fault_is v kind address =
  run v = Fault && (Vcpu.fault v).kind = kind && (Vcpu.fault v).address = address

let faults () =
  let s = new_space () in
  let at = 0x30000123 and page = 0x30000000 in
  let v = thread s stores [ at ] in
  check "a write to nothing" (fault_is v Write at);
  check "again" (fault_is v Write at);
  expect "map" (Space.map s page ~pages:1 Space.read);
  check "to what is read-only" (fault_is v Write at);
  Space.protect s page ~pages:1 Space.read_write;
  check "to what may be written" (run v = Call);
  let v = thread s loads [ at ] in
  check "a read" (run v = Call);
  Space.protect s page ~pages:1 Space.none;
  let v = thread s loads [ at ] in
  check "a read without rights" (fault_is v Read at);
  Space.unmap s page ~pages:1;
  check "a read of nothing" (fault_is v Read at);
  let v = thread s jumps [ data_at ] in
  check "data is not run" (fault_is v Fetch data_at);
  let v = thread s jumps [ 0 ] in
  check "a jump to null" (fault_is v Fetch 0);
  let v = thread s stores [ code_at ] in
  check "code is not written" (fault_is v Write code_at);
  List.iter
    (fun at ->
      let v = thread s loads [ at ] in
      check "the kernel is not read" (run v = Fault);
      let v = thread s stores [ at ] in
      check "nor written" (run v = Fault);
      let v = thread s jumps [ at land lnot 15 ] in
      check "nor run" (run v = Fault))
    [ -0x7fe00000; -0x4000000000; -0x1800000000; -8; 1 lsl 46; 1 lsl 61 ];
  let v = thread s stores [ stack_at ] in
  Vcpu.set_stack_pointer v (-0x7fe00000);
  check "the stack pointer of a kernel" (run v = Call && Vcpu.stack_pointer v = -0x7fe00000);
  Space.clear s

let hostile () =
  let s = new_space () in
  let survived = ref 0 in
  for i = 0 to hostile_count () - 1 do
    let v = thread s (hostile_offset i) [] in
    (* Whatever comes, this goes on, and an honest one beside it too. *)
    (match run ~deadline:(ms 50) v with Call | Fault | Slice -> () | Kick -> print_endline "a kick");
    (* Once more where it stands, unless its bases are now ones that nobody may have. *)
    (match run ~deadline:(ms 50) v with _ -> () | exception Invalid_argument _ -> ());
    let honest = thread s calls [ 7 ] in
    if run honest = Call && Vcpu.argument honest 0 = 7 then incr survived
  done;
  check "hostile instructions" (!survived = hostile_count () && !survived >= 20);
  Space.clear s

let slices () =
  let s = new_space () in
  let v = thread s spins [] in
  let before = Vcpu.now () in
  let ended = run ~deadline:(before + 20_000_000) v in
  let took = Vcpu.now () - before in
  check "a slice" (ended = Slice && took >= 20_000_000);
  check "one that is over" (run ~deadline:before v = Slice && run ~deadline:(-1) v = Slice);
  Vcpu.kick v;
  check "a kick before" (run v = Kick);
  check "only one" (run ~deadline:(ms 5) v = Slice);
  (* Other threads of the domain run while this one is in user mode. *)
  let kicker = Thread.create (fun () -> Thread.delay 0.02; Vcpu.kick v) () in
  check "a kick by a thread" (run v = Kick);
  Thread.join kicker;
  let inside = Atomic.make false in
  let runner = Domain.spawn (fun () -> Atomic.set inside true; run v) in
  while not (Atomic.get inside) do Thread.yield () done;
  Thread.delay 0.01;
  refused "run by two" (fun () -> run v);
  for _ = 1 to 10 do Gc.full_major () done;
  Vcpu.kick v;
  check "a kick by a domain, after collections" (Domain.join runner = Kick);
  Space.clear s

(* Every kick ends a run: the two sides count alike, as each kick waits for the last one's end. *)
let kick_race () =
  let s = new_space () in
  let v = thread s calls [] in
  (* On one CPU each costs a turn of the side that waits. *)
  let rounds = if Domain.recommended_domain_count () = 1 then 50 else 3000 in
  let seen = Atomic.make 0 in
  let kicker =
    Domain.spawn (fun () ->
        for i = 1 to rounds do
          Vcpu.kick v;
          while Atomic.get seen < i do Domain.cpu_relax () done
        done)
  in
  let calls = ref 0 in
  while Atomic.get seen < rounds do
    match run v with Kick -> Atomic.incr seen | Call -> incr calls | _ -> failwith "kick_race"
  done;
  Domain.join kicker;
  let v = thread s spins [] in
  let seen = Atomic.make 0 in
  let kicker =
    Domain.spawn (fun () ->
        for i = 1 to rounds do
          Vcpu.kick v;
          while Atomic.get seen < i do Domain.cpu_relax () done
        done)
  in
  while Atomic.get seen < rounds do
    match run v with Kick -> Atomic.incr seen | _ -> failwith "kick_race"
  done;
  Domain.join kicker;
  check "no kick is lost" true;
  Space.clear s

(* Threads of one process, each by a domain of its own. *)
let parallel () =
  let s = new_space () in
  let times = 20_000 and touched = 0x40000000 and pages = 64 in
  let work i =
    let v = thread s adds [ data_at; times ] in
    Vcpu.set_stack_pointer v (stack_at + ((i + 1) * Space.page_size) - 64);
    if run v <> Call then failwith "adds";
    (* Demand paging of the same pages, which others unmap and bring at the same time. *)
    let v = thread s touches [ touched; pages ] in
    let rec go () =
      match run v with
      | Call -> ()
      | Fault when (Vcpu.fault v).kind = Write ->
          (match Space.map s ((Vcpu.fault v).address land lnot 4095) ~pages:1 Space.read_write with
          | Done | Page_exists -> ()
          | _ -> failwith "map");
          go ()
      | _ -> failwith "touches"
    in
    go ();
    Space.unmap s (touched + (i * 4096 * 8)) ~pages:8;
    go ()
  in
  let domains = List.init 2 (fun i -> Domain.spawn (fun () -> work i)) in
  work 2;
  List.iter Domain.join domains;
  check "threads of one process" (word s data_at = Int64.of_int (3 * times));
  (* A page that is taken away while another CPU uses it is gone there too. *)
  let v = thread s counts [ data_at + 4096 ] in
  let runner = Domain.spawn (fun () -> run v) in
  while word s (data_at + 4096) = 0L do Thread.yield () done;
  Space.unmap s (data_at + 4096) ~pages:1;
  (* By a write, or by the read that an exclusive write begins with. *)
  let address = data_at + 4096 in
  check "shot down" (Domain.join runner = Fault && (Vcpu.fault v).kind <> Fetch && (Vcpu.fault v).address = address);
  Space.clear s

let floating_point () =
  let s = new_space () in
  let times = 300_000 in
  let work i =
    let at = data_at + (i * 64) in
    set_word s at (Int64.bits_of_float 0.);
    set_word s (at + 8) (Int64.bits_of_float (float (i + 1)));
    let v = thread s floats [ at; times ] in
    let mine = ref 1.5 in
    let rec go () =
      match run ~deadline:(ms 1) v with
      | Slice ->
          mine := sqrt (!mine *. 3.) +. float_of_string (string_of_float !mine);
          go ()
      | ended -> ended
    in
    go () = Call && Int64.float_of_bits (word s at) = float ((i + 1) * times)
  in
  let others = List.init 2 (fun i -> Domain.spawn (fun () -> work i)) in
  let mine = work 2 in
  check "sums over slices" (mine && List.for_all Domain.join others);
  let v = thread s keeps_vectors [ data_at ] and w = thread s keeps_vectors [ data_at + 64 ] in
  List.iter (fun at -> set_word s (data_at + at) 0L) [ 8; 72 ];
  set_word s data_at 0x3ff123456789abcdL;
  set_word s (data_at + 64) 0x4001fedcba987654L;
  for i = 1 to 500 do
    if run v <> Call || run w <> Call then failwith "vectors";
    ignore (Sys.opaque_identity (sin (float i)))
  done;
  check "registers over calls" (word s (data_at + 8) = 0L && word s (data_at + 72) = 0L);
  let fresh = thread s shows_vectors [ data_at + 4096 ] in
  check "shown" (run fresh = Call);
  let clean = ref true in
  for i = 0 to 63 do
    if word s (data_at + 4096 + (8 * i)) <> 0L then clean := false
  done;
  check "a fresh one sees nobody's" !clean;
  let copy = Vcpu.create s in
  if run v <> Call then failwith "vectors";
  Vcpu.copy_registers copy ~from:v;
  check "a copy has them all" (Vcpu.pc copy = Vcpu.pc v && run copy = Call && word s (data_at + 8) = 0L);
  Space.clear s

(* A fresh page is zero, whatever was in its frame. *)
let fresh_pages () =
  let clean = ref true in
  let secret = String.make 4096 's' and bytes = Bytes.create 4096 in
  for _ = 1 to 20 do
    let s = Space.create () in
    expect "map" (Space.map s 0x10000 ~pages:64 Space.read_write);
    for i = 0 to 63 do
      if Space.copy_in s (0x10000 + (i * 4096)) bytes 0 4096 <> 4096 then failwith "copy";
      Bytes.iter (fun c -> if c <> '\000' then clean := false) bytes;
      fill s (0x10000 + (i * 4096)) secret
    done;
    Space.clear s
  done;
  check "fresh pages are clean" !clean

let memory () =
  let once () =
    let s = new_space () in
    let v = thread s stores [ 0x30000000 ] in
    if run v <> Fault then failwith "memory";
    expect "map" (Space.map s 0x30000000 ~pages:1 Space.read_write);
    if run v <> Call then failwith "memory";
    Space.clear s
  in
  let limit () =
    (* What the machine still gives, to a tenth of a megabyte. *)
    Gc.full_major ();
    Gc.full_major ();
    let s = Space.create () in
    let rec grow at step =
      if step = 0 then Space.pages s
      else
        match Space.map s at ~pages:step Space.read with
        | Done -> grow (at + (step * 4096)) step
        | _ -> grow at (step / 2)
    in
    let n = grow 0x10000 4096 in
    Space.clear s;
    n
  in
  for _ = 1 to 100 do once () done;
  let before = limit () in
  for _ = 1 to 1000 do once () done;
  let after = limit () in
  if abs (before - after) > 64 then Printf.printf "%d pages before, %d after\n" before after;
  check "memory comes back" (abs (before - after) <= 64)

let () =
  List.iter
    (fun (name, test) ->
      Printf.printf "-- %s\n%!" name;
      test ())
    [
      ("spaces", spaces);
      ("system calls", system_calls);
      ("faults", faults);
      ("hostile", hostile);
      ("slices", slices);
      ("kick race", kick_race);
      ("parallel", parallel);
      ("floating point", floating_point);
      ("fresh pages", fresh_pages);
      ("memory", memory);
    ]
