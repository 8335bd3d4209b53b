(* SPDX-License-Identifier: ISC
   Digests under a thousand interrupts a second. Stock objects keep live data below the stack pointer (the red
   zone); an interrupt taken on the interrupted stack would spoil it, and the digest with it. *)

let rounds = 60_000

let () =
  let text = String.init 1000 (fun i -> Char.chr (i * 7 land 255)) in
  let expected = Digest.to_hex (Digest.string text) in
  Printf.printf "digest %s\n%!" expected;
  let ticks = ref 0 in
  Sys.set_signal Sys.sigalrm (Sys.Signal_handle (fun _ -> incr ticks));
  ignore (Unix.setitimer ITIMER_REAL { it_interval = 0.001; it_value = 0.001 } : Unix.interval_timer_status);
  let stop = Atomic.make false in
  let sleeper =
    Thread.create
      (fun () ->
        while not (Atomic.get stop) do
          Thread.delay 0.001
        done)
      ()
  in
  let wrong = ref 0 in
  for _ = 1 to rounds do
    if Digest.to_hex (Digest.string text) <> expected then incr wrong
  done;
  ignore (Unix.setitimer ITIMER_REAL { it_interval = 0.; it_value = 0. } : Unix.interval_timer_status);
  Atomic.set stop true;
  Thread.join sleeper;
  Printf.printf "%d digests, %d wrong, ticked %b\n" rounds !wrong (!ticks > 5);
  Sys.set_signal Sys.sigalrm Sys.Signal_default
