(* SPDX-License-Identifier: ISC *)

(* The queues of picos_aux: against a model, in all interleavings of short threads, and under load. *)

open Picox_check.Check

module type Queue = sig
  type !'a t

  val create : ?padded:bool -> unit -> 'a t
  val push : 'a t -> 'a -> unit
  val push_head : 'a t -> 'a -> unit

  exception Empty

  val pop_exn : 'a t -> 'a
end

module Laws (Q : Queue) = struct
  let pop q = match Q.pop_exn q with value -> Some value | exception Q.Empty -> None

  let rec drain q = match pop q with Some value -> value :: drain q | None -> []

  (* Random operations, the same on a list. *)
  let model name =
    test (name ^ ": as a list, for random operations") (fun () ->
        for seed = 1 to scaled 200 do
          let random = Random.State.make [| seed |] in
          let q = Q.create ~padded:(seed land 1 = 0) () and model = ref [] in
          for i = 1 to 200 do
            match Random.State.int random 5 with
            | 0 | 1 ->
                Q.push q i;
                model := !model @ [ i ]
            | 2 ->
                Q.push_head q i;
                model := i :: !model
            | _ ->
                let expected, rest = match !model with [] -> (None, []) | x :: rest -> (Some x, rest) in
                model := rest;
                that (Printf.sprintf "seed %d, step %d" seed i) (pop q = expected)
          done;
          that (Printf.sprintf "seed %d, rest" seed) (drain q = !model)
        done)

  (* [producers] domains push numbers, each in its order; [consumers] pop them all. *)
  let load name ~producers ~consumers =
    test (Printf.sprintf "%s: %d producers, %d consumers" name producers consumers) (fun () ->
        let each = 20_000 in
        let q = Q.create ~padded:true () and left = Atomic.make (producers * each) in
        let produce p = Domain.spawn (fun () -> for i = 0 to each - 1 do Q.push q ((p * each) + i) done) in
        let consume () =
          let got = ref [] in
          while Atomic.get left > 0 do
            match pop q with
            | None -> Domain.cpu_relax ()
            | Some value ->
                Atomic.decr left;
                got := value :: !got
          done;
          List.rev !got
        in
        let all_producers = List.init producers produce in
        let others = List.init (consumers - 1) (fun _ -> Domain.spawn consume) in
        let mine = consume () in
        let all = mine :: List.map Domain.join others in
        List.iter Domain.join all_producers;
        let in_order got =
          let last = Array.make producers (-1) in
          List.for_all
            (fun value ->
              let p = value / each in
              let ok = value > last.(p) in
              last.(p) <- value;
              ok)
            got
        in
        that "each producer's in order" (List.for_all in_order all);
        that "each once" (List.sort compare (List.concat all) = List.init (producers * each) Fun.id))

  (* One thread pushes 1 at the tail, 2 at the head and 3 at the tail, another pops twice. What the pops give must be
     what they can give in some order of the operations. *)
  let interleavings name =
    test (name ^ ": pushes at both ends and pops, in all interleavings") (fun () ->
        let pushes = [ (fun q -> Q.push q 1); (fun q -> Q.push_head q 2); (fun q -> Q.push q 3) ] in
        let sequential =
          let rec merge pushed pops state got =
            (* [pushed] pushes are done; [got] is newest first *)
            let push = if pushed = 3 then [] else
              let state = match pushed with 0 -> state @ [ 1 ] | 1 -> 2 :: state | _ -> state @ [ 3 ] in
              merge (pushed + 1) pops state got
            and pop = if pops = 2 then [] else
              match state with
              | [] -> merge pushed (pops + 1) [] (None :: got)
              | x :: rest -> merge pushed (pops + 1) rest (Some x :: got)
            in
            if pushed = 3 && pops = 2 then [ (List.rev got, state) ] else push @ pop
          in
          merge 0 0 [] []
        in
        let setup () =
          let q = Q.create () and got = ref [] in
          let pop () = got := pop q :: !got in
          ( [ (fun () -> List.iter (fun push -> push q) pushes); (fun () -> pop (); pop ()) ],
            fun () ->
              let outcome = (List.rev !got, drain q) in
              that "as in some order" (List.mem outcome sequential) )
        in
        let schedules = Picox_interleave.Interleave.all setup in
        that (Printf.sprintf "%d schedules" schedules) (schedules > 50))
end

module Mpscq = Laws (Picos_aux_mpscq)
module Mpmcq = Laws (Picos_aux_mpmcq)
module Traced_mpscq_laws = Laws (Traced_mpscq)
module Traced_mpmcq_laws = Laws (Traced_mpmcq)

let two_consumers () =
  test "mpmcq: two consumers and a producer, in all interleavings" (fun () ->
      let pop = Traced_mpmcq_laws.pop in
      let setup () =
        let q = Traced_mpmcq.create () and got = ref [] in
        Traced_mpmcq.push q 1;
        let consume () = Option.iter (fun x -> got := x :: !got) (pop q) in
        ( [ consume; consume; (fun () -> Traced_mpmcq.push q 2) ],
          fun () ->
            let rest = Option.to_list (pop q) in
            that "each once" (List.sort compare (rest @ !got) = [ 1; 2 ]);
            that "the first is gone" (rest <> [ 1 ]) )
      in
      let schedules = Picox_interleave.Interleave.all setup in
      that (Printf.sprintf "%d schedules" schedules) (schedules > 20))

let extras () =
  test "mpmcq: length" (fun () ->
      let q = Picos_aux_mpmcq.create () in
      that "empty" (Picos_aux_mpmcq.is_empty q);
      List.iter (Picos_aux_mpmcq.push q) [ 1; 2 ];
      Picos_aux_mpmcq.push_head q 0;
      equal "three" 3 (Picos_aux_mpmcq.length q);
      equal "first" 0 (Picos_aux_mpmcq.pop_exn q);
      equal "two" 2 (Picos_aux_mpmcq.length q));
  test "mpscq: pop_all, in order" (fun () ->
      let open Picos_aux_mpscq in
      let q = create () in
      List.iter (push q) [ 1; 2; 3 ];
      equal "first" 1 (pop_exn q);
      push q 4;
      push_head q 0;
      that "all" (List.of_seq (pop_all q) = [ 0; 2; 3; 4 ]);
      that "empty" (List.of_seq (pop_all q) = []))

let add () =
  Mpscq.model "mpscq";
  Mpscq.load "mpscq" ~producers:2 ~consumers:1;
  if not quick then Traced_mpscq_laws.interleavings "mpscq";
  Mpmcq.model "mpmcq";
  Mpmcq.load "mpmcq" ~producers:2 ~consumers:2;
  if not quick then begin
    Traced_mpmcq_laws.interleavings "mpmcq";
    two_consumers ()
  end;
  extras ()
