(* SPDX-License-Identifier: ISC *)

(* picos_aux.htbl: against a model, in all interleavings of short threads, and under load. picos_aux.rc on top. *)

open Picox_check.Check
module Htbl = Picos_aux_htbl
module Traced = Traced_htbl

let sorted bindings = List.sort compare (List.of_seq bindings)
let of_hashtbl model = List.sort compare (Hashtbl.fold (fun k v all -> (k, v) :: all) model [])
let exn_opt f = match f () with value -> Some value | exception Not_found -> None

let model () =
  test "htbl: as a Hashtbl, for random operations" (fun () ->
      for seed = 1 to scaled 50 do
        let random = Random.State.make [| seed |] in
        let t = Htbl.create ~hashed_type:(module Int) ~min_buckets:1 ~max_buckets:(1 lsl (seed mod 8)) () in
        let model = Hashtbl.create 16 in
        for i = 1 to 1_000 do
          (* In the first half the table grows, in the second it shrinks. *)
          let key = Random.State.int random 100 and remove = Random.State.int random 1_000 < i in
          let was = Hashtbl.find_opt model key in
          let agree what = that (Printf.sprintf "%s, seed %d, step %d" what seed i) in
          let has = was <> None in
          match (remove, Random.State.int random 4) with
          | _, 0 ->
              agree "find" (exn_opt (fun () -> Htbl.find_exn t key) = was && Htbl.mem t key = has);
              agree "set" (Htbl.try_set t key i = has);
              if has then Hashtbl.replace model key i
          | false, 1 ->
              agree "compare" (not (Htbl.try_compare_and_set t key (-1) 0));
              agree "set_exn" (exn_opt (fun () -> Htbl.set_exn t key i) = was);
              if has then Hashtbl.replace model key i
          | false, _ ->
              agree "add" (Htbl.try_add t key i <> has);
              if not has then Hashtbl.replace model key i
          | true, 1 ->
              agree "compare" (not (Htbl.try_compare_and_remove t key (-1)));
              agree "remove" (exn_opt (fun () -> Htbl.remove_exn t key) = was);
              Hashtbl.remove model key
          | true, 2 ->
              let value = Option.value was ~default:0 in
              agree "compare" (Htbl.try_compare_and_remove t key value = has);
              Hashtbl.remove model key
          | true, _ ->
              agree "remove" (Htbl.try_remove t key = has);
              Hashtbl.remove model key
        done;
        equal "length" (Hashtbl.length model) (Htbl.non_linearizable_length t);
        that "all" (sorted (Htbl.to_seq t) = of_hashtbl model);
        let copy = Htbl.copy t in
        that "removed" (sorted (Htbl.remove_all t) = of_hashtbl model);
        that "empty" (sorted (Htbl.to_seq t) = [] && Htbl.non_linearizable_length t = 0);
        that "no key" (exn_opt (fun () -> Htbl.find_random_exn t) = None);
        that "the copy is independent" (sorted (Htbl.to_seq copy) = of_hashtbl model);
        Hashtbl.iter (fun key _ -> that "findable" (Htbl.try_remove copy key)) model
      done);
  test "htbl: any key, any size" (fun () ->
      let t = Htbl.create ~min_buckets:5 ~max_buckets:6 () in
      equal "least" 8 (Htbl.min_buckets_of t);
      equal "most" 8 (Htbl.max_buckets_of t);
      let keys = List.init 100 (fun i -> (string_of_int i, [ i ])) in
      List.iter (fun key -> that "added" (Htbl.try_add t key key)) keys;
      List.iter (fun key -> that "there" (Htbl.find_exn t key = key)) keys;
      let module Key = (val Htbl.hashed_type_of t) in
      that "the hashed type" (Key.equal ("1", [ 1 ]) ("1", [ 1 ]));
      equal "absurd" 1 (Htbl.min_buckets_of (Htbl.create ~min_buckets:(-3) ())));
  test "htbl: all keys come by chance" (fun () ->
      let t = Htbl.create ~hashed_type:(module Int) () and seen = Array.make 10 false in
      for key = 0 to 9 do ignore (Htbl.try_add t (key * 1_000_000) ()) done;
      (* The chance of a key to be missed in all of these is less than 10^-40. *)
      for _ = 1 to 10_000 do seen.(Htbl.find_random_exn t / 1_000_000) <- true done;
      that "all" (Array.for_all Fun.id seen))

