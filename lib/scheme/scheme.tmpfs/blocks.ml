(* SPDX-License-Identifier: ISC *)

open Scheme

type t = {
  budget : Budget.t;
  blocks : (int, Slice.t) Hashtbl.t;
  mutable size : int;
  mutable maps : (int * int * Slice.t) list;  (** first block, count, the memory *)
}

let block = 4096
let max_size = 1 lsl 50
let create budget = { budget; blocks = Hashtbl.create 1; size = 0; maps = [] }
let size t = t.size
let allocated t = block * Hashtbl.length t.blocks

let block_for_writing t i =
  match Hashtbl.find_opt t.blocks i with
  | Some slice -> Some slice
  | None when Budget.take t.budget block -> (
      match Slice.create block with
      | slice ->
          Hashtbl.replace t.blocks i slice;
          Some slice
      | exception Out_of_memory ->
          Budget.give_back t.budget block;
          None)
  | None -> None

(* The parts of [at, at + length) that are in one block each: block, offset in it, offset in the range, length. *)
let rec in_blocks at length ~from f =
  if length > 0 then begin
    let offset = at mod block in
    let here = min length (block - offset) in
    if f (at / block) offset from here then in_blocks (at + here) (length - here) ~from:(from + here) f
  end

let read t at into =
  if at >= t.size then 0
  else begin
    let length = min (Slice.length into) (t.size - at) in
    in_blocks at length ~from:0 (fun i offset place here ->
        let part = Slice.sub into place here in
        (match Hashtbl.find_opt t.blocks i with
        | Some slice -> Slice.blit (Slice.sub slice offset here) part
        | None -> Slice.fill part '\000');
        true);
    length
  end

let write t at from =
  let length = Slice.length from in
  if length = 0 then Ok 0
  else if at > max_size - length then Error Error.Too_large
  else begin
    let written = ref 0 in
    in_blocks at length ~from:0 (fun i offset place here ->
        match block_for_writing t i with
        | None -> false
        | Some slice ->
            Slice.blit (Slice.sub from place here) (Slice.sub slice offset here);
            written := place + here;
            true);
    if !written = 0 then Error Error.No_space
    else begin
      t.size <- max t.size (at + !written);
      Ok !written
    end
  end

let is_mapped t i = List.exists (fun (first, count, _) -> i >= first && i < first + count) t.maps

let drop t i =
  if not (is_mapped t i) then begin
    Hashtbl.remove t.blocks i;
    Budget.give_back t.budget block
  end

(* What is cut off reads as zeros when the file grows again. *)
let truncate t size =
  if size > max_size then Error Error.Too_large
  else begin
    if size < t.size then begin
      let gone = Hashtbl.fold (fun i slice gone -> if (i + 1) * block > size then (i, slice) :: gone else gone) t.blocks [] in
      List.iter
        (fun (i, slice) ->
          let kept = max 0 (size - (i * block)) in
          if kept > 0 || is_mapped t i then Slice.fill (Slice.sub slice kept (block - kept)) '\000';
          if kept = 0 then drop t i)
        gone
    end;
    t.size <- size;
    Ok ()
  end

let rec range first count = if count = 0 then [] else first :: range (first + 1) (count - 1)

let map t offset length =
  if offset mod block <> 0 || length <= 0 || offset > max_size - length || offset + length > ((t.size + block - 1) / block * block) then
    Error Error.Invalid
  else
    let first = offset / block and count = (length + block - 1) / block in
    let inside (start, n, _) = first >= start && first + count <= start + n in
    match List.find_opt inside t.maps with
    | Some (start, _, memory) -> Ok (Slice.sub memory ((first - start) * block) length)
    | None ->
        let blocks = range first count in
        if List.exists (is_mapped t) blocks then Error Error.Busy
        else
          let missing = block * List.length (List.filter (fun i -> not (Hashtbl.mem t.blocks i)) blocks) in
          if not (Budget.take t.budget missing) then Error Error.No_space
          else
            match Slice.create (count * block) with
            | exception Out_of_memory ->
                Budget.give_back t.budget missing;
                Error Error.No_space
            | memory ->
                List.iter
                  (fun i ->
                    let part = Slice.sub memory ((i - first) * block) block in
                    Option.iter (fun old -> Slice.blit old part) (Hashtbl.find_opt t.blocks i);
                    Hashtbl.replace t.blocks i part)
                  blocks;
                t.maps <- (first, count, memory) :: t.maps;
                Ok (Slice.sub memory 0 length)

let clear t =
  Budget.give_back t.budget (allocated t);
  Hashtbl.reset t.blocks;
  t.maps <- [];
  t.size <- 0
