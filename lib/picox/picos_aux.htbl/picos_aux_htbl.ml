(* SPDX-License-Identifier: ISC *)

module Backoff = Picox_backoff

type 'k hashed_type = (module Stdlib.Hashtbl.HashedType with type t = 'k)

(* What an atomic bucket holds: immutable bindings, or a mark. *)
type ('k, 'v) bucket =
  | Nil
  | Bound of { key : 'k; value : 'v; rest : ('k, 'v) bucket }
  | Frozen of ('k, 'v) bucket  (** these bindings for ever: the table is being replaced *)
  | Unmoved  (** the bindings are still in the table that is replaced by this one *)

(* A table is replaced by another of a different size, or of the same to take a snapshot or to remove all: the new one
   is installed with all buckets unmoved; all buckets of the old one are frozen, which is [complete] then; and the
   bindings are moved. No write happens between the first bucket frozen and [complete], so the frozen buckets together
   are the bindings of that moment. Any writer that comes meanwhile helps with all steps; each is taken once. *)
type ('k, 'v) table = { buckets : ('k, 'v) bucket Atomic.t array; origin : ('k, 'v) origin Atomic.t }

and ('k, 'v) origin =
  | Settled
  | Replaces of { old : ('k, 'v) table; keep : bool;  (** else all is removed *) complete : bool Atomic.t }

type ('k, 'v) t = {
  hashed_type : 'k hashed_type;
  hash : 'k -> int;
  equal : 'k -> 'k -> bool;
  min_buckets : int;
  max_buckets : int;
  current : ('k, 'v) table Atomic.t;
  count : int Atomic.t;
}

let most_buckets = min (1 lsl 30) (1 lsl (Sys.int_size - 10))

let rec power_of_two_from power n =
  if power >= n || power >= most_buckets then power else power_of_two_from (2 * power) n

let default_hashed_type (type k) () : k hashed_type =
  let seed = Random.bits () in
  (module struct
    type t = k

    let equal = ( = )
    let hash key = Hashtbl.seeded_hash seed key
  end)

(* Spreads hashes that differ in their high bits only. *)
let mix hash =
  let product = hash * 0x1e3779b97f4a7c15 in
  product lxor (product lsr 32)

let make (type k) (hashed_type : k hashed_type) ~min_buckets ~max_buckets buckets count =
  let module Key = (val hashed_type) in
  let current = Atomic.make { buckets; origin = Atomic.make Settled } in
  let hash key = mix (Key.hash key) in
  { hashed_type; hash; equal = Key.equal; min_buckets; max_buckets; current; count = Atomic.make count }

let create ?hashed_type ?(min_buckets = 16) ?(max_buckets = most_buckets) () =
  let hashed_type = match hashed_type with Some given -> given | None -> default_hashed_type () in
  let min_buckets = power_of_two_from 1 min_buckets in
  let max_buckets = max min_buckets (power_of_two_from 1 max_buckets) in
  make hashed_type ~min_buckets ~max_buckets (Array.init min_buckets (fun _ -> Atomic.make Nil)) 0

let hashed_type_of t = t.hashed_type
let min_buckets_of t = t.min_buckets
let max_buckets_of t = t.max_buckets
let bucket_of table hash = table.buckets.(hash land (Array.length table.buckets - 1))

(* {1 Replacing a table} *)

let rec freeze bucket =
  match Atomic.get bucket with
  | Frozen _ -> ()
  | before -> if not (Atomic.compare_and_set bucket before (Frozen before)) then freeze bucket

let frozen bucket = match Atomic.get bucket with Frozen bindings -> bindings | Nil | Bound _ | Unmoved -> assert false

let rec fold f bindings accumulator =
  match bindings with Bound { key; value; rest } -> fold f rest (f key value accumulator) | _ -> accumulator

(* The bindings that belong into the bucket with that number. *)
let moved t old table number =
  let take key value rest =
    if t.hash key land (Array.length table.buckets - 1) = number then Bound { key; value; rest } else rest
  in
  let olds = Array.length old.buckets in
  let rec from source bindings =
    if source >= olds then bindings
    else from (source + Array.length table.buckets) (fold take (frozen old.buckets.(source)) bindings)
  in
  from (number land (olds - 1)) Nil

(* Helpers begin at different places, to be of use. *)
let for_each buckets f =
  let n = Array.length buckets in
  let first = (Domain.self () :> int) * 0x9e37 in
  for i = 0 to n - 1 do
    f ((first + i) land (n - 1))
  done

let settle t table =
  match Atomic.get table.origin with
  | Settled -> ()
  | Replaces { old; keep; complete } ->
      if not (Atomic.get complete) then begin
        for_each old.buckets (fun i -> freeze old.buckets.(i));
        Atomic.set complete true
      end;
      for_each table.buckets (fun i ->
          let bucket = table.buckets.(i) in
          if Atomic.get bucket == Unmoved then
            ignore (Atomic.compare_and_set bucket Unmoved (if keep then moved t old table i else Nil)));
      Atomic.set table.origin Settled

let replace t table ~keep size =
  settle t table;
  let buckets = Array.init size (fun _ -> Atomic.make Unmoved) in
  let origin = Atomic.make (Replaces { old = table; keep; complete = Atomic.make false }) in
  let after = { buckets; origin } in
  let won = Atomic.compare_and_set t.current table after in
  if won then settle t after;
  won

