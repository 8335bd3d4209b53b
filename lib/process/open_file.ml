(* SPDX-License-Identifier: ISC *)

open Scheme

type kind = ..
type kind += Plain

type operations = {
  kind : kind;
  mode : int;
  read : Wait.sleeper -> nonblocking:bool -> bytes -> int -> int -> int;
  write : Wait.sleeper -> nonblocking:bool -> bytes -> int -> int -> int;
  ready : unit -> int;
  changed : unit -> Wait.queue list;
  close : unit -> unit;
}

type of_scheme = { handle : Handle.t; path : Path.t; file_kind : Stat.kind }
type content = Own of operations | Of_scheme of of_scheme

type t = {
  id : int;
  content : content;
  can_read : bool;
  can_write : bool;
  mutable flags : int;
  mutable place : int;
  references : int Atomic.t;
  mutable last : unit -> unit;
}

let ids = Atomic.make 1

let make ?(can_read = true) ?(can_write = true) ?(flags = 0) content =
  { id = Atomic.fetch_and_add ids 1; content; can_read; can_write; flags; place = 0; references = Atomic.make 1; last = ignore }

let of_handle ?(path = Path.root) ?(flags = 0) ?kind handle =
  let file_kind =
    match if kind = None then Handle.kind handle else kind with
    | Some kind -> kind
    | None -> if Handle.is_seekable handle then Stat.File else Stat.Stream
  in
  make ~can_read:(Handle.can_read handle) ~can_write:(Handle.can_write handle) ~flags
    (Of_scheme { handle; path; file_kind })

let share t =
  Atomic.incr t.references;
  t

let release t =
  if Atomic.fetch_and_add t.references (-1) = 1 then (
    t.last ();
    match t.content with Own operations -> operations.close () | Of_scheme { handle; _ } -> Handle.close handle)

let at_close t f = t.last <- f

let nonblocking = 0o4000
let append = 0o2000
let is_nonblocking t = t.flags land nonblocking <> 0
let is_stream file = not (Handle.is_seekable file.handle)

(* Linux' poll bits. *)
let poll_in = 1
let poll_out = 4
let poll_error = 8
let poll_hang_up = 16
let set_flags t flags = t.flags <- flags
let set_place t place = t.place <- place