(* A table with two bindings in one bucket; the next addition makes two buckets of it. *)
let about_to_grow () =
  let t = Traced.create ~hashed_type:(module Int) ~min_buckets:1 ~max_buckets:2 () in
  List.iter (fun key -> that "added" (Traced.try_add t key (10 * key))) [ 1; 2 ];
  t

let interleavings () =
  let all ?(preemptions = 4) name setup =
    test (Printf.sprintf "htbl: %s, in all interleavings with few preemptions" name) (fun () ->
        let schedules = Picox_interleave.Interleave.all ~preemptions setup in
        that (Printf.sprintf "%d schedules" schedules) (schedules > 20))
  in
  all "two additions of one key" (fun () ->
      let t = Traced.create ~hashed_type:(module Int) ~min_buckets:1 ~max_buckets:1 () and won = ref [] in
      let add value () = if Traced.try_add t 0 value then won := value :: !won in
      ( [ add 1; add 2 ],
        fun () ->
          equal "winners" 1 (List.length !won);
          that "the winner's" (sorted (Traced.to_seq t) = [ (0, List.hd !won) ]) ));
  all "a look-up while the table grows" (fun () ->
      let t = about_to_grow () and found = ref None in
      ( [ (fun () -> that "added" (Traced.try_add t 3 30)); (fun () -> found := exn_opt (fun () -> Traced.find_exn t 1)) ],
        fun () ->
          that "found" (!found = Some 10);
          that "all" (sorted (Traced.to_seq t) = [ (1, 10); (2, 20); (3, 30) ]) ));
  all "a removal while the table grows" (fun () ->
      let t = about_to_grow () in
      ( [ (fun () -> that "added" (Traced.try_add t 3 30)); (fun () -> that "removed" (Traced.try_remove t 1)) ],
        fun () -> that "all" (sorted (Traced.to_seq t) = [ (2, 20); (3, 30) ]) ));
  all "a look-up while all is removed" (fun () ->
      let t = about_to_grow () and first = ref None and second = ref None and removed = ref [] in
      let find () = exn_opt (fun () -> Traced.find_exn t 1) in
      ( [
          (fun () -> removed := sorted (Traced.remove_all t));
          (fun () ->
            first := find ();
            second := find ());
        ],
        fun () ->
          that "removed" (!removed = [ (1, 10); (2, 20) ]);
          that "does not come back" (!second = None || !first = Some 10);
          that "gone" (find () = None) ));
  all ~preemptions:2 "look-ups while all is removed, bucket by bucket" (fun () ->
      let t = Traced.create ~hashed_type:(module Int) ~min_buckets:8 ~max_buckets:8 () in
      let keys = List.init 8 Fun.id in
      List.iter (fun key -> ignore (Traced.try_add t key key)) keys;
      let found = ref [] in
      ( [
          (fun () -> ignore (sorted (Traced.remove_all t)));
          (fun () -> List.iter (fun key -> found := Traced.mem t key :: !found) keys);
        ],
        fun () ->
          (* All are removed at one moment: none is found after one was not. *)
          that "at one moment" (List.sort (fun a b -> compare b a) !found = List.rev !found) ));
  all "a snapshot between two additions" (fun () ->
      let t = Traced.create ~hashed_type:(module Int) ~min_buckets:2 ~max_buckets:2 () and seen = ref [] in
      ( [
          (fun () ->
            ignore (Traced.try_add t 1 1);
            ignore (Traced.try_add t 2 2));
          (fun () -> seen := List.map fst (sorted (Traced.to_seq t)));
        ],
        fun () -> that "not the second alone" (List.mem !seen [ []; [ 1 ]; [ 1; 2 ] ]) ))

