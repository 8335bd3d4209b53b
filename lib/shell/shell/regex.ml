(* SPDX-License-Identifier: ISC *)

type node =
  | Empty
  | Byte of (char -> bool)
  | Line_start
  | Line_end
  | Sequence of node * node
  | Either of node * node
  | Repeat of { node : node; at_least_one : bool }

(* A machine whose states are places in an array. *)
type instruction =
  | Accept_if of (char -> bool)  (** a byte, then the next *)
  | Start
  | Stop
  | Fork of int * int
  | Goto of int
  | Found

type t = instruction array

exception Wrong of string

let lower = Char.lowercase_ascii

let same ~ignore_case c = if ignore_case then fun d -> lower c = lower d else Char.equal c

(* Members of a set, from behind its [[]. *)
let set ~ignore_case text at =
  let n = String.length text in
  let others = at < n && text.[at] = '^' in
  let first = if others then at + 1 else at in
  let rec go i ranges =
    if i >= n then raise (Wrong "] is missing")
    else if text.[i] = ']' && i > first then (ranges, i + 1)
    else if i + 2 < n && text.[i + 1] = '-' && text.[i + 2] <> ']' then go (i + 3) ((text.[i], text.[i + 2]) :: ranges)
    else go (i + 1) ((text.[i], text.[i]) :: ranges)
  in
  let ranges, next = go first [] in
  let is_in c = List.exists (fun (a, b) -> c >= a && c <= b) ranges in
  let is_in c = if ignore_case then is_in (lower c) || is_in (Char.uppercase_ascii c) else is_in c in
  (Byte (fun c -> is_in c <> others), next)

let max_depth = 100

let parse_node ~ignore_case text =
  let n = String.length text in
  let at = ref 0 in
  let rec either depth =
    if depth > max_depth then raise (Wrong "too deep");
    let first = sequence depth in
    if !at < n && text.[!at] = '|' then begin
      incr at;
      Either (first, either (depth + 1))
    end
    else first
  and sequence depth =
    let rec go before =
      if !at >= n || text.[!at] = '|' || text.[!at] = ')' then before
      else go (Sequence (before, repeated depth (atom depth)))
    in
    go Empty
  and atom depth =
    let c = text.[!at] in
    incr at;
    match c with
    | '.' -> Byte (fun _ -> true)
    | '^' -> Line_start
    | '$' -> Line_end
    | '[' ->
        let node, next = set ~ignore_case text !at in
        at := next;
        node
    | '(' ->
        let node = either (depth + 1) in
        if !at >= n || text.[!at] <> ')' then raise (Wrong ") is missing");
        incr at;
        node
    | '*' | '+' | '?' -> raise (Wrong (Printf.sprintf "nothing is before %c" c))
    | '\\' ->
        if !at >= n then raise (Wrong "nothing is behind \\");
        incr at;
        Byte (same ~ignore_case text.[!at - 1])
    | c -> Byte (same ~ignore_case c)
  and repeated depth node =
    if !at >= n then node
    else
      let again node =
        incr at;
        repeated depth node
      in
      match text.[!at] with
      | '*' -> again (Repeat { node; at_least_one = false })
      | '+' -> again (Repeat { node; at_least_one = true })
      | '?' -> again (Either (node, Empty))
      | _ -> node
  in
  let node = either 0 in
  if !at < n then raise (Wrong ") is not expected");
  node

let compile node : t =
  let code = ref [] and size = ref 0 in
  let emit instruction =
    let cell = ref instruction in
    code := cell :: !code;
    incr size;
    cell
  in
  let rec go = function
    | Empty -> ()
    | Byte accept -> ignore (emit (Accept_if accept))
    | Line_start -> ignore (emit Start)
    | Line_end -> ignore (emit Stop)
    | Sequence (a, b) ->
        go a;
        go b
    | Either (a, b) ->
        let fork = emit Found in
        let first = !size in
        go a;
        let over = emit Found in
        fork := Fork (first, !size);
        go b;
        over := Goto !size
    | Repeat { node; at_least_one } ->
        let fork = if at_least_one then None else Some (emit Found) in
        let first = !size in
        go node;
        let start = match fork with Some _ -> first - 1 | None -> first in
        (match fork with
        | Some fork ->
            ignore (emit (Goto start));
            fork := Fork (first, !size)
        | None ->
            let here = !size in
            ignore (emit (Fork (start, here + 1))))
  in
  go node;
  ignore (emit Found);
  Array.of_list (List.rev_map ( ! ) !code)

let parse ?(ignore_case = false) text =
  match parse_node ~ignore_case text with node -> Ok (compile node) | exception Wrong message -> Error message

let plain ?(ignore_case = false) text =
  compile (String.fold_left (fun node c -> Sequence (node, Byte (same ~ignore_case c))) Empty text)

(* All states at once, byte by byte. [begins at]: whether a match may begin there. [found at]: one ends there; whether to go on. *)
let run (t : t) line ~from ~begins ~found =
  let n = String.length line in
  let mark = Array.make (Array.length t) (-1) in
  let ends = ref false in
  let rec add states at i =
    if mark.(i) = at then states
    else begin
      mark.(i) <- at;
      match t.(i) with
      | Fork (a, b) -> add (add states at a) at b
      | Goto a -> add states at a
      | Start -> if at = 0 then add states at (i + 1) else states
      | Stop -> if at = n then add states at (i + 1) else states
      | Found ->
          ends := true;
          states
      | Accept_if _ -> i :: states
    end
  in
  let step states at =
    List.fold_left
      (fun next i -> match t.(i) with Accept_if accept when accept line.[at] -> add next (at + 1) (i + 1) | _ -> next)
      [] states
  in
  let rec go states at =
    let states = if begins at then add states at 0 else states in
    let goes_on = (not !ends) || found at in
    ends := false;
    if goes_on && at < n && (states <> [] || begins (at + 1)) then go (step states at) (at + 1)
  in
  go [] from

let matches t line =
  let is_found = ref false in
  run t line ~from:0
    ~begins:(fun _ -> true)
    ~found:(fun _ ->
      is_found := true;
      false);
  !is_found

let find t line ~from =
  let rec at start =
    if start > String.length line then None
    else begin
      let stop = ref (-1) in
      run t line ~from:start
        ~begins:(fun at -> at = start)
        ~found:(fun at ->
          stop := at;
          true);
      if !stop >= 0 then Some (start, !stop) else at (start + 1)
    end
  in
  at from
