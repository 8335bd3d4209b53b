(* SPDX-License-Identifier: ISC
   The core and the queues under dscheck: all interleavings that differ. *)

open Traced_picos
module Atomic = Dscheck.TracedAtomic
module Mpscq = Traced_mpscq
module Mpmcq = Traced_mpmcq

exception A

let bt = Printexc.get_callstack 0

(* [threads ()] gives threads, and what must hold when all have ended. *)
let law name threads =
  Atomic.trace (fun () ->
      let bodies, check = threads () in
      List.iter Atomic.spawn bodies;
      Atomic.final (fun () -> Atomic.check check));
  Printf.printf "%s\n%!" name

let rec pop_all pop = match pop () with x -> x :: pop_all pop | exception _ -> []

let () =
  law "trigger: two signals and an action" (fun () ->
      let t = Trigger.create () and ran = ref 0 and attached = ref false in
      ( [
          (fun () -> attached := (Trigger.on_signal t () () (fun _ () () -> incr ran) [@alert "-handler"]));
          (fun () -> Trigger.signal t);
          (fun () -> Trigger.signal t);
        ],
        fun () -> Trigger.is_signaled t && !ran = if !attached then 1 else 0 ));
  law "computation: one completion wins, and who is attached is told" (fun () ->
      let c = Computation.create () and trigger = Trigger.create () in
      let returned = ref false and canceled = ref false and attached = ref false in
      ( [
          (fun () -> attached := Computation.try_attach c trigger);
          (fun () -> returned := Computation.try_return c 1);
          (fun () -> canceled := Computation.try_cancel c A bt);
        ],
        fun () ->
          !returned <> !canceled
          && Computation.peek c = (if !returned then Some (Ok 1) else Some (Error (A, bt)))
          && ((not !attached) || Trigger.is_signaled trigger) ));
  law "computation: attached and detached" (fun () ->
      let c = Computation.create () and stays = Trigger.create () and leaves = Trigger.create () in
      ignore (Computation.try_attach c stays);
      ( [
          (fun () ->
            ignore (Computation.try_attach c leaves);
            Computation.detach c leaves);
          (fun () -> Computation.return c ());
        ],
        fun () -> Trigger.is_signaled stays && Trigger.is_signaled leaves ));
  law "transaction: all or nothing" (fun () ->
      let a = Computation.create () and b = Computation.create () in
      let committed = ref false and returned = ref false in
      ( [
          (fun () ->
            let open Computation in
            let tx = Tx.create () in
            committed := Tx.try_return tx a 1 && Tx.try_return tx b 1 && Tx.try_commit tx);
          (fun () -> returned := Computation.try_return b 2);
        ],
        fun () ->
          (not (!committed && !returned))
          && Computation.is_running a = not !committed
          && Computation.peek b = if !committed then Some (Ok 1) else if !returned then Some (Ok 2) else None ));
  law "mpscq: two producers and the consumer" (fun () ->
      let q = Mpscq.create () and got = ref [] in
      ( [
          (fun () -> Mpscq.push q 1; Mpscq.push q 2);
          (fun () -> Mpscq.push q 3);
          (fun () -> match Mpscq.pop_exn q with x -> got := [ x ] | exception Mpscq.Empty -> ());
        ],
        fun () ->
          let all = !got @ pop_all (fun () -> Mpscq.pop_exn q) in
          List.sort compare all = [ 1; 2; 3 ] && List.filter (fun x -> x < 3) all = [ 1; 2 ] ));
  law "mpmcq: a producer and two consumers" (fun () ->
      let q = Mpmcq.create () and got = Array.make 2 [] in
      let consume i () = match Mpmcq.pop_exn q with x -> got.(i) <- [ x ] | exception Mpmcq.Empty -> () in
      ( [ (fun () -> Mpmcq.push q 1; Mpmcq.push q 2); consume 0; consume 1 ],
        fun () ->
          List.sort compare (got.(0) @ got.(1) @ pop_all (fun () -> Mpmcq.pop_exn q)) = [ 1; 2 ] ))
