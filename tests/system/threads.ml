(* SPDX-License-Identifier: ISC
   Threads of one domain: mutexes, conditions, semaphores, events, exceptions, many of them, preemption. *)

let counter_with_mutex () =
  let m = Mutex.create () and n = ref 0 in
  let add () =
    for _ = 1 to 10_000 do
      Mutex.lock m;
      let v = !n in
      if v land 1023 = 0 then Thread.yield ();
      n := v + 1;
      Mutex.unlock m
    done
  in
  List.iter Thread.join (List.init 8 (fun _ -> Thread.create add ()));
  Printf.printf "mutex: %d\n%!" !n

(* A bounded buffer, several producers and consumers. *)
let bounded_buffer () =
  let m = Mutex.create () and not_full = Condition.create () and not_empty = Condition.create () in
  let q = Queue.create () and capacity = 7 in
  let put v =
    Mutex.protect m (fun () ->
        while Queue.length q >= capacity do
          Condition.wait not_full m
        done;
        Queue.add v q;
        Condition.signal not_empty)
  and take () =
    Mutex.protect m (fun () ->
        while Queue.is_empty q do
          Condition.wait not_empty m
        done;
        let v = Queue.take q in
        Condition.signal not_full;
        v)
  in
  let sums = Array.make 3 0 in
  let consumers =
    List.init 3 (fun i ->
        Thread.create
          (fun () ->
            let rec go () =
              match take () with
              | -1 -> ()
              | v ->
                  sums.(i) <- sums.(i) + v;
                  go ()
            in
            go ())
          ())
  in
  let producers =
    List.init 4 (fun i ->
        Thread.create
          (fun () ->
            for v = 1 to 500 do
              put ((i * 1000) + v)
            done)
          ())
  in
  List.iter Thread.join producers;
  List.iter (fun _ -> put (-1)) consumers;
  List.iter Thread.join consumers;
  Printf.printf "bounded buffer: %d\n%!" (Array.fold_left ( + ) 0 sums)

let broadcast () =
  let m = Mutex.create () and c = Condition.create () in
  let go = ref false and awake = ref 0 in
  let threads =
    List.init 20 (fun _ ->
        Thread.create
          (fun () ->
            Mutex.lock m;
            while not !go do
              Condition.wait c m
            done;
            incr awake;
            Mutex.unlock m)
          ())
  in
  Mutex.protect m (fun () ->
      go := true;
      Condition.broadcast c);
  List.iter Thread.join threads;
  Printf.printf "broadcast: %d\n%!" !awake

let semaphores () =
  let s = Semaphore.Counting.make 3 in
  let inside = Atomic.make 0 and most = Atomic.make 0 in
  let work () =
    Semaphore.Counting.acquire s;
    let n = Atomic.fetch_and_add inside 1 + 1 in
    if n > Atomic.get most then Atomic.set most n;
    Thread.delay 0.002;
    Atomic.decr inside;
    Semaphore.Counting.release s
  in
  List.iter Thread.join (List.init 10 (fun _ -> Thread.create work ()));
  Printf.printf "semaphore: at most three %b, value %d\n%!" (Atomic.get most <= 3) (Semaphore.Counting.get_value s)

let events () =
  let requests = Event.new_channel () and replies = Event.new_channel () in
  let (_ : Thread.t) =
    Thread.create
      (fun () ->
        for _ = 1 to 100 do
          let v = Event.sync (Event.receive requests) in
          Event.sync (Event.send replies (v * v))
        done)
      ()
  in
  let sum = ref 0 in
  for i = 1 to 100 do
    Event.sync (Event.send requests i);
    sum := !sum + Event.sync (Event.choose [ Event.receive replies; Event.wrap (Event.receive replies) Fun.id ])
  done;
  Printf.printf "events: %d\n%!" !sum

let exceptions () =
  Thread.set_uncaught_exception_handler (fun e -> Printf.printf "uncaught: %s\n%!" (Printexc.to_string e));
  Thread.join (Thread.create (fun () -> raise Not_found) ());
  Thread.join (Thread.create (fun () -> raise Thread.Exit) ());
  print_endline "threads ended"

(* A loop that never allocates, calls or blocks must still lose the processor. *)
let preemption () =
  let stop = ref false and spins = ref 0 in
  let spinner =
    Thread.create
      (fun () ->
        while not !stop do
          incr spins
        done)
      ()
  in
  let ticks = ref 0 in
  let clock =
    Thread.create
      (fun () ->
        for _ = 1 to 5 do
          Thread.delay 0.01;
          incr ticks
        done)
      ()
  in
  Thread.join clock;
  stop := true;
  Thread.join spinner;
  Printf.printf "preemption: %d ticks, spun %b\n%!" !ticks (!spins > 0)

let many () =
  let n = Atomic.make 0 in
  for _ = 1 to 20 do
    List.iter Thread.join (List.init 50 (fun _ -> Thread.create (fun () -> Atomic.incr n) ()))
  done;
  let waiting = Mutex.create () in
  Mutex.lock waiting;
  let held = List.init 100 (fun _ -> Thread.create (fun () -> Mutex.protect waiting (fun () -> Atomic.incr n)) ()) in
  Mutex.unlock waiting;
  List.iter Thread.join held;
  Printf.printf "many: %d\n%!" (Atomic.get n)

let errors () =
  let m = Mutex.create () in
  Mutex.lock m;
  (match Mutex.lock m with () -> print_endline "locked twice" | exception Sys_error _ -> print_endline "deadlock refused");
  Mutex.unlock m;
  (match Mutex.unlock m with () -> print_endline "unlocked twice" | exception Sys_error _ -> print_endline "unlock refused");
  Mutex.lock m;
  let other = ref true in
  Thread.join (Thread.create (fun () -> other := Mutex.try_lock m) ());
  Mutex.unlock m;
  Printf.printf "try_lock elsewhere: %b, here: %b\n" !other (Mutex.try_lock m)

let () =
  counter_with_mutex ();
  bounded_buffer ();
  broadcast ();
  semaphores ();
  events ();
  exceptions ();
  preemption ();
  many ();
  errors ()
