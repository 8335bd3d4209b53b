(* SPDX-License-Identifier: ISC *)

(** Device memory. Each access is one instruction of just that width, and they are in the order of the program among
    themselves; {!barrier} orders them with {!Dma} memory. *)

type t

val size : t -> int

val sub : t -> int -> int -> t
(** [sub t offset length] is that part, with offsets of its own.
    @raise Invalid_argument if it is no part of [t]. *)

(** {1 Accesses}

    At an address that is a multiple of the width. Numbers are unsigned; what does not fit is cut off.
    @raise Invalid_argument if the offset gives no such address, or is out of the memory. *)

val read8 : t -> int -> int
val read16 : t -> int -> int
val read32 : t -> int -> int
val read64 : t -> int -> int64
val write8 : t -> int -> int -> unit
val write16 : t -> int -> int -> unit
val write32 : t -> int -> int -> unit
val write64 : t -> int -> int64 -> unit

val barrier : unit -> unit
(** What this CPU has read and written before it, in memory and devices, is done for devices and other CPUs before what
    comes after it. *)

(**/**)

val unsafe_at : nativeint -> int -> t
(** [unsafe_at base size]: for [Pci.map]. *)
