(* SPDX-License-Identifier: ISC *)

(* [back] is in reverse. *)
type 'a t = Empty | Queue of { front : 'a list; back : 'a list }

let empty = Empty
let of_lists front back = match (front, back) with [], [] -> Empty | _ -> Queue { front; back }
let push t x = match t with Empty -> Queue { front = [ x ]; back = [] } | Queue { front; back } -> Queue { front; back = x :: back }
let to_list = function Empty -> [] | Queue { front; back = [] } -> front | Queue { front; back } -> front @ List.rev back

let pop = function
  | Empty -> None
  | Queue { front = x :: front; back } -> Some (x, of_lists front back)
  | Queue { front = []; back } -> (
      match List.rev back with [] -> None | x :: front -> Some (x, of_lists front []))

let remove t x =
  let all = to_list t in
  if List.memq x all then Some (of_lists (List.filter (fun y -> y != x) all) []) else None

let iter f t = List.iter f (to_list t)
