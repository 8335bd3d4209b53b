(* SPDX-License-Identifier: ISC *)

(** What memory begins with: bytes that do not change. Of a cached one, as of a program that is executed often, pages are
    made once and all who map them have them in common. *)

type t = private { text : string; cache : cache option }
and cache

val plain : string -> t

val cached : string -> t
(** Raises [Out_of_memory]. *)

val share : t -> offset:int -> stop:int -> pages:int -> into:Space.t -> int -> Space.rights -> Space.answer
(** [share t ~offset ~stop ~pages ~into at rights]: the pages from [offset] on, a multiple of a page's size, with zeros from [stop] on; the
    same [stop] each time. They may be read by others, so nobody may write there. [No_page] if it is not cached; if some page is there already
    nothing is changed. *)