let resize_if_due t =
  let table = Atomic.get t.current and count = Atomic.get t.count in
  let n = Array.length table.buckets in
  if count > 2 * n && n < t.max_buckets then ignore (replace t table ~keep:true (2 * n))
  else if count < n / 4 && n > t.min_buckets then ignore (replace t table ~keep:true (n / 2))

(* {1 One key} *)

let rec find_in t key = function
  | Bound r -> if t.equal r.key key then Some r.value else find_in t key r.rest
  | Frozen bindings -> find_in t key bindings
  | Nil | Unmoved -> None

let rec find t hash key =
  let table = Atomic.get t.current in
  match Atomic.get (bucket_of table hash) with
  | Unmoved -> (
      match Atomic.get table.origin with
      | Settled -> find t hash key
      | Replaces { old; keep; complete } ->
          let value = find_in t key (Atomic.get (bucket_of old hash)) in
          if keep || not (Atomic.get complete) then value else None)
  | bindings -> find_in t key bindings

let find_opt t key = find t (t.hash key) key
let find_exn t key = match find_opt t key with Some value -> value | None -> raise_notrace Not_found
let mem t key = Option.is_some (find_opt t key)

type 'v change = Keep | Put of 'v | Remove

let without t key bindings =
  let rec from = function
    | Bound r -> if t.equal r.key key then r.rest else Bound { r with rest = from r.rest }
    | other -> other
  in
  from bindings

(* [decide] is given the value of the key, perhaps several times, and says what becomes of it, and the result. *)
let rec modify_with t hash key decide backoff =
  let table = Atomic.get t.current in
  settle t table;
  let bucket = bucket_of table hash in
  match Atomic.get bucket with
  | Frozen _ | Unmoved -> modify_with t hash key decide backoff
  | (Nil | Bound _) as before ->
      let value = find_in t key before in
      let change, result = decide value in
      let exchange after difference =
        if Atomic.compare_and_set bucket before after then begin
          if difference <> 0 then begin
            ignore (Atomic.fetch_and_add t.count difference);
            resize_if_due t
          end;
          result
        end
        else modify_with t hash key decide (Backoff.once backoff)
      in
      (match (change, value) with
      | Keep, _ | Remove, None -> result
      | Put value, None -> exchange (Bound { key; value; rest = before }) 1
      | Put value, Some _ -> exchange (Bound { key; value; rest = without t key before }) 0
      | Remove, Some _ -> exchange (without t key before) (-1))

let modify t key decide = modify_with t (t.hash key) key decide Backoff.default
let try_add t key value = modify t key (function None -> (Put value, true) | Some _ -> (Keep, false))
let try_set t key value = modify t key (function None -> (Keep, false) | Some _ -> (Put value, true))

let try_compare_and_set t key before after =
  modify t key (function Some value when value == before -> (Put after, true) | _ -> (Keep, false))

let try_remove t key = modify t key (function None -> (Keep, false) | Some _ -> (Remove, true))

let try_compare_and_remove t key before =
  modify t key (function Some value when value == before -> (Remove, true) | _ -> (Keep, false))

let or_not_found = function Some value -> value | None -> raise_notrace Not_found

let set_exn t key value =
  or_not_found (modify t key (function None -> (Keep, None) | before -> (Put value, before)))

let remove_exn t key = or_not_found (modify t key (function None -> (Keep, None) | before -> (Remove, before)))

(* {1 All keys} *)

(* The bindings of one moment, in buckets that are frozen. *)
let rec snapshot t ~keep =
  let table = Atomic.get t.current in
  let size = if keep then Array.length table.buckets else t.min_buckets in
  if replace t table ~keep size then Array.map frozen table.buckets else snapshot t ~keep

let count_all buckets = Array.fold_left (fun sum bindings -> fold (fun _ _ n -> n + 1) bindings sum) 0 buckets

let to_seq_of buckets =
  let rec from = function
    | Bound { key; value; rest } -> fun () -> Seq.Cons ((key, value), from rest)
    | Nil | Frozen _ | Unmoved -> Seq.empty
  in
  Seq.concat_map from (Array.to_seq buckets)

let to_seq t = to_seq_of (snapshot t ~keep:true)

let remove_all t =
  let buckets = snapshot t ~keep:false in
  ignore (Atomic.fetch_and_add t.count (-count_all buckets));
  to_seq_of buckets

let copy t =
  let buckets = snapshot t ~keep:true in
  let { hashed_type; min_buckets; max_buckets; _ } = t in
  make hashed_type ~min_buckets ~max_buckets (Array.map Atomic.make buckets) (count_all buckets)

let pick bindings =
  let n = fold (fun _ _ n -> n + 1) bindings 0 in
  let rec nth n = function Bound { key; rest; _ } -> if n = 0 then key else nth (n - 1) rest | _ -> assert false in
  nth (Random.int n) bindings

let find_random_exn t =
  let first_of buckets bindings_of =
    let n = Array.length buckets in
    let first = Random.full_int n in
    let rec from i =
      if i = n then None
      else
        match bindings_of buckets.((first + i) mod n) with
        | Bound _ as bindings -> Some (pick bindings)
        | Nil | Frozen _ | Unmoved -> from (i + 1)
    in
    from 0
  in
  let table = Atomic.get t.current in
  settle t table;
  let bindings_of bucket = match Atomic.get bucket with Frozen bindings -> bindings | bindings -> bindings in
  match first_of table.buckets bindings_of with
  | Some key -> key
  | None -> or_not_found (first_of (snapshot t ~keep:true) Fun.id)

let non_linearizable_length t = Atomic.get t.count
