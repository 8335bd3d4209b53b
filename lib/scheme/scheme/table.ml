(* SPDX-License-Identifier: ISC *)

module Mutex = Stdlib.Mutex

let place_bits = 20
let max_generation = 1 lsl 41

type place = { mutable generation : int; mutable handle : Handle.t option }

type t = {
  mutex : Mutex.t;  (** holds all below; nothing waits under it *)
  mutable places : place array;
  mutable made : int;  (** how many of [places] are real *)
  mutable free : int list;
  mutable count : int;
  mutable most : int;
}

let create ?(places = 1024) () =
  if places < 0 || places > 1 lsl place_bits then invalid_arg "Table.create";
  { mutex = Mutex.create (); places = [||]; made = 0; free = []; count = 0; most = places }

let number t place = (t.places.(place).generation lsl place_bits) lor place

let room t =
  match t.free with
  | place :: free ->
      t.free <- free;
      Some place
  | [] when t.made < t.most ->
      if t.made = Array.length t.places then begin
        let wider = Array.init (max 8 (min t.most (2 * t.made))) (fun _ -> { generation = 0; handle = None }) in
        Array.blit t.places 0 wider 0 t.made;
        t.places <- wider
      end;
      t.made <- t.made + 1;
      Some (t.made - 1)
  | [] -> None

let add t handle =
  Mutex.protect t.mutex @@ fun () ->
  if t.count >= t.most then Error Error.Too_many_handles
  else
    match room t with
    | None -> Error Error.Too_many_handles
    | Some place ->
        t.places.(place).handle <- Some handle;
        t.count <- t.count + 1;
        Ok (number t place)

let lookup t n =
  let place = n land ((1 lsl place_bits) - 1) in
  if n < 0 || place >= t.made then Error Error.Bad_handle
  else
    match t.places.(place) with
    | { generation; handle = Some handle } when generation = n lsr place_bits -> Ok (place, handle)
    | _ -> Error Error.Bad_handle

let find t n = Mutex.protect t.mutex (fun () -> Result.map snd (lookup t n))

(* A place whose generations are used up is not used again. *)
let clear t place =
  let p = t.places.(place) in
  p.handle <- None;
  p.generation <- p.generation + 1;
  t.count <- t.count - 1;
  if p.generation < max_generation then t.free <- place :: t.free

let remove t n =
  Mutex.protect t.mutex @@ fun () ->
  Result.map
    (fun (place, handle) ->
      clear t place;
      handle)
    (lookup t n)

let close t n = Result.map Handle.close (remove t n)
let count t = Mutex.protect t.mutex (fun () -> t.count)

let close_all t =
  let handles =
    Mutex.protect t.mutex @@ fun () ->
    let handles = List.filter_map (fun place -> place.handle) (Array.to_list t.places) in
    Array.iteri (fun i place -> if place.handle <> None then clear t i) t.places;
    t.most <- 0;
    handles
  in
  List.iter Handle.close handles
