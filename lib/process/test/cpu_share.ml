(* SPDX-License-Identifier: ISC
   Shares of CPUs by a clock that is counted: what threads have that look, run for a slice and pay. *)

open Process
open Law

let ms = 1_000_000
let step = ms / 10
let slice = Turns.slice_ns

(* In a slice, which ends then, or waiting until then. *)
type state = Runs of int | Waits of int
type thread = { share : Cpu_share.t; mutable state : state; mutable unpaid : int; mutable used : int }

let thread share = { share; state = Waits 0; unpaid = 0; used = 0 }
let used threads = List.fold_left (fun sum t -> sum + t.used) 0 threads

(* All want to run, for so long; the CPUs take them in turn. [stall] is for how long the machine stands still in a step: who runs then is told that
   he ran. [look] is called at each step, [begins] when a slice begins. *)
let simulate ?(stall = fun _ -> 0) ?(begins = ignore) ~cpus ~length ~look threads =
  let now = ref ms and queue = ref threads in
  while !now < length do
    let begin_ t =
      match Cpu_share.until t.share ~now:!now with
      | from when from > !now -> t.state <- Waits from
      | _ ->
          begins !now;
          t.state <- Runs (!now + slice)
    in
    List.iter
      (fun t ->
        match t.state with
        | Runs stop when stop <= !now ->
            Cpu_share.pay t.share t.unpaid;
            t.unpaid <- 0;
            begin_ t
        | Waits from when from <= !now -> begin_ t
        | Runs _ | Waits _ -> ())
      threads;
    let ready = List.filter (fun t -> match t.state with Runs _ -> true | Waits _ -> false) !queue in
    let run = List.filteri (fun i _ -> i < cpus) ready in
    let time = step + stall !now in
    List.iter
      (fun t ->
        t.unpaid <- t.unpaid + time;
        t.used <- t.used + time)
      run;
    queue := List.filter (fun t -> not (List.memq t run)) !queue @ run;
    now := !now + time;
    look !now
  done

let bucket rate = rate *. 100e6
let had rate now = (rate *. float now) +. bucket rate

(* At no moment more than the bucket and two slices a CPU, and all of it in the long run. *)
let alone ~cpus ~count rate =
  let share = Cpu_share.create rate in
  let threads = List.init count (fun _ -> thread share) in
  let most = ref 0. in
  let look now = most := Float.max !most (float (used threads) -. had rate now) in
  let length = 5000 * ms in
  simulate ~cpus ~length ~look threads;
  let all = float (used threads) /. float length in
  let case = Printf.sprintf " (%d threads, %d CPUs, %.2f)" count cpus rate in
  check (Printf.sprintf "%.1f ms too much%s" (!most /. 1e6) case) (!most <= float (2 * slice * cpus));
  check (Printf.sprintf "only %.3f%s" all case) (all >= 0.95 *. Float.min rate (float (Int.min cpus count)))

let () =
  for cpus = 1 to 4 do
    List.iter (fun rate -> List.iter (fun count -> alone ~cpus ~count rate) [ 1; 2; 7; 40 ]) [ 0.05; 0.2; 0.5; 0.9; 1.5 ]
  done

(* One within another: neither is exceeded, and what the one cannot have, others do. *)
let () =
  let around = Cpu_share.create 0.4 in
  let inner = Cpu_share.create ~within:around 0.1 and outer = Cpu_share.create ~within:around infinity in
  check "is limited" (Cpu_share.is_limited outer && not (Cpu_share.is_limited (Cpu_share.create infinity)));
  let inside = List.init 3 (fun _ -> thread inner) and outside = List.init 3 (fun _ -> thread outer) in
  let look now =
    check "the inner" (float (used inside) <= had 0.1 now +. float (4 * slice));
    check "the outer" (float (used inside + used outside) <= had 0.4 now +. float (4 * slice))
  in
  let length = 5000 * ms in
  simulate ~cpus:2 ~length ~look (inside @ outside);
  check "is used" (float (used inside + used outside) >= 0.95 *. 0.4 *. float length);
  check "is divided" (float (used inside) >= 0.05 *. float length)

(* A machine that stands still now and then in a slice: that is owed, and nobody runs before it is paid. *)
let () =
  let random = Random.State.make [| 5 |] in
  let share = Cpu_share.create 0.2 in
  let threads = List.init 2 (fun _ -> thread share) in
  let paid () = List.fold_left (fun sum t -> sum + t.used - t.unpaid) 0 threads in
  let stall _ = if Random.State.int random 500 = 0 then 40 * ms else 0 in
  let begins now = check "begins while it owes" (float (paid ()) <= had 0.2 now) in
  simulate ~stall ~begins ~cpus:1 ~length:(20_000 * ms) ~look:ignore threads;
  check "nor is it less" (float (used threads) >= 0.95 *. 0.2 *. 20e9)

let () = finish "cpu_share"
