(* SPDX-License-Identifier: ISC *)

(** The process' end of a device that it was handed ([Handed]), for tests: a program here that puts what it likes into the shared memory,
    and a card that is none. *)

val memory : Bytes.t -> Handed.Memory.t
(** Raises [Invalid_argument] where the kernel touches what is outside of it. *)

type t = {
  bytes : Bytes.t;
  inbound : int;
  outbound : int;
  capacity : int;  (** items of a stack *)
  buffers : int;
  buffer_size : int;
  mutable put : int;  (** requests so far *)
  mutable got : int;  (** answers so far *)
}
(** One thread's. *)

val create : Bytes.t -> t
(** By the first page of memory that [Handed.create] has formatted. *)

val get32 : t -> int -> int
val get64 : t -> int -> int
val set64 : t -> int -> int -> unit

val slot : t -> int -> int -> int
(** [slot t stack n] is where item [n] of the stack ([inbound], [outbound]) is. *)

val buffer : t -> int -> int
(** Where that one is. *)

val request : t -> ?token:int -> kind:int -> buffer:int -> length:int -> unit -> bool
(** Whatever these are. False: the stack is full. *)

val answer : t -> (int * int * int) option
(** The next one: kind, buffer, length. *)

val card : ?sent:(string -> unit) -> unit -> Handed.device
(** Frames that are sent come back. [sent] is told of each. *)

val turns : int -> unit
(** Others have so many. *)
