(* SPDX-License-Identifier: ISC
   Timers and signals a program sends to itself: setitimer, alarm, kill, masks, handlers that raise. *)

open Unix

let off = { it_interval = 0.; it_value = 0. }
let wait_until condition =
  let limit = gettimeofday () +. 60. in
  while (not (condition ())) && gettimeofday () < limit do
    ignore (Sys.opaque_identity (ref 0))
  done

let () =
  let ticks = ref 0 in
  Sys.set_signal Sys.sigalrm (Signal_handle (fun _ -> incr ticks));
  ignore (setitimer ITIMER_REAL { it_interval = 0.01; it_value = 0.01 } : interval_timer_status);
  wait_until (fun () -> !ticks >= 5);
  let left = setitimer ITIMER_REAL off in
  Printf.printf "ticked: %b, interval %.2f\n%!" (!ticks >= 5) left.it_interval;
  let seen = !ticks in
  sleepf 0.05;
  Printf.printf "stopped: %b\n%!" (!ticks <= seen + 1);
  (* A sleep is interrupted and goes on. *)
  ticks := 0;
  ignore (setitimer ITIMER_REAL { it_interval = 0.; it_value = 0.02 } : interval_timer_status);
  let before = gettimeofday () in
  sleepf 0.1;
  Printf.printf "slept on: %b, once: %d\n%!" (gettimeofday () -. before >= 0.099) !ticks;
  (* A handler that raises ends a loop that does nothing. *)
  let exception Timeout in
  Sys.set_signal Sys.sigalrm (Signal_handle (fun _ -> raise Timeout));
  ignore (setitimer ITIMER_REAL { it_interval = 0.; it_value = 0.02 } : interval_timer_status);
  (match
     while true do
       ()
     done
   with
  | () -> ()
  | exception Timeout -> print_endline "timed out");
  Sys.set_signal Sys.sigalrm Signal_default;
  (* Signals to self. *)
  let got = ref [] in
  Sys.set_signal Sys.sigusr1 (Signal_handle (fun _ -> got := "usr1" :: !got));
  Sys.set_signal Sys.sigusr2 (Signal_handle (fun _ -> got := "usr2" :: !got));
  kill (getpid ()) Sys.sigusr1;
  wait_until (fun () -> !got <> []);
  Printf.printf "got %s\n%!" (String.concat " " !got);
  got := [];
  let old = sigprocmask SIG_BLOCK [ Sys.sigusr1 ] in
  kill (getpid ()) Sys.sigusr1;
  kill (getpid ()) Sys.sigusr2;
  wait_until (fun () -> !got <> []);
  Printf.printf "blocked: %s, pending: %b\n%!" (String.concat " " !got) (List.mem Sys.sigusr1 (sigpending ()));
  ignore (sigprocmask SIG_SETMASK old : int list);
  wait_until (fun () -> List.length !got = 2);
  Printf.printf "unblocked: %s\n%!" (String.concat " " !got);
  Sys.set_signal Sys.sigusr1 Signal_ignore;
  kill (getpid ()) Sys.sigusr1;
  Sys.set_signal Sys.sigusr2 Signal_default;
  print_endline "ignored"
