(* SPDX-License-Identifier: ISC *)

(** The Internet's checksum: the complement of a sum of 16-bit words in ones' complement, which IP, TCP and UDP have.
    Spec: [ietf/rfc1071] *)

type place = {
  start : int;  (** the first byte of the frame that is summed; all behind it are *)
  offset : int;  (** from there to the two bytes that the checksum is in *)
}
(** What is left of a frame's checksum: these two bytes hold the sum of what else belongs to it, TCP's pseudo header say, and
    the checksum is to take their place. *)

val fits : place -> length:int -> bool
(** Whether a frame of that length has all of it. *)

val sum : ?from:int -> string -> int -> int -> int
(** [sum ~from text offset length] adds the words of a range to a sum of 16 bits (default 0); behind an odd byte there is a
    zero.
    @raise Invalid_argument if it is not within the text. *)

val complete : Bytes.t -> place -> unit
(** Puts the checksum where its place says; 0xffff for 0, which UDP has no checksum by.
    @raise Invalid_argument if it does not fit. *)
