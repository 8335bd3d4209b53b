(* SPDX-License-Identifier: ISC *)

(* Data stacks: in order on one fiber, in all interleavings, and on several domains. *)

open Picos
open Picos_std_structured
open Picox_check.Check
open Picox_interleave
open Picox_data_stack

type kind = Read | Written | Gone

exception A

let bt = Printexc.get_callstack 0
let kinds = [| Read; Written |]
let item ?buffer ?(length = 0) token = { kind = Written; token; length; buffer }
let token item = item.token
let is_closed exn = exn = Closed

let one_fiber () =
  test "data stack: items come out as they were put" (fun () ->
      let t = create ~kinds ~capacity:4 () in
      let all = [ item 1; { (item max_int) with kind = Read }; item ~length:0xffff_ffff min_int; item 0 ] in
      List.iter (fun item -> that "room" (try_put t item)) all;
      that "full" (not (try_put t (item 5)));
      equal "depth" 4 (depth t);
      equal "capacity" 4 (capacity t);
      List.iter (fun item -> that "the same" (try_get t = Some item)) all;
      that "empty" (try_get t = None));
  test "data stack: what is no item is refused" (fun () ->
      let t = create ~kinds ~capacity:4 () in
      raises "kind" is_invalid (fun () -> try_put t { (item 1) with kind = Gone });
      raises "length" is_invalid (fun () -> try_put t (item ~length:(-1) 1));
      raises "length" is_invalid (fun () -> try_put t (item ~length:(1 lsl 32) 1));
      List.iter
        (fun capacity -> raises "capacity" is_invalid (fun () -> create ~kinds ~capacity ()))
        [ 0; -1; 3; 1 lsl 21; max_int ];
      raises "most" is_invalid (fun () -> get_some t ~most:0);
      equal "nothing is in" 0 (depth t));
  test "data stack: a buffer changes hands" (fun () ->
      let pool = Pool.create ~size:16 ~count:4 in
      let t = create ~pool ~kinds ~capacity:2 () and without = create ~kinds ~capacity:2 () in
      let buffer = Option.get (Pool.take pool) in
      Pool.blit_from_string "camel" 0 buffer 3 5;
      raises "of no pool" is_invalid (fun () -> try_put without (item ~buffer 1));
      that "still ours" (Pool.is_owned buffer);
      that "put" (try_put t (item ~buffer ~length:5 1));
      that "not ours" (not (Pool.is_owned buffer));
      List.iter
        (fun use -> raises "gone" is_invalid use)
        [
          (fun () -> ignore (Pool.get buffer 3));
          (fun () -> Pool.set buffer 3 'c');
          (fun () -> Pool.blit_from_string "x" 0 buffer 0 1);
          (fun () -> Pool.blit_to_bytes buffer 0 (Bytes.create 1) 0 1);
          (fun () -> Pool.give_back buffer);
          (fun () -> ignore (try_put t (item ~buffer 2)));
        ];
      let got = Option.get (Option.get (try_get t)).buffer in
      let text = Bytes.create 5 in
      Pool.blit_to_bytes got 3 text 0 5;
      that "what was in it" (Bytes.to_string text = "camel");
      List.iter
        (fun use -> raises "outside" is_invalid use)
        [
          (fun () -> ignore (Pool.get got 16));
          (fun () -> ignore (Pool.get got (-1)));
          (fun () -> Pool.blit_from_string "xx" 0 got 15 2);
          (fun () -> Pool.blit_from_string "x" 0 got 0 2);
          (fun () -> Pool.blit_to_bytes got 0 text 4 2);
          (fun () -> Pool.blit_to_bytes got max_int text 0 2);
        ];
      that "full keeps it" (try_put t (item 1) && try_put t (item 2) && not (try_put t (item ~buffer:got 3)));
      that "ours" (Pool.is_owned got);
      equal "three" 3 (Pool.available pool);
      Pool.give_back got;
      equal "four" 4 (Pool.available pool);
      let all = List.init 4 (fun _ -> Option.get (Pool.take pool)) in
      that "no more" (Pool.take pool = None);
      List.iter Pool.give_back all);
  test "data stack: the end" (fun () ->
      Picos_mux_fifo.run (fun () ->
          let t = create ~kinds ~capacity:2 () in
          put t (item 1);
          close t;
          raises "closed" is_closed (fun () -> put t (item 2));
          raises "closed" is_closed (fun () -> put_all t [ item 2 ]);
          equal "what is left" 1 (token (get t));
          raises "over" is_closed (fun () -> get t);
          raises "over" is_closed (fun () -> get_some t ~most:2);
          let waits = create ~kinds ~capacity:2 () and ended = ref 0 in
          Bundle.join_after (fun bundle ->
              for _ = 1 to 3 do
                Bundle.fork bundle (fun () ->
                    raises "over" is_closed (fun () -> get waits);
                    incr ended)
              done;
              Fiber.yield ();
              close waits);
          equal "all" 3 !ended))

(* {1 Interleavings} *)

module Stacks (T : sig
  type 'kind t

  val create :
    ?name:Traced.Picox_trace.name -> ?pool:Traced_pool.t -> kinds:'kind array -> capacity:int -> unit -> 'kind t

  type 'kind item = { kind : 'kind; token : int; length : int; buffer : Traced_pool.buffer option }

  val put : 'kind t -> 'kind item -> unit
  val put_all : 'kind t -> 'kind item list -> unit
  val get : 'kind t -> 'kind item
  val get_some : 'kind t -> most:int -> 'kind item list
  val close : 'kind t -> unit

  exception Closed
