(* SPDX-License-Identifier: ISC *)

type creation = Never | If_missing | Always_new

type flags = {
  read : bool;
  write : bool;
  append : bool;
  creation : creation;
  truncate : bool;
  directory : bool;
  follow : bool;
}

let reading =
  { read = true; write = false; append = false; creation = Never; truncate = false; directory = false; follow = true }

let writing = { reading with read = false; write = true; creation = If_missing; truncate = true }
let appending = { writing with append = true; truncate = false }
let writes flags = flags.write || flags.append || flags.truncate || flags.creation <> Never

type place = Stream | At of int | End
type interest = { readable : bool; writable : bool; wait : bool }
type ready = { can_read : bool; can_write : bool; ended : bool }

let not_ready = { can_read = false; can_write = false; ended = false }
type 'h message = { text : string; handles : 'h list }

type 'h mapped = Memory of Slice.t | Part of { file : 'h; offset : int }

type ('h, _) t =
  | Read : { at : place; into : Loan.t } -> ('h, int) t
  | Write : { at : place; from : Loan.t } -> ('h, int) t
  | Stat : ('h, Stat.t) t
  | List : { from : int; most : int } -> ('h, (Stat.entry * int) list) t
  | Truncate : int -> ('h, unit) t
  | Set_times : { accessed_ns : int option; modified_ns : int option } -> ('h, unit) t
  | Sync : ('h, unit) t
  | Map : { offset : int; length : int; write : bool } -> ('h, 'h mapped) t
  | Event : interest -> ('h, ready) t
  | Call : 'h message -> ('h, 'h message) t
  | Close : ('h, unit) t

type 'h file = { seekable : bool; perform : 'a. ('h, 'a) t -> ('a, Error.t) result }

let is_mutation (type h a) (request : (h, a) t) =
  match request with
  | Write _ | Truncate _ | Set_times _ | Call _ -> true
  | Map { write; _ } -> write
  | Read _ | Stat | List _ | Sync | Event _ | Close -> false

type ('h, _) by_path =
  | Open : { names : string list; flags : flags } -> ('h, 'h file) by_path
  | Stat_path : { names : string list; follow : bool } -> ('h, Stat.t) by_path
  | Make_directory : string list -> ('h, unit) by_path
  | Unlink : { names : string list; directory : bool } -> ('h, unit) by_path
  | Rename : { from : string list; into : string list; replace : bool } -> ('h, unit) by_path
  | Link : { from : string list; into : string list } -> ('h, unit) by_path
  | Symbolic_link : { target : string; into : string list } -> ('h, unit) by_path
  | Read_link : string list -> ('h, string) by_path

type which = First | Second

type ('h, _) answer =
  | Done : 'a -> ('h, 'a) answer
  | Given : 'h -> ('h, 'h file) answer
  | Elsewhere : { which : which; above : string list; target : string; rest : string list } -> ('h, 'a) answer

type 'h scheme = { ask : 'a. ('h, 'a) by_path -> (('h, 'a) answer, Error.t) result }

let map_paths (type h a) f (request : (h, a) by_path) : (h, a) by_path =
  match request with
  | Open r -> Open { r with names = f First r.names }
  | Stat_path r -> Stat_path { r with names = f First r.names }
  | Make_directory names -> Make_directory (f First names)
  | Unlink r -> Unlink { r with names = f First r.names }
  | Rename r -> Rename { r with from = f First r.from; into = f Second r.into }
  | Link r -> Link { from = f First r.from; into = f Second r.into }
  | Symbolic_link r -> Symbolic_link { r with into = f First r.into }
  | Read_link names -> Read_link (f First names)

let path (type h a) (request : (h, a) by_path) =
  match request with
  | Open { names; _ } | Stat_path { names; _ } | Make_directory names | Unlink { names; _ } | Read_link names -> names
  | Rename { from; _ } | Link { from; _ } -> from
  | Symbolic_link { into; _ } -> into

let second_path (type h a) (request : (h, a) by_path) =
  match request with Rename { into; _ } | Link { into; _ } -> Some into | _ -> None

let drop (type h a) ~close (request : (h, a) t) =
  match request with Call { handles; _ } -> List.iter close handles | _ -> ()

let discard (type h a) ~close (request : (h, a) t) (answer : a) =
  match (request, answer) with
  | Call _, { handles; _ } -> List.iter close handles
  | Map _, Part { file; _ } -> close file
  | _ -> ()

let discard_by_path (type h a) ~close (request : (h, a) by_path) (answer : (h, a) answer) =
  match (request, answer) with
  | Open _, Done file -> ignore (file.perform Close)
  | Open _, Given handle -> close handle
  | _ -> ()
