(* SPDX-License-Identifier: ISC
   Two threads of one domain that wake each other by turns: mutex, condition, the runtime's lock, futex. *)

let () =
  let n = 10_000 in
  let m = Mutex.create () and c = Condition.create () and turn = ref 0 in
  let play parity () =
    Mutex.lock m;
    for i = 0 to n - 1 do
      while !turn <> (2 * i) + parity do
        Condition.wait c m
      done;
      incr turn;
      Condition.signal c
    done;
    Mutex.unlock m
  in
  let start = Unix.gettimeofday () in
  let other = Thread.create (play 1) () in
  play 0 ();
  Thread.join other;
  if !turn <> 2 * n then failwith "thread_ping_pong: wrong count";
  Printf.printf "thread_ping_pong %.6f\n" (Unix.gettimeofday () -. start)