end) =
struct
  let item token = { T.kind = Written; token; length = 0; buffer = None }
  let alone body () = Traced_fifo.run body
  let stack ?(capacity = 1) () = T.create ~kinds ~capacity ()

  let back_pressure () =
    let t = stack () and got = ref [] in
    ( [
        alone (fun () -> for i = 1 to 3 do T.put t (item i) done);
        alone (fun () -> for _ = 1 to 3 do got := (T.get t).token :: !got done);
      ],
      fun () -> that "all, in order" (!got = [ 3; 2; 1 ]) )

  let batch_for_two () =
    let t = stack ~capacity:2 () and got = ref 0 in
    let one = alone (fun () -> ignore (T.get t); incr got) in
    ([ one; one; alone (fun () -> T.put_all t [ item 1; item 2 ]) ], fun () -> equal "got" 2 !got)

  let batches () =
    let t = stack ~capacity:2 () and got = ref [] in
    ( [
        alone (fun () -> T.put_all t (List.init 4 item));
        alone (fun () ->
            while List.length !got < 4 do
              let some = T.get_some t ~most:3 in
              got := List.rev_append (List.map (fun (i : _ T.item) -> i.token) some) !got
            done);
      ],
      fun () -> that "all, in order" (!got = [ 3; 2; 1; 0 ]) )

  (* One of two that wait is canceled; the item is for the other, or was got before. *)
  let canceled () =
    let t = stack () and c = Traced_picos.Computation.create () and got = ref 0 in
    let get_one () =
      ignore (T.get t);
      incr got
    in
    ( [
        (fun () ->
          Traced_fifo.run (fun () ->
              Traced_picos.Fiber.spawn
                (Traced_picos.Fiber.create ~forbid:false c)
                (fun _ -> try get_one () with A | T.Closed -> ())));
        alone (fun () -> try get_one () with T.Closed -> ());
        (fun () -> Traced_picos.Computation.cancel c A bt);
        alone (fun () ->
            T.put t (item 1);
            Traced_picos.Computation.cancel c A bt;
            T.close t);
      ],
      fun () -> equal "got" 1 !got )
end

module Good = Stacks (Traced_data_stack)
module Blind = Stacks (Blind_data_stack)

let interleavings () =
  let law name preemptions setup =
    test ("interleavings: data stack: " ^ name) (fun () ->
        let schedules = Interleave.all ~preemptions setup in
        that (Printf.sprintf "%d schedules" schedules) (schedules > 500);
        Interleave.some ~seed:1 (scaled 2_000) setup)
  in
  law "one that is full holds the putter up" 2 Good.back_pressure;
  law "a batch wakes as many as it has items" 2 Good.batch_for_two;
  law "batches both ways" 2 Good.batches;
  law "a getter is canceled" 1 Good.canceled;
  test "interleavings: data stack: one that does not look again is found" (fun () ->
      that "found" (Interleave.finds (fun () -> ignore (Interleave.all ~preemptions:2 Blind.back_pressure))))

(* {1 Domains} *)

let traffic n_domains =
  test (Printf.sprintf "data stack: traffic between classes on %d domains" n_domains) (fun () ->
      let n = scaled 20_000 and pool = Pool.create ~size:64 ~count:16 in
      let { inbound; outbound } = pair ~pool ~inbound:kinds ~outbound:kinds ~capacity:8 () in
      let sum = Atomic.make 0 in
      Picox_local.run ~n_domains (fun () ->
          (* Drivers put what has come in, in the buffers; processes answer in the same buffers; drivers give them back. *)
          let rec buffer () =
            match Pool.take pool with
            | Some buffer -> buffer
            | None ->
                Fiber.yield ();
                buffer ()
          in
          let drivers =
            List.init 2 (fun d ->
                Picox_drivers.start (fun () ->
                    for i = 1 to n do
                      let buffer = buffer () in
                      Pool.set buffer 0 (Char.chr (i land 255));
                      if i mod 3 = 0 then put_all inbound [ item ~buffer ~length:1 ((i * 2) + d) ]
                      else put inbound (item ~buffer ~length:1 ((i * 2) + d))
                    done))
          in
          let processes =
            List.init 3 (fun p ->
                Picox_vproc.start (fun () ->
                    let last = [| 0; 0 |] in
                    let answer item =
                      let d = item.token land 1 and i = item.token / 2 in
                      that "in order" (i > last.(d));
                      last.(d) <- i;
                      let buffer = Option.get item.buffer in
                      that "what was put" (Pool.get buffer 0 = Char.chr (i land 255));
                      Pool.set buffer 1 'a';
                      put outbound { item with kind = Read; length = 2 }
                    in
                    try
                      while true do
                        if p = 0 then List.iter answer (get_some inbound ~most:5) else answer (get inbound)
                      done
                    with Closed -> ()))
          in
          let back =
            Picox_drivers.start (fun () ->
                for _ = 1 to 2 * n do
                  let item = get outbound in
                  that "an answer" (item.kind = Read && item.length = 2);
                  let buffer = Option.get item.buffer in
                  that "by one" (Pool.get buffer 1 = 'a');
                  Pool.give_back buffer;
                  ignore (Atomic.fetch_and_add sum (item.token / 2))
                done)
          in
          List.iter Picox_drivers.await drivers;
          close inbound;
          List.iter Picox_vproc.await processes;
          Picox_drivers.await back);
      equal "all" (n * (n + 1)) (Atomic.get sum);
      equal "buffers" 16 (Pool.available pool);
      equal "nothing is in" 0 (depth inbound + depth outbound))

let add () =
  one_fiber ();
  if not quick then interleavings ();
  List.iter traffic [ 1; 4 ]
