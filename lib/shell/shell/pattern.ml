(* SPDX-License-Identifier: ISC *)

type item = Char of char | Any | Star | Set of { others : bool; ranges : (char * char) list; source : string }
type t = item list

(* A set begins at [ and ends at the next ] that is not its first member; without one, [ is itself. *)
let set_at text i =
  let n = String.length text in
  let others = i + 1 < n && text.[i + 1] = '!' in
  let first = if others then i + 2 else i + 1 in
  let rec go at ranges =
    if at >= n then None
    else if text.[at] = ']' && at > first then Some (Set { others; ranges; source = String.sub text i (at + 1 - i) }, at + 1)
    else if at + 2 < n && text.[at + 1] = '-' && text.[at + 2] <> ']' then go (at + 3) ((text.[at], text.[at + 2]) :: ranges)
    else go (at + 1) ((text.[at], text.[at]) :: ranges)
  in
  go first []

let of_piece (text, quoted) =
  let n = String.length text in
  let rec go i before =
    if i >= n then List.rev before
    else
      match text.[i] with
      | '*' when not quoted -> go (i + 1) (Star :: before)
      | '?' when not quoted -> go (i + 1) (Any :: before)
      | '[' when not quoted -> (
          match set_at text i with Some (set, next) -> go next (set :: before) | None -> go (i + 1) (Char '[' :: before))
      | c -> go (i + 1) (Char c :: before)
  in
  go 0 []

let of_pieces pieces = List.concat_map of_piece pieces
let is_plain = List.for_all (function Char _ -> true | Any | Star | Set _ -> false)

let text t =
  String.concat "" (List.map (function Char c -> String.make 1 c | Any -> "?" | Star -> "*" | Set { source; _ } -> source) t)

let split t =
  let rec go part parts = function
    | [] -> List.rev (List.rev part :: parts)
    | Char '/' :: rest -> go [] (List.rev part :: parts) rest
    | item :: rest -> go (item :: part) parts rest
  in
  go [] [] t

let fits item c =
  match item with
  | Char d -> c = d
  | Any -> true
  | Star -> false
  | Set { others; ranges; _ } -> others <> List.exists (fun (a, b) -> c >= a && c <= b) ranges

(* All places in the pattern where a match of what has been read can stand. *)
let matches t name =
  let items = Array.of_list t in
  let n = Array.length items in
  let reached = Array.make (n + 1) false in
  let skip_stars () =
    for i = 0 to n - 1 do
      if reached.(i) && items.(i) = Star then reached.(i + 1) <- true
    done
  in
  reached.(0) <- true;
  skip_stars ();
  String.iter
    (fun c ->
      for i = n downto 0 do
        let stays = i < n && reached.(i) && items.(i) = Star in
        let comes = i > 0 && reached.(i - 1) && fits items.(i - 1) c in
        reached.(i) <- stays || comes
      done;
      skip_stars ())
    name;
  reached.(n)
