(* SPDX-License-Identifier: ISC *)

(** Memory that devices read and write: contiguous for them, and never moved. Misuse raises and touches nothing.

    Where the program does not run on a bare machine this is ordinary memory, whose bus address is its address: for fake
    devices in tests. *)

type t

val max_size : int
(** 4 MiB. *)

val create : int -> t
(** [create size] is [size] zeroed bytes, from the start of a page of 4 KiB; at most {!max_size}.
    @raise Invalid_argument for another size.
    @raise Out_of_memory when there is no such block. *)

val free : t -> unit
(** Gives it up: from now on each access raises [Invalid_argument], as do {!bus_address} and giving it to a device. The
    memory goes back when the collector finds that nobody has the buffer any more, be that a driver whose device still may
    use it. That also happens without [free]. *)

val is_freed : t -> bool

val size : t -> int
(** 0 once it is given up. *)

val bus_address : t -> int
(** Where devices find the first byte.
    @raise Invalid_argument once it is given up. *)

val check : t -> int -> int -> unit
(** [check t offset length].
    @raise Invalid_argument unless the range is within the buffer. *)

(** {1 Accesses}

    At any offset, little-endian. All raise [Invalid_argument] where something is out of bounds. Numbers are unsigned;
    what does not fit is cut off. What is seen when is only ordered by {!Mmio.barrier} and by drivers' own. More than a byte
    is not read or written at once everywhere (riscv64): a device that writes at the same time can be seen half way. *)

val get8 : t -> int -> int
val get16 : t -> int -> int
val get32 : t -> int -> int
val get64 : t -> int -> int64
val set8 : t -> int -> int -> unit
val set16 : t -> int -> int -> unit
val set32 : t -> int -> int -> unit
val set64 : t -> int -> int64 -> unit

(** {1 Copies} *)

val blit_from_bytes : Bytes.t -> int -> t -> int -> int -> unit
(** [blit_from_bytes from from_offset to to_offset length], as [Bytes.blit]; so all of these. *)

val blit_from_string : string -> int -> t -> int -> int -> unit
val blit_to_bytes : t -> int -> Bytes.t -> int -> int -> unit
val blit : t -> int -> t -> int -> int -> unit
val fill : t -> int -> int -> char -> unit
val sub_string : t -> int -> int -> string

(**/**)

val view : int -> int -> t
(** [view bus_address size]: what a fake device sees there. Unsafe, and only for tests: [Failure] on a bare machine. *)
