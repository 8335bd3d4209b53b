(* SPDX-License-Identifier: ISC
   Clocks: the wall clock is plausible, time goes forward, sleeps last as long as asked, processor time grows. *)

let () =
  let start = Unix.gettimeofday () in
  (* 2024 to 2100: a clock that starts at zero or in another century is no wall clock. *)
  Printf.printf "plausible: %b\n%!" (start > 1.70e9 && start < 4.1e9);
  let last = ref start and backwards = ref 0 in
  for _ = 1 to 20_000 do
    let t = Unix.gettimeofday () in
    if t < !last then incr backwards;
    last := t
  done;
  Printf.printf "backwards: %d\n%!" !backwards;
  Printf.printf "moves: %b\n%!" (!last > start);
  let slept seconds =
    let before = Unix.gettimeofday () in
    Unix.sleepf seconds;
    let d = Unix.gettimeofday () -. before in
    (* Far too long would be a wrong clock, not a busy host. *)
    Printf.printf "slept %g: enough %b, not for ever %b\n%!" seconds (d >= seconds *. 0.99) (d < seconds +. 30.)
  in
  List.iter slept [ 0.; 0.001; 0.05; 0.2 ];
  let before = Unix.gettimeofday () in
  Thread.delay 0.02;
  Printf.printf "delayed: %b\n%!" (Unix.gettimeofday () -. before >= 0.0198);
  let cpu = Sys.time () in
  let x = ref 0 in
  while Unix.gettimeofday () -. before < 0.3 do
    incr x
  done;
  Printf.printf "processor time grows: %b\n%!" (Sys.time () > cpu);
  let a = Unix.time () and b = Unix.gettimeofday () in
  Printf.printf "the same clock: %b\n%!" (abs_float (b -. a) < 5.);
  let tm = Unix.gmtime 1_000_000_000. in
  Printf.printf "gmtime: %04d-%02d-%02d %02d:%02d:%02d\n" (tm.tm_year + 1900) (tm.tm_mon + 1) tm.tm_mday tm.tm_hour
    tm.tm_min tm.tm_sec;
  Unix.putenv "TZ" "UTC0";
  let local = Unix.localtime 0. in
  Printf.printf "localtime: %d-%d %d:%d\n" (local.tm_year + 1900) (local.tm_mon + 1) local.tm_hour local.tm_min;
  let t, _ = Unix.mktime { tm with tm_mday = 40 } in
  Printf.printf "mktime: %.0f\n" t
