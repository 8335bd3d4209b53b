(* SPDX-License-Identifier: ISC
   Signals of a process, each line true. *)

let check what holds = Printf.printf "%s: %b\n%!" what holds
let self = Unix.getpid ()
let status_of f = match Unix.fork () with 0 -> f (); Unix._exit 0 | pid -> snd (Unix.waitpid [] pid)

let handlers () =
  let seen = ref [] in
  let note signal = seen := signal :: !seen in
  let before = Sys.signal Sys.sigusr1 (Signal_handle note) in
  Unix.kill self Sys.sigusr1;
  check "a handler" (!seen = [ Sys.sigusr1 ] && before = Signal_default);
  ignore (Unix.sigprocmask SIG_BLOCK [ Sys.sigusr1 ]);
  Unix.kill self Sys.sigusr1;
  Unix.kill self Sys.sigusr1;
  check "blocked" (!seen = [ Sys.sigusr1 ] && Unix.sigpending () = [ Sys.sigusr1 ]);
  ignore (Unix.sigprocmask SIG_UNBLOCK [ Sys.sigusr1 ]);
  check "then once" (!seen = [ Sys.sigusr1; Sys.sigusr1 ] && Unix.sigpending () = []);
  Sys.set_signal Sys.sigusr1 Signal_ignore;
  Unix.kill self Sys.sigusr1;
  check "ignored" (List.length !seen = 2);
  Sys.set_signal Sys.sigusr1 Signal_default;
  check "the default" (status_of (fun () -> Unix.kill (Unix.getpid ()) Sys.sigusr1) = WSIGNALED Sys.sigusr1);
  check "no such process" (match Unix.kill 12345 0 with _ -> false | exception Unix.Unix_error (ESRCH, _, _) -> true)

let waits () =
  let count = ref 0 in
  Sys.set_signal Sys.sigalrm (Signal_handle (fun _ -> incr count));
  (* Again and again, since on a busy machine the first may come before what it is to end has begun. *)
  let often = { Unix.it_value = 0.02; it_interval = 0.02 } in
  ignore (Unix.setitimer ITIMER_REAL often);
  (* A handler that OCaml runs ends no sleep of OCaml's; a select it does. *)
  check "a wait that ends early"
    (match Unix.select [] [] [] 100. with _ -> false | exception Unix.Unix_error (EINTR, _, _) -> !count > 0);
  count := 0;
  ignore (Unix.setitimer ITIMER_REAL { it_value = 0.01; it_interval = 0.01 });
  while !count < 4 do
    ignore (Sys.opaque_identity (ref 1))
  done;
  let { Unix.it_interval; it_value } = Unix.setitimer ITIMER_REAL { it_value = 0.; it_interval = 0. } in
  check "again and again" (it_interval = 0.01 && it_value <= 0.01);
  let r, w = Unix.pipe () in
  ignore (Unix.setitimer ITIMER_REAL often);
  check "a read"
    (match Unix.read r (Bytes.create 1) 0 1 with _ -> false | exception Unix.Unix_error (EINTR, _, _) -> true);
  ignore (Unix.setitimer ITIMER_REAL { it_value = 0.; it_interval = 0. });
  ignore (Unix.sigprocmask SIG_BLOCK [ Sys.sigalrm ]);
  ignore (Unix.setitimer ITIMER_REAL { it_value = 0.001; it_interval = 0. });
  let before = !count in
  (try Unix.sigsuspend [] with Unix.Unix_error (EINTR, _, _) -> ());
  check "suspended" (List.mem Sys.sigalrm (Unix.sigprocmask SIG_UNBLOCK [ Sys.sigalrm ]));
  while !count = before do
    ignore (Sys.opaque_identity (ref 1))
  done;
  Unix.close r;
  check "nobody reads" (status_of (fun () -> ignore (Unix.write_substring w "x" 0 1)) = WSIGNALED Sys.sigpipe);
  Sys.set_signal Sys.sigpipe Signal_ignore;
  check "ignored"
    (match Unix.write_substring w "x" 0 1 with _ -> false | exception Unix.Unix_error (EPIPE, _, _) -> true)

let children () =
  let count = ref 0 in
  Sys.set_signal Sys.sigchld (Signal_handle (fun _ -> incr count));
  let pid = match Unix.fork () with 0 -> Unix._exit 3 | pid -> pid in
  while !count = 0 do
    try Unix.sleepf 0.001 with Unix.Unix_error (EINTR, _, _) -> ()
  done;
  check "a child's end" (Unix.waitpid [ WNOHANG ] pid = (pid, WEXITED 3));
  Sys.set_signal Sys.sigchld Signal_default;
  let r, w = Unix.pipe () in
  let pid =
    match Unix.fork () with
    | 0 ->
        ignore (Unix.read r (Bytes.create 1) 0 1);
        Unix._exit 0
    | pid -> pid
  in
  Unix.kill pid Sys.sigterm;
  check "killed while it waits" (Unix.waitpid [] pid = (pid, WSIGNALED Sys.sigterm));
  List.iter Unix.close [ r; w ];
  let pid = match Unix.fork () with 0 -> while true do ignore (Sys.opaque_identity 1) done; 1 | pid -> pid in
  Unix.kill pid Sys.sigstop;
  check "stopped" (Unix.waitpid [ WUNTRACED ] pid = (pid, WSTOPPED Sys.sigstop));
  Unix.kill pid Sys.sigusr1;
  Unix.sleepf 0.01;
  check "so nothing happens" (Unix.waitpid [ WNOHANG; WUNTRACED ] pid = (0, WEXITED 0));
  Unix.kill pid Sys.sigcont;
  check "then it does" (Unix.waitpid [] pid = (pid, WSIGNALED Sys.sigusr1));
  let pid = match Unix.fork () with 0 -> while true do ignore (Sys.opaque_identity 1) done; 1 | pid -> pid in
  Unix.kill pid Sys.sigkill;
  check "killed while it computes" (Unix.waitpid [] pid = (pid, WSIGNALED Sys.sigkill))

(* A handler that computes, in the midst of floating-point work that must not notice. *)
let floats () =
  let noise = ref 0. in
  Sys.set_signal Sys.sigalrm (Signal_handle (fun _ -> for i = 1 to 100 do noise := !noise +. sqrt (float i) done));
  let work () =
    let sum = ref 0. in
    for i = 1 to 1_000_000 do
      sum := !sum +. (1. /. float i)
    done;
    !sum
  in
  let quiet = work () in
  ignore (Unix.setitimer ITIMER_REAL { it_value = 0.001; it_interval = 0.001 });
  let same = ref true in
  for _ = 1 to 5 do
    if work () <> quiet then same := false
  done;
  ignore (Unix.setitimer ITIMER_REAL { it_value = 0.; it_interval = 0. });
  check "floating point" (!same && !noise > 0.)

let rec endless n = 1 + endless (n + 1)

let threads () =
  let count = Atomic.make 0 in
  Sys.set_signal Sys.sigusr2 (Signal_handle (fun _ -> Atomic.incr count));
  let workers = List.init 3 (fun _ -> Domain.spawn (fun () -> while Atomic.get count < 20 do Domain.cpu_relax () done)) in
  while Atomic.get count < 20 do
    Unix.kill self Sys.sigusr2
  done;
  List.iter Domain.join workers;
  check "with domains" true

let () =
  handlers ();
  waits ();
  children ();
  floats ();
  check "endless recursion" (match endless 0 with _ -> false | exception Stack_overflow -> true);
  threads ();
  print_endline "the end"
