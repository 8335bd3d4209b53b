(* SPDX-License-Identifier: ISC
   Many domains and threads at what the machine provides for them: futex (mutex, condition), threads, memory mapped
   and unmapped, the clock, signals. Each part draws its steps from a seed and checks what must hold whatever the
   order. Arguments: the seed, the scale (one is some ten thousand operations), the number of domains.
   run: args=1|1|4 cpus=1
   run: args=2|1|4 cpus=2
   run: args=3|1|4 cpus=4
   run: args=4|1|6 cpus=8
   run: args=11|40|4 cpus=1 timeout=1800 full
   run: args=12|40|4 cpus=2 timeout=1800 full
   run: args=13|40|4 cpus=4 timeout=1800 full
   run: args=14|40|8 cpus=8 timeout=1800 full *)

let argument i = int_of_string Sys.argv.(i)
let seed = argument 1
let scale = argument 2
let domain_count = argument 3

(* Runs [work random i] in each of the domains, this one among them. *)
let on_domains part work =
  let run i () = work (Random.State.make [| seed; Hashtbl.hash part; i |]) i in
  let others = List.init (domain_count - 1) (fun i -> Domain.spawn (run (i + 1))) in
  run 0 ();
  List.iter Domain.join others

let say part holds = Printf.printf "%s: %b\n%!" part holds

(* Accounts of which money is only moved: two locks at once, in order. *)
let transfers () =
  let accounts = Array.make 8 1000 and locks = Array.init 8 (fun _ -> Mutex.create ()) in
  on_domains "transfers" (fun random _ ->
      for _ = 1 to 2000 * scale do
        let a = Random.State.int random 8 and b = Random.State.int random 8 in
        if a <> b then begin
          Mutex.lock locks.(min a b);
          Mutex.lock locks.(max a b);
          let sum = Random.State.int random 10 in
          accounts.(a) <- accounts.(a) - sum;
          if Random.State.int random 64 = 0 then Thread.yield ();
          accounts.(b) <- accounts.(b) + sum;
          Mutex.unlock locks.(a);
          Mutex.unlock locks.(b)
        end
      done);
  say "transfers" (Array.fold_left ( + ) 0 accounts = 8000)

(* A bounded queue between domains, two threads in each: nothing lost, nothing twice, the order of each sender kept. *)
let queue () =
  let lock = Mutex.create () and not_full = Condition.create () and not_empty = Condition.create () in
  let items = Queue.create () and per_sender = 300 * scale in
  let put item =
    Mutex.protect lock (fun () ->
        while Queue.length items >= 5 do
          Condition.wait not_full lock
        done;
        Queue.add item items;
        Condition.signal not_empty)
  and take () =
    Mutex.protect lock (fun () ->
        while Queue.is_empty items do
          Condition.wait not_empty lock
        done;
        let item = Queue.take items in
        Condition.signal not_full;
        item)
  in
  let taken = Atomic.make 0 and in_order = Atomic.make true in
  on_domains "queue" (fun _ i ->
      let send () =
        for n = 1 to per_sender do
          put (i, n)
        done
      and receive () =
        let last = Array.make domain_count 0 in
        for _ = 1 to per_sender do
          let sender, n = take () in
          if n <= last.(sender) then Atomic.set in_order false;
          last.(sender) <- n;
          Atomic.incr taken
        done
      in
      let sender = Thread.create send () in
      receive ();
      Thread.join sender);
  say "queue" (Atomic.get in_order && Atomic.get taken = domain_count * per_sender && Queue.is_empty items)

(* Domains that wait for each other by turns of their own choice, all woken each time. *)
let rounds () =
  let lock = Mutex.create () and changed = Condition.create () in
  let arrived = ref 0 and round = ref 0 and late = Atomic.make 0 in
  on_domains "rounds" (fun random _ ->
      for n = 0 to (100 * scale) - 1 do
        for _ = 1 to Random.State.int random 2000 do
          ignore (Sys.opaque_identity n : int)
        done;
        Mutex.lock lock;
        if !round <> n then Atomic.incr late;
        incr arrived;
        if !arrived = domain_count then begin
          arrived := 0;
          incr round;
          Condition.broadcast changed
        end
        else
          while !round = n do
            Condition.wait changed lock
          done;
        Mutex.unlock lock
      done);
  say "rounds" (Atomic.get late = 0 && !round = 100 * scale)

