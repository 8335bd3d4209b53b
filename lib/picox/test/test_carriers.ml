(* SPDX-License-Identifier: ISC *)

(* Threads that carry fibers: nobody who is ready is forgotten, in all interleavings with few preemptions, and among
   threads and domains at random. *)

open Picox_check.Check
open Picox_interleave

module type Carriers = sig
  type t

  val create : ?start_thread:((unit -> unit) -> unit) -> unit -> t

  val run :
    t ->
    Traced_picos.Fiber.t ->
    ?resumed:(unit -> unit) ->
    ?suspended:(unit -> unit) ->
    ?ended:(unit -> unit) ->
    (Traced_picos.Fiber.t -> unit) ->
    bool

  val close : t -> unit
  val aside : t -> (unit -> 'a) -> 'a
end

(* Two fibers. One waits for a signal from elsewhere while the other keeps its thread until that has come: so a second
   carrier must see to the first. *)
let one_keeps_its_thread (module C : Carriers) () =
  let open Traced_picos in
  let pool = C.create ~start_thread:Interleave.fork () in
  let trigger = Trigger.create () and woken = ref false and carried = ref 0 in
  let start main =
    let resumed () = Interleave.untraced (fun () -> incr carried)
    and suspended () = Interleave.untraced (fun () -> decr carried) in
    that "started" (C.run pool (Fiber.create ~forbid:true (Computation.create ())) ~resumed ~suspended (fun _ -> main ()))
  in
  ( [
      (fun () ->
        start (fun () ->
            ignore (Trigger.await trigger);
            woken := true);
        start (fun () ->
            C.aside pool (fun () -> Interleave.block_until (fun () -> !woken));
            C.close pool));
      (fun () -> Trigger.signal trigger);
    ],
    fun () ->
      that "woken" !woken;
      equal "carried at the end" 0 !carried )

let interleavings () =
  let setup = one_keeps_its_thread (module Traced_carriers) in
  test "interleavings: carriers: woken while another keeps its thread" (fun () ->
      let schedules = Interleave.all ~preemptions:2 setup in
      that (Printf.sprintf "%d schedules" schedules) (schedules > 500);
      Interleave.some ~seed:1 (scaled 2_000) setup);
  let is_found name carriers =
    test ("interleavings: carriers: one that " ^ name ^ " is found") (fun () ->
        let setup = one_keeps_its_thread carriers in
        that "found" (Interleave.finds (fun () -> ignore (Interleave.all ~preemptions:2 setup))))
  in
  is_found "leaves without a look" (module Blind_carriers);
  is_found "wakes nobody" (module Deaf_carriers)

open Picos
module Carriers = Picox_carriers

(* How many of [count] are done; waits for all. *)
let counter count =
  let lock = Mutex.create () and changed = Condition.create () and left = ref count in
  let note () =
    Mutex.protect lock (fun () ->
        decr left;
        Condition.signal changed)
  and await () =
    Mutex.protect lock (fun () ->
        while !left > 0 do
          Condition.wait changed lock
        done)
  in
  (note, await)

let start pool ?resumed ?suspended ended main =
  that "started" (Carriers.run pool (Fiber.create ~forbid:true (Computation.create ())) ?resumed ?suspended ~ended (fun _ -> main ()))

(* Fibers in rings: each wakes the next, and some of them keep their threads in between. *)
let rings () =
  let size = 8 and rounds = scaled 500 in
  let pool = Carriers.create () in
  let ended, await = counter (2 * size) in
  let ring seed =
    let state = Random.State.make [| seed |] in
    let places = Array.init size (fun _ -> Atomic.make (Trigger.create ())) in
    let member i () =
      for _ = 1 to rounds do
        let mine = Atomic.get places.(i) in
        ignore (Trigger.await mine);
        Atomic.set places.(i) (Trigger.create ());
        (match Random.State.int state 4 with
        | 0 -> Carriers.aside pool Thread.yield
        | 1 -> Fiber.yield ()
        | 2 -> if Carriers.has_others pool then Carriers.share pool
        | _ -> ());
        Trigger.signal (Atomic.get places.((i + 1) mod size))
      done
    in
    Array.iteri (fun i _ -> start pool ended (member i)) places;
    Atomic.get places.(0)
  in
  let first = ring 1 and second = ring 2 in
  Trigger.signal first;
  Domain.join (Domain.spawn (fun () -> Trigger.signal second));
  await ();
  Carriers.close pool

(* With one thread, fibers that never wait take turns. *)
let short () =
  let threads = ref 0 in
  let start_thread f =
    incr threads;
    if !threads > 1 then failwith "no more" else ignore (Thread.create f ())
  in
  let pool = Carriers.create ~start_thread () in
  let ended, await = counter 2 and turn = Atomic.make 0 in
  let play me () =
    for _ = 1 to 100 do
      while Atomic.get turn <> me do
        if Carriers.has_others pool then Carriers.share pool;
        Thread.yield ()
      done;
      Atomic.set turn (1 - me)
    done
  in
  start pool ended (play 0);
  start pool ended (play 1);
  await ();
  that "more are wanted" (!threads > 1);
  let none = Carriers.create ~start_thread:(fun _ -> failwith "none") () in
  that "none" (not (Carriers.run none (Fiber.create ~forbid:true (Computation.create ())) (fun _ -> ())));
  Carriers.close pool

(* A fiber is told of each time that it is carried; what it spawns runs, and its cancelation comes. *)
let contract () =
  let pool = Carriers.create () in
  let ended, await = counter 1 in
  let carried = ref 0 and most = ref 0 and seen = ref [] in
  let resumed () =
    incr carried;
    most := max !most !carried
  and suspended () = decr carried in
  start pool ~resumed ~suspended ended (fun () ->
      let fiber = Fiber.current () in
      Fiber.yield ();
      that "the same" (Fiber.equal fiber (Fiber.current ()));
      let result = Computation.create () in
      Fiber.spawn (Fiber.create ~forbid:false result) (fun _ -> Computation.return result 7);
      if Computation.await result = 7 then seen := `Spawned :: !seen;
      let timed = Computation.create () in
      Computation.cancel_after timed ~seconds:0.01 Exit (Printexc.get_callstack 0);
      match Computation.await timed with () -> () | exception Exit -> seen := `Late :: !seen);
  await ();
  equal "both" 2 (List.length !seen);
  equal "once at a time" 1 !most;
  equal "not any more" 0 !carried;
  Carriers.close pool

let add () =
  if not quick then interleavings ();
  test "carriers: rings of fibers, some of which keep their threads" rings;
  test "carriers: fibers take turns where there is one thread" short;
  test "carriers: what a fiber may expect" contract
