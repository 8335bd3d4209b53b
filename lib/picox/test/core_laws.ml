(* SPDX-License-Identifier: ISC *)

open Picos
open Picox_check.Check

exception A
exception B

let bt = Printexc.get_callstack 0

let[@alert "-handler"] triggers () =
  test "trigger: states" (fun () ->
      let t = Trigger.create () in
      that "initial" (Trigger.is_initial t && not (Trigger.is_signaled t));
      let runs = ref 0 in
      that "attached" (Trigger.on_signal t 1 2 (fun _ x y -> runs := !runs + x + y));
      raises "second on_signal" is_invalid (fun () -> Trigger.on_signal t () () (fun _ _ _ -> ()));
      raises "is_initial" is_invalid (fun () -> Trigger.is_initial t);
      raises "await" is_invalid (fun () -> Trigger.await t);
      raises "dispose" is_invalid (fun () -> Trigger.dispose t);
      Trigger.signal t;
      Trigger.signal t;
      equal "action runs" 3 !runs;
      that "signaled" (Trigger.is_signaled t && not (Trigger.is_initial t));
      that "too late" (not (Trigger.on_signal t () () (fun _ _ _ -> ())));
      that "await is at once" (Trigger.await t = None));
  test "trigger: disposed, born awaiting, born signaled" (fun () ->
      let t = Trigger.create () in
      Trigger.dispose t;
      Trigger.dispose t;
      that "signaled" (Trigger.is_signaled t);
      let runs = ref 0 in
      let t = Trigger.from_action () () (fun _ () () -> incr runs) in
      raises "await" is_invalid (fun () -> Trigger.await t);
      raises "dispose" is_invalid (fun () -> Trigger.dispose t);
      Trigger.signal t;
      equal "action runs" 1 !runs;
      that "constant" (Trigger.is_signaled Trigger.signaled));
  test "trigger: a signaled one keeps nothing alive" (fun () ->
      let t = Trigger.create () and weak = Weak.create 1 in
      let attach () =
        let big = Bytes.create 100 in
        Weak.set weak 0 (Some big);
        ignore (Trigger.on_signal t big () (fun _ _ () -> ()))
      in
      attach ();
      Gc.full_major ();
      that "alive before" (Weak.check weak 0);
      Trigger.signal t;
      Gc.full_major ();
      that "dead after" (not (Weak.check weak 0));
      equal "words" 2 (Obj.reachable_words (Obj.repr t)))

let order mode =
  let c = Computation.create ~mode () and log = ref [] in
  for i = 1 to 5 do
    let t = (Trigger.from_action i () (fun _ i () -> log := i :: !log) [@alert "-handler"]) in
    that "attached" (Computation.try_attach c t);
    if i = 3 then Computation.detach c t
  done;
  log := [];
  Computation.finish c;
  List.rev !log

