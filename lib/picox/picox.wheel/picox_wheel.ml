(* SPDX-License-Identifier: ISC *)

(* What changes links and tables are functions without loops and without allocation: OCaml runs signal handlers at neither
   place in them, so they are whole or have not begun. *)

let tick_bits = 10
let digit_bits = 5
let slots = 1 lsl digit_bits

(* Of 63 bits that a time has, the sign and the tick's are not the wheel's. *)
let levels = (62 - tick_bits + digit_bits - 1) / digit_bits

type 'a timer =
  | Nil
  | Timer of {
      value : 'a;
      deadline : int;
      mutable number : int;
      mutable place : int;  (** level and slot; [nowhere] *)
      mutable previous : 'a timer;
      mutable next : 'a timer;
    }

type 'a t = {
  mutable now : int;  (** in ticks *)
  mutable length : int;
  mutable numbers : int;
  mutable used_levels : int;  (** bits *)
  used : int array;  (** by level: bits of slots *)
  first : 'a timer array;  (** by place *)
  least : int array;  (** by place: no deadline there is less *)
  stale : bool array;  (** by place: perhaps all there are greater *)
  mutable due : 'a timer list;  (** taken out, and not given back yet *)
}

let nowhere = -1

let create () =
  let places = levels * slots in
  {
    now = 0;
    length = 0;
    numbers = 0;
    used_levels = 0;
    used = Array.make levels 0;
    first = Array.make places Nil;
    least = Array.make places max_int;
    stale = Array.make places false;
    due = [];
  }

let timer ~deadline value =
  if deadline < 0 then invalid_arg "Picox_wheel.timer: before the beginning of time";
  Timer { value; deadline; number = 0; place = nowhere; previous = Nil; next = Nil }

let no_timer () = invalid_arg "Picox_wheel: no timer"
let deadline = function Nil -> no_timer () | Timer r -> r.deadline
let value = function Nil -> no_timer () | Timer r -> r.value
let length t = t.length

(* The index of the lowest bit that is set, of 32. *)
let lowest_bit bits =
  let index = if bits land 0xffff = 0 then 16 else 0 in
  let index = if (bits lsr index) land 0xff = 0 then index + 8 else index in
  let index = if (bits lsr index) land 0xf = 0 then index + 4 else index in
  let index = if (bits lsr index) land 0x3 = 0 then index + 2 else index in
  if (bits lsr index) land 1 = 0 then index + 1 else index

let rec level_of difference level =
  if difference < slots then level else level_of (difference lsr digit_bits) (level + 1)

let place_of t deadline =
  let tick = Int.max (deadline lsr tick_bits) t.now in
  let level = level_of (tick lxor t.now) 0 in
  (level * slots) + ((tick lsr (digit_bits * level)) land (slots - 1))

let link t place timer =
  match timer with
  | Nil -> ()
  | Timer r ->
      let level = place / slots and first = t.first.(place) in
      r.place <- place;
      r.next <- first;
      (match first with Nil -> () | Timer f -> f.previous <- timer);
      t.first.(place) <- timer;
      t.used.(level) <- t.used.(level) lor (1 lsl (place land (slots - 1)));
      t.used_levels <- t.used_levels lor (1 lsl level);
      if r.deadline <= t.least.(place) then begin
        t.least.(place) <- r.deadline;
        t.stale.(place) <- false
      end;
      t.length <- t.length + 1

let unlink t timer =
  match timer with
  | Nil -> ()
  | Timer r ->
      let place = r.place in
      if place <> nowhere then begin
        (match r.next with Nil -> () | Timer n -> n.previous <- r.previous);
        (match r.previous with Nil -> t.first.(place) <- r.next | Timer p -> p.next <- r.next);
        r.previous <- Nil;
        r.next <- Nil;
        r.place <- nowhere;
        t.length <- t.length - 1;
        if r.deadline <= t.least.(place) then t.stale.(place) <- true;
        if t.first.(place) == Nil then begin
          let level = place / slots in
          t.least.(place) <- max_int;
          t.stale.(place) <- false;
          t.used.(level) <- t.used.(level) land lnot (1 lsl (place land (slots - 1)));
          if t.used.(level) = 0 then t.used_levels <- t.used_levels land lnot (1 lsl level)
        end
      end

let set t timer =
  match timer with
  | Nil -> no_timer ()
  | Timer r ->
      r.number <- t.numbers;
      t.numbers <- t.numbers + 1;
      link t (place_of t r.deadline) timer

let drop = unlink

(* The place of what is due first. Slots of a level that are in use are not behind the wheel's time. *)
let first_place t =
  if t.used_levels = 0 then nowhere
  else
    let level = lowest_bit t.used_levels in
    (level * slots) + lowest_bit t.used.(level)

let bound t =
  if t.due != [] then 0
  else
    let place = first_place t in
    if place = nowhere then max_int else t.least.(place)

let most_looked_at = 256

let rec least_of timer least left =
  match timer with
  | Nil -> least
  | Timer r -> if left = 0 then -1 else least_of r.next (Int.min least r.deadline) (left - 1)

let earliest t =
  let bound = bound t in
  let place = first_place t in
  if t.due != [] || place = nowhere || not t.stale.(place) then bound
  else
    let least = least_of t.first.(place) max_int most_looked_at in
    if least < 0 then bound
    else begin
      t.least.(place) <- least;
      t.stale.(place) <- false;
      least
    end

let take t timer due =
  unlink t timer;
  t.due <- due

let move t timer place =
  unlink t timer;
  link t place timer

(* Takes out what is due of a list, and puts the rest where it is now to be. *)
let rec empty t timer now =
  match timer with
  | Nil -> ()
  | Timer r ->
      let next = r.next in
      (if r.deadline <= now then begin
         let due = timer :: t.due in
         take t timer due
       end
       else
         let place = place_of t r.deadline in
         if place <> r.place then move t timer place);
      empty t next now

(* The tick at which a place begins. *)
let start t place =
  let level = place / slots in
  let above = digit_bits * (level + 1) in
  ((t.now lsr above) lsl above) lor ((place land (slots - 1)) lsl (digit_bits * level))

let rec advance t now =
  let place = first_place t and until = now lsr tick_bits in
  if place = nowhere || start t place > until then t.now <- Int.max t.now until
  else begin
    t.now <- Int.max t.now (start t place);
    empty t t.first.(place) now;
    (* What is left of the present tick is due later in it. *)
    if place >= slots || t.now < until then advance t now
  end

let order left right =
  match (left, right) with
  | Timer l, Timer r -> if l.deadline <> r.deadline then Int.compare l.deadline r.deadline else Int.compare l.number r.number
  | _ -> 0

let expire t ~now =
  advance t now;
  match t.due with
  | [] -> []
  | [ _ ] as due ->
      t.due <- [];
      due
  | due ->
      let due = List.sort order due in
      t.due <- [];
      due
