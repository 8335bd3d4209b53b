(* SPDX-License-Identifier: ISC *)

(** What a process has at which of its addresses: ranges with rights, and what their pages hold when they are first touched.
    Pure, a persistent value: the pages themselves are a space's. *)

type content =
  | Zeros
  | Bytes of { source : Source.t; offset : int; length : int }
      (** the source from [offset] on, at the range's start; zeros after [length] *)
  | Shared of { memory : Shared.t; offset : int; may_write : bool }  (** others have its pages, too *)
  | Copied of { memory : Shared.t; offset : int }  (** its pages, until they are written to *)

type range = { start : int; stop : int  (** the first address behind it *); rights : Space.rights; content : content }

type t

val empty : t
val find : t -> int -> range option
(** The range that holds an address. *)

val is_covered : t -> int -> int -> bool
(** Whether ranges hold all from the first address up to the second. *)

val part : range -> int -> int -> range
(** [part range at stop]: that part of it. *)

val remove : t -> int -> int -> t
(** Nothing is between the two any more; ranges that stick out are cut. *)

val add : t -> range -> t
(** In place of what was there. *)

val set_rights : t -> int -> int -> Space.rights -> t
(** Of all ranges between the two. *)

val is_unwritable : t -> int -> int -> bool
(** Whether something in [start, stop) is in common with others and may only be read. *)

val find_room : t -> above:int -> below:int -> int -> int option
(** [find_room t ~above ~below size]: the highest address of that much room between the two. *)

val parts : t -> int -> int -> range list
(** What there is between the two, cut there. *)

val count : t -> int
(** How many ranges there are. Takes time. *)

val objects : t -> int -> int -> Shared.t list
(** What ranges between the two have pages of, perhaps several times. *)

val has_object : t -> Shared.t -> bool
(** Whether some range has pages of it. *)

val iter : (range -> unit) -> t -> unit
val size : t -> int
(** Bytes in ranges. *)

val page_content : range -> int -> (string * int * int) option
(** [page_content range page]: the part of the source that the page holds: source, offset, and count (of less than a page:
    zeros follow). None: only zeros. *)