(* Threads that come and go in every domain. *)
let threads () =
  let ran = Atomic.make 0 and made = Atomic.make 0 in
  on_domains "threads" (fun random _ ->
      for _ = 1 to 10 * scale do
        let count = 1 + Random.State.int random 4 in
        ignore (Atomic.fetch_and_add made count : int);
        let some = List.init count (fun _ -> Thread.create Atomic.incr ran) in
        if Random.State.bool random then Thread.yield ();
        List.iter Thread.join some
      done);
  say "threads" (Atomic.get ran = Atomic.get made)

(* Blocks large enough to be mapped each by itself, written, checked and given back, while others do the same. *)
let memory () =
  let intact = Atomic.make true in
  on_domains "memory" (fun random i ->
      let kept = Array.make 4 None in
      for n = 1 to 40 * scale do
        let slot = Random.State.int random 4 in
        Option.iter
          (fun (block, mark) ->
            let size = Bigarray.Array1.dim block in
            let at = Random.State.int random size in
            if block.{at - (at mod 4096)} <> mark || block.{size - 1} <> mark then Atomic.set intact false)
          kept.(slot);
        let size = 200_000 + Random.State.int random 400_000 and mark = ((i * 31) + n) land 255 in
        let block = Bigarray.(Array1.create int8_unsigned c_layout size) in
        let at = ref 0 in
        while !at < size do
          block.{!at} <- mark;
          at := !at + 4096
        done;
        block.{size - 1} <- mark;
        kept.(slot) <- Some (block, mark);
        if n mod 8 = 0 then Gc.full_major ()
      done);
  say "memory" (Atomic.get intact)

(* Nobody reads a time before one that another has read and published. *)
let clock () =
  let last = Atomic.make 0. and back = Atomic.make 0 in
  on_domains "clock" (fun _ _ ->
      for _ = 1 to 3000 * scale do
        let before = Atomic.get last in
        let now = Unix.gettimeofday () in
        if now < before then Atomic.incr back;
        Atomic.set last now
      done);
  say "clock" (Atomic.get back = 0)

(* Signals to the program while domains compute and wait: handlers run, and disturb nobody. *)
let signals () =
  let caught = Atomic.make 0 and sent = 200 * scale in
  let before = Sys.signal Sys.sigusr1 (Sys.Signal_handle (fun _ -> Atomic.incr caught)) in
  let lock = Mutex.create () and count = ref 0 in
  on_domains "signals" (fun random i ->
      for _ = 1 to sent do
        if i = 0 then Unix.kill (Unix.getpid ()) Sys.sigusr1;
        Mutex.lock lock;
        incr count;
        Mutex.unlock lock;
        if Random.State.int random 50 = 0 then ignore (Sys.opaque_identity (List.init 1000 Fun.id) : int list)
      done);
  Unix.sleepf 0.01;
  Sys.set_signal Sys.sigusr1 before;
  let caught = Atomic.get caught in
  say "signals" (caught > 0 && caught <= sent && !count = sent * domain_count)

(* Sleepers and timed waits: none returns early. *)
let sleeps () =
  let early = Atomic.make 0 in
  on_domains "sleeps" (fun random _ ->
      let nap () =
        for _ = 1 to 5 * scale do
          let length = Random.State.float random 0.002 in
          let start = Unix.gettimeofday () in
          Unix.sleepf length;
          if Unix.gettimeofday () -. start < length -. 1e-6 then Atomic.incr early
        done
      in
      let others = List.init 3 (fun _ -> Thread.create nap ()) in
      nap ();
      List.iter Thread.join others);
  say "sleeps" (Atomic.get early = 0)

let () =
  transfers ();
  queue ();
  rounds ();
  threads ();
  memory ();
  clock ();
  signals ();
  sleeps ()