let computations () =
  test "computation: the first completion stays" (fun () ->
      let c = Computation.create () in
      that "running" (Computation.is_running c && Computation.peek c = None);
      raises "peek_exn" (( = ) Computation.Running) (fun () -> Computation.peek_exn c);
      that "wins" (Computation.try_return c 1);
      that "loses" (not (Computation.try_return c 2 || Computation.try_cancel c A bt));
      equal "value" 1 (Computation.peek_exn c);
      equal "await without a scheduler" 1 (Computation.await c);
      that "not canceled" (Computation.canceled c = None && not (Computation.is_canceled c));
      let c = Computation.create () in
      Computation.cancel c A bt;
      that "canceled" (Computation.is_canceled c && Computation.canceled c = Some (A, bt));
      raises "check" (( = ) A) (fun () -> Computation.check c);
      raises "await" (( = ) A) (fun () -> Computation.await c);
      Computation.wait c;
      that "capture" (Computation.try_capture (Computation.create ()) succ 1);
      let c = Computation.create () in
      Computation.capture c (fun () -> raise B) ();
      raises "captured" (( = ) B) (fun () -> Computation.peek_exn c);
      that "finished" (Computation.peek Computation.finished = Some (Ok ())));
  test "computation: the order of signals" (fun () ->
      that "fifo" (order `FIFO = [ 1; 2; 4; 5 ]);
      that "lifo" (order `LIFO = [ 5; 4; 2; 1 ]));
  test "computation: attach" (fun () ->
      let c = Computation.create () in
      that "signaled trigger" (not (Computation.try_attach c Trigger.signaled));
      let t = Trigger.create () in
      that "attached" (Computation.try_attach c t);
      Computation.finish c;
      that "signaled" (Trigger.is_signaled t);
      that "completed" (not (Computation.try_attach c (Trigger.create ()))));
  test "computation: detached triggers are few" (fun () ->
      (* Whatever is detached in whatever order, what remains is in proportion to what is attached. *)
      let random = Random.State.make [| 7 |] in
      let c = Computation.create () in
      let live = Array.init 64 (fun _ -> Trigger.create ()) in
      Array.iter (fun t -> ignore (Computation.try_attach c t)) live;
      for _ = 1 to scaled 10_000 do
        let i = Random.State.int random 64 in
        Computation.detach c live.(i);
        live.(i) <- Trigger.create ();
        that "attached" (Computation.try_attach c live.(i))
      done;
      Array.iteri (fun i t -> if i > 3 then Computation.detach c t) live;
      that "small" (Obj.reachable_words (Obj.repr c) < 64);
      Computation.finish c;
      that "all live ones are signaled" (Array.for_all Trigger.is_signaled live));
  test "computation: completion with many triggers takes no stack" (fun () ->
      List.iter
        (fun mode ->
          let c = Computation.create ~mode () and count = ref 0 in
          let n = scaled 300_000 in
          for _ = 1 to n do
            ignore
              (Computation.try_attach c (Trigger.from_action () () (fun _ () () -> incr count) [@alert "-handler"]))
          done;
          Computation.finish c;
          equal "signals" n !count)
        [ `FIFO; `LIFO ]);
  test "computation: cancelers" (fun () ->
      let from = Computation.create () and into = Computation.create () in
      let t = Computation.attach_canceler ~from ~into in
      Computation.cancel from A bt;
      that "passed on" (Computation.canceled into = Some (A, bt) && Trigger.is_signaled t);
      let from = Computation.create () and into = Computation.create () in
      ignore (Computation.attach_canceler ~from ~into);
      Computation.finish from;
      that "a return is not" (Computation.is_running into);
      raises "returned" is_invalid (fun () -> Computation.attach_canceler ~from ~into);
      Computation.cancel into B bt;
      raises "canceled" (( = ) B) (fun () -> Computation.attach_canceler ~from:into ~into:(Computation.create ())));
  test "computation: with_action" (fun () ->
      let runs = ref 0 in
      let c = (Computation.with_action 1 2 (fun _ x y -> runs := !runs + x + y) [@alert "-handler"]) in
      Computation.finish c;
      equal "sum" 3 !runs);
  test "computation: times" (fun () ->
      let c = Computation.create () in
      List.iter
        (fun seconds ->
          raises "seconds" is_invalid (fun () -> Computation.cancel_after c ~seconds A bt))
        [ -1.0; Float.nan; Float.neg_infinity ])

let transactions () =
  let open Computation in
  test "tx: all" (fun () ->
      let a = create () and b = create () and t = Trigger.create () in
      ignore (try_attach a t);
      let tx = Tx.create () in
      that "added" (Tx.try_return tx a 1 && Tx.try_cancel tx b A bt);
      that "invisible" (is_running a && is_running b && peek a = None && canceled b = None && not (is_canceled b));
      that "not signaled" (not (Trigger.is_signaled t));
      that "committed" (Tx.try_commit tx);
      that "visible" (peek a = Some (Ok 1) && canceled b = Some (A, bt) && Trigger.is_signaled t);
      raises "again" is_invalid (fun () -> Tx.try_commit tx);
      raises "again" is_invalid (fun () -> Tx.try_return tx a 1));
  test "tx: none" (fun () ->
      let a = create () and b = create () in
      finish b;
      let tx = Tx.create () in
      that "added" (Tx.try_return tx a 1);
      that "aborted" (not (Tx.try_return tx b ()));
      that "stays aborted" (not (Tx.try_return tx (create ()) 1) && not (Tx.try_commit tx));
      that "rolled back" (is_running a && try_return a 2);
      equal "value" 2 (peek_exn a));
  let aborts name act =
    test ("tx: aborted by " ^ name) (fun () ->
        let a = create () and b = create () and attached = Trigger.create () in
        ignore (try_attach a attached);
        let tx = Tx.create () in
        that "added" (Tx.try_return tx b 0 && Tx.try_return tx a 1);
        act a attached;
        that "aborted" (not (Tx.try_commit tx));
        that "the other is running" (is_running b && try_return b 5))
  in
  aborts "an attach" (fun a _ -> that "attached" (try_attach a (Trigger.create ())));
  aborts "a detach" (fun a attached -> detach a attached);
  aborts "a return" (fun a attached ->
      that "returns" (try_return a 9);
      that "signaled" (Trigger.is_signaled attached));
  aborts "a cancel" (fun a _ -> that "cancels" (try_cancel a A bt));
  aborts "another transaction" (fun a _ ->
      let tx = Tx.create () in
      that "second" (Tx.try_return tx a 3 && Tx.try_commit tx));
  test "tx: the same computation twice" (fun () ->
      let a = create () and tx = Tx.create () in
      that "first" (Tx.try_return tx a 1);
      that "second" (not (Tx.try_return tx a 2));
      that "running" (is_running a);
      that "same" (Tx.same a a && not (Tx.same a (create ()))))