let load () =
  test "htbl: domains that add and remove, while others take snapshots" (fun () ->
      let t = Htbl.create ~hashed_type:(module Int) ~min_buckets:1 () in
      let n = 3_000 and stop = Atomic.make false in
      (* Each domain adds its keys in order, so a snapshot holds the first ones of each. *)
      let writer w = Domain.spawn (fun () -> for i = 0 to n - 1 do that "added" (Htbl.try_add t ((2 * i) + w) i) done) in
      let reader () =
        let snapshots = ref 0 in
        while not (Atomic.get stop) do
          let values w = List.filter_map (fun (key, i) -> if key land 1 = w then Some i else None) (sorted (Htbl.to_seq t)) in
          List.iter (fun w ->
              let values = values w in
              that "the first ones" (values = List.init (List.length values) Fun.id)) [ 0; 1 ];
          incr snapshots
        done;
        !snapshots
      in
      let reading = Domain.spawn reader in
      let writing = List.map writer [ 0; 1 ] in
      List.iter Domain.join writing;
      Atomic.set stop true;
      that "snapshots" (Domain.join reading > 0);
      equal "length" (2 * n) (Htbl.non_linearizable_length t);
      let remover w = Domain.spawn (fun () -> for i = 0 to n - 1 do equal "removed" i (Htbl.remove_exn t ((2 * i) + w)) done) in
      List.iter Domain.join (List.map remover [ 0; 1 ]);
      that "empty" (sorted (Htbl.to_seq t) = []));
  test "htbl: what is added is removed once" (fun () ->
      let t = Htbl.create ~hashed_type:(module Int) () in
      let n = 3_000 and left = Atomic.make 2 in
      let adder w =
        Domain.spawn (fun () ->
            for i = 0 to n - 1 do ignore (Htbl.try_add t ((2 * i) + w) ()) done;
            Atomic.decr left)
      in
      let adding = List.map adder [ 0; 1 ] in
      let got = ref [] in
      while Atomic.get left > 0 do got := List.map fst (sorted (Htbl.remove_all t)) :: !got done;
      List.iter Domain.join adding;
      got := List.map fst (sorted (Htbl.remove_all t)) :: !got;
      that "each once" (List.sort compare (List.concat !got) = List.init (2 * n) Fun.id))

let counts () =
  let disposed = Atomic.make [] in
  let module Resource = struct
    include Int

    let rec dispose n =
      let before = Atomic.get disposed in
      if not (Atomic.compare_and_set disposed before (n :: before)) then dispose n
  end in
  let module Rc = Picos_aux_rc.Make (Resource) () in
  test "rc: disposes of what nobody needs" (fun () ->
      let one = Rc.create 1 in
      equal "resource" 1 (Rc.unsafe_get one);
      raises "twice" is_invalid (fun () -> Rc.create 1);
      Rc.incr one;
      Rc.decr one;
      that "not yet" (Atomic.get disposed = []);
      Rc.decr one;
      that "now" (Atomic.get disposed = [ 1 ]);
      raises "decr" is_invalid (fun () -> Rc.decr one);
      raises "incr" is_invalid (fun () -> Rc.incr one);
      let two = Rc.create ~dispose:false 2 in
      Rc.decr two;
      that "never" (Atomic.get disposed = [ 1 ]);
      let again = Rc.create 1 in
      Rc.incr again;
      Rc.decr ~close:true again;
      raises "closed" is_invalid (fun () -> Rc.incr again);
      let three = Rc.create ~dispose:false 3 in
      Rc.incr three;
      Rc.incr three;
      Rc.decr ~close:true three;
      Rc.decr three;
      raises "stays closed" is_invalid (fun () -> Rc.incr three);
      Rc.decr three;
      (match List.of_seq (Rc.infos ()) with
      | [ { resource = 1; count = 1; closed = true; dispose = true; _ } ] -> ()
      | _ -> failwith "infos");
      Rc.decr again;
      that "again" (Atomic.get disposed = [ 1; 1 ]);
      that "nothing" (Seq.is_empty (Rc.infos ())));
  test "rc: domains that share one" (fun () ->
      Atomic.set disposed [];
      let shared = Rc.create 7 in
      let use () =
        for _ = 1 to 5_000 do
          Rc.incr shared;
          that "there" (Atomic.get disposed = []);
          Rc.decr shared
        done;
        Rc.decr shared
      in
      Rc.incr shared;
      let other = Domain.spawn use in
      use ();
      Domain.join other;
      that "once" (Atomic.get disposed = [ 7 ]))

let add () =
  model ();
  if not quick then interleavings ();
  load ();
  counts ()
