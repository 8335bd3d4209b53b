(* SPDX-License-Identifier: ISC *)

(* The timer wheel against a sorted list, and the timeline in all interleavings. *)

open Picox_check.Check
open Picox_interleave
module Wheel = Picox_wheel

(* Deadlines near and far: the number of bits is at random. *)
let later random now = now + Random.State.full_int random (1 lsl Random.State.int random 61)

let against_a_list seed =
  let random = Random.State.make [| seed |] in
  let wheel = Wheel.create () and model = ref [] and now = ref 0 and numbers = ref 0 in
  let due time = List.filter (fun (deadline, _, _) -> deadline <= time) !model in
  let set deadline =
    incr numbers;
    let timer = Wheel.timer ~deadline !numbers in
    Wheel.set wheel timer;
    model := List.merge compare !model [ (deadline, !numbers, timer) ]
  in
  for _ = 1 to 200 do
    (match Random.State.int random 10 with
    | 0 | 1 | 2 | 3 -> set (min (max_int / 4) (later random !now))
    | 4 -> set (Random.State.full_int random (!now + 1))
    | 5 | 6 when !model <> [] ->
        let _, _, timer = List.nth !model (Random.State.int random (List.length !model)) in
        Wheel.drop wheel timer;
        Wheel.drop wheel timer;
        model := List.filter (fun (_, _, other) -> other != timer) !model
    | _ ->
        (* To a moment that is somebody's, just before it, or any. *)
        let to_ =
          match !model with
          | [] -> later random !now
          | some -> (
              let deadline, _, _ = List.nth some (Random.State.int random (List.length some)) in
              match Random.State.int random 3 with 0 -> deadline | 1 -> deadline - 1 | _ -> later random !now)
        in
        now := max !now (min to_ (max_int / 4));
        let expired = Wheel.expire wheel ~now:!now in
        that "those due, in order" (List.map Wheel.value expired = List.map (fun (_, number, _) -> number) (due !now));
        model := List.filter (fun (deadline, _, _) -> deadline > !now) !model);
    equal "length" (List.length !model) (Wheel.length wheel);
    let first = match !model with [] -> max_int | (deadline, _, _) :: _ -> deadline in
    that "bound" (Wheel.bound wheel <= first);
    equal "earliest" first (Wheel.earliest wheel)
  done

let wheel () =
  test "wheel: agrees with a sorted list" (fun () ->
      for seed = 1 to scaled 2_000 do against_a_list seed done);
  test "wheel: sets and drops 100,000" (fun () ->
      let random = Random.State.make [| 5 |] and n = scaled 100_000 in
      let wheel = Wheel.create () in
      let timers = Array.init n (fun i -> Wheel.timer ~deadline:(Random.State.full_int random 1_000_000_000_000) i) in
      Array.iter (Wheel.set wheel) timers;
      equal "all" n (Wheel.length wheel);
      Array.iteri (fun i timer -> if i mod 2 = 0 then Wheel.drop wheel timer) timers;
      let last = ref (-1) and count = ref 0 in
      for step = 0 to 100 do
        let now = step * 10_000_000_000 in
        List.iter
          (fun timer ->
            incr count;
            that "in order" (Wheel.deadline timer >= !last && Wheel.deadline timer <= now);
            that "not dropped" (Wheel.value timer mod 2 = 1);
            last := Wheel.deadline timer)
          (Wheel.expire wheel ~now)
      done;
      equal "half" (n / 2) !count;
      equal "none" 0 (Wheel.length wheel);
      equal "never" max_int (Wheel.bound wheel));
  test "wheel: far timers cost no looks in between" (fun () ->
      let wheel = Wheel.create () in
      Wheel.set wheel (Wheel.timer ~deadline:1_000_000_000_000 0);
      equal "asleep till then" 1_000_000_000_000 (Wheel.earliest wheel);
      equal "nothing" 0 (List.length (Wheel.expire wheel ~now:999_999_999_999));
      equal "still" 1_000_000_000_000 (Wheel.earliest wheel);
      equal "now" 1 (List.length (Wheel.expire wheel ~now:1_000_000_000_000));
      raises "no time" is_invalid (fun () -> Wheel.timer ~deadline:(-1) 0))

(* {1 Who sleeps until the next deadline} *)

module Sleep (T : sig
  type 'a t
  type sleeper

  val create : unit -> 'a t
  val set : 'a t -> 'a Wheel.timer -> unit
  val expire : 'a t -> now:int -> 'a Wheel.timer list
  val sleeper : 'a t -> wake:(unit -> unit) -> sleeper
  val prepare : 'a t -> sleeper -> int
  val awake : sleeper -> unit
end) =
struct
  (* It is always 10. One thread sleeps until it has seen what the others set for 5, beside one that is far off. *)
  let setup ~far ~setters () =
    let timeline = T.create () and woken = ref false and seen = ref 0 in
    let sleeper = T.sleeper timeline ~wake:(fun () -> woken := true) in
    if far then T.set timeline (Wheel.timer ~deadline:1_000_000 ());
    let rec serve () =
      seen := !seen + List.length (T.expire timeline ~now:10);
      if !seen < setters then begin
        woken := false;
        if T.prepare timeline sleeper > 10 then Interleave.block_until (fun () -> !woken);
        T.awake sleeper;
        serve ()
      end
    in
    ( serve :: List.init setters (fun _ () -> T.set timeline (Wheel.timer ~deadline:5 ())),
      fun () -> equal "seen" setters !seen )
end

module Good = Sleep (Traced_timeline)
module Blind = Sleep (Blind_timeline)

let law name ?preemptions ~more_than setup =
  test ("interleavings: " ^ name) (fun () ->
      let schedules = Interleave.all ?preemptions setup in
      that (Printf.sprintf "%d schedules" schedules) (schedules > more_than);
      Interleave.some ~seed:1 (scaled 2_000) setup)

let timeline () =
  law "timeline: a sleeper is woken for what is due before" ~preemptions:3 ~more_than:100 (Good.setup ~far:true ~setters:1);
  law "timeline: two that set" ~preemptions:2 ~more_than:500 (Good.setup ~far:false ~setters:2);
  law "timeline: set and dropped while another uses it" ~preemptions:3 ~more_than:100 (fun () ->
      let t = Traced_timeline.create () in
      let set_and_drop () =
        let timer = Wheel.timer ~deadline:5 () in
        Traced_timeline.set t timer;
        Traced_timeline.drop t timer
      in
      ( [ set_and_drop; set_and_drop ],
        fun () ->
          equal "none" 0 (Traced_timeline.length t);
          equal "never" max_int (Traced_timeline.bound t) ));
  test "interleavings: timeline: a sleeper that does not look again is found" (fun () ->
      that "found"
        (Interleave.finds (fun () -> ignore (Interleave.all ~preemptions:2 (Blind.setup ~far:false ~setters:1)))))

let add () =
  wheel ();
  if not quick then timeline ()
