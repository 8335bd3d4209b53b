(* SPDX-License-Identifier: ISC *)

(** Values that share no cache line with others. *)

val copy : 'a -> 'a
(** [copy v] is a shallow copy of the block [v] followed by enough unused words that what is written often in it does
    not share a cache line (64 or 128 bytes) with the next block. [v] itself when it is not an ordinary block or is
    long already. The copy has another size than [v]: never compare or marshal it. *)

val if_padded : bool option -> 'a -> 'a
(** [if_padded padded v] is [copy v] if [padded] is [Some true], else [v]: for optional arguments [?padded]. *)