let fibers () =
  let open Fiber in
  let make () =
    let c = Computation.create () in
    (c, create ~forbid:false c)
  in
  test "fiber: forbid and permit" (fun () ->
      let c, f = make () in
      Computation.cancel c A bt;
      that "canceled" (is_canceled f && canceled f = Some (A, bt));
      raises "check" (( = ) A) (fun () -> check f);
      forbid f (fun () ->
          that "forbidden" (has_forbidden f && (not (is_canceled f)) && canceled f = None);
          check f;
          permit f (fun () -> that "permitted" (is_canceled f));
          forbid f ignore;
          that "still forbidden" (has_forbidden f));
      raises "restores" (( = ) B) (fun () -> forbid f (fun () -> raise B));
      that "restored" (not (has_forbidden f));
      that "exchange" ((not (exchange f ~forbid:true)) && exchange f ~forbid:false);
      set f ~forbid:true;
      that "set" (has_forbidden f));
  test "fiber: local storage" (fun () ->
      let _, f = make () in
      let keys = Array.init 20 (fun _ -> FLS.create ()) and text = FLS.create () and small = FLS.create () in
      raises "not set" (( = ) FLS.Not_set) (fun () -> FLS.get_exn f keys.(0));
      (* Floats first: storage must not become an array of floats. *)
      Array.iteri (fun i key -> FLS.set f key (float i)) keys;
      FLS.set f text "text";
      FLS.set f small 0;
      Gc.full_major ();
      Array.iteri (fun i key -> that "float" (FLS.get_exn f key = float i)) keys;
      that "others" (FLS.get_exn f text = "text" && FLS.get_exn f small = 0);
      FLS.remove f text;
      that "default" (FLS.get f text ~default:"none" = "none");
      let later = FLS.create () in
      FLS.reserve f later;
      let before = Gc.minor_words () in
      FLS.set f later 1;
      that "reserved: no allocation" (Gc.minor_words () -. before < 3.0);
      FLS.remove f (FLS.create ()));
  test "fiber: computations" (fun () ->
      let c, f = make () in
      let packed = get_computation f in
      that "of this" (match packed with Packed d -> Computation.Tx.same c d);
      let other = Computation.Packed (Computation.create ()) in
      set_computation f other;
      that "physically the same" (get_computation f == other);
      set_computation f packed;
      that "restored" (get_computation f == packed));
  test "fiber: maybe" (fun () ->
      let _, f = make () and _, g = make () in
      let open Maybe in
      let some = of_fiber f in
      that "to_fiber" (Fiber.equal (to_fiber some) f);
      raises "nothing" is_invalid (fun () -> to_fiber nothing);
      that "or_current" (or_current some == some && Fiber.equal (to_fiber_or_current some) f);
      that "current_if false" (current_if (Some false) == nothing && current_and_check_if (Some false) == nothing);
      that "equal" (equal some some && equal some nothing && equal nothing some && not (equal some (of_fiber g)));
      that "unequal"
        (unequal nothing nothing && unequal nothing some && unequal some nothing
        && unequal some (of_fiber g)
        && not (unequal some some));
      Maybe.check nothing)

let[@alert "-handler"] suspension () =
  let resume _ woken () = incr woken in
  test "suspend: signaled by the computation" (fun () ->
      let c = Computation.create () in
      let f = Fiber.create ~forbid:false c and t = Trigger.create () and woken = ref 0 in
      that "suspended" (Fiber.try_suspend f t woken () resume);
      raises "too early" is_invalid (fun () -> Fiber.unsuspend f t);
      Computation.cancel c A bt;
      equal "woken" 1 !woken;
      that "canceled" (not (Fiber.unsuspend f t)));
  test "suspend: signaled by its trigger" (fun () ->
      let c = Computation.create () in
      let f = Fiber.create ~forbid:false c and t = Trigger.create () and woken = ref 0 in
      that "suspended" (Fiber.try_suspend f t woken () resume);
      Trigger.signal t;
      that "goes on" (Fiber.unsuspend f t);
      that "nothing stays" (Obj.reachable_words (Obj.repr c) <= 2));
  test "suspend: signaled or canceled before, returned, forbidden" (fun () ->
      let woken = ref 0 in
      let c = Computation.create () in
      let f = Fiber.create ~forbid:false c in
      that "signaled" (not (Fiber.try_suspend f Trigger.signaled woken () resume));
      that "nothing stays" (Obj.reachable_words (Obj.repr c) <= 2);
      Computation.cancel c A bt;
      let t = Trigger.create () in
      that "canceled" (not (Fiber.try_suspend f t woken () resume));
      that "disposed" (Trigger.is_signaled t);
      Fiber.set f ~forbid:true;
      let t = Trigger.create () in
      that "forbidden" (Fiber.try_suspend f t woken () resume);
      Trigger.signal t;
      that "goes on" (Fiber.unsuspend f t);
      let f = Fiber.create ~forbid:false Computation.finished and t = Trigger.create () in
      that "returned" (Fiber.try_suspend f t woken () resume);
      Trigger.signal t;
      that "goes on" (Fiber.unsuspend f t);
      equal "woken" 2 !woken)

let add () =
  triggers ();
  computations ();
  transactions ();
  fibers ();
  suspension ()
