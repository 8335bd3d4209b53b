(* SPDX-License-Identifier: ISC *)

(** One split virtqueue: descriptors, event indexes, indirect descriptors. The mechanism is C++ ([split_ring.cc]); nothing
    here waits. A queue is used by one thread at a time.

    The device is not trusted. The first answer of it that cannot be breaks the queue: it gives nothing more until the
    device has been reset and {!abandon} has told what was in flight. *)

type 'a t
(** Whose requests carry an ['a]. *)

type fault =
  | Bad_index  (** the device has used more than it was given *)
  | Bad_identity  (** it names a descriptor that is not there *)
  | Not_in_flight  (** it gives back what it does not have *)
  | Bad_length  (** it has written more than it may *)

val fault_text : fault -> string

val create : ?indirect:bool -> ?event_index:bool -> ?segments:int -> int -> 'a t
(** [create entries], a power of two up to 32768. [indirect] and [event_index] (default [false]) are what was negotiated
    with the device; [segments] (default 16, at most 128) is the most that an indirect request can have; longer ones take a
    descriptor for each.
    @raise Invalid_argument for other numbers.
    @raise Out_of_memory as [Dma.create]. *)

val entries : _ t -> int

(** {1 Where the device finds it} *)

val descriptors : _ t -> int
val available : _ t -> int
val used : _ t -> int

val memory : _ t -> Machine.Dma.t
(** All of it: for fake devices. *)

(** {1 Requests}

    A request is made of segments: first those that the device reads, then those that it writes. Their buffers are kept
    until the device is done with them. *)

val reads : _ t -> Machine.Dma.t -> int -> int -> unit
(** [reads t buffer offset length] adds a segment that the device reads.
    @raise Invalid_argument if it is empty or not within the buffer, after segments that the device writes, or one too many;
    the request is dropped. *)

val writes : _ t -> Machine.Dma.t -> int -> int -> unit
(** Adds a segment that the device writes. *)

val drop : _ t -> unit
(** Drops the request that is being made. *)

val submit : 'a t -> 'a -> bool
(** Gives the request to the device, which sees it after the next {!publish}. [false]: too few descriptors are free, or the
    queue is broken; it is dropped.
    @raise Invalid_argument if it has no segment, or more than the queue has descriptors. *)

val room : _ t -> segments:int -> int
(** How many requests of so many segments can be submitted now. *)

val publish : _ t -> bool
(** Shows the device what has been submitted. [true]: it wants to be notified. *)

type 'a answer =
  | Nothing  (** none has come *)
  | Done of 'a * int  (** a request, and how many bytes the device has written *)
  | Broken of fault

val take : 'a t -> 'a answer
(** A request that the device is done with. *)

val want_interrupt : _ t -> bool
(** Asks for an interrupt when the next one is used. [true]: one is there to be taken already. *)

val no_interrupt : _ t -> unit
(** Tells the device that none is needed; it may send some. *)

val in_flight : _ t -> int

val abandon : 'a t -> 'a list
(** What was in flight. Only after a reset of the device, or when it has gone; the queue is as new. *)
