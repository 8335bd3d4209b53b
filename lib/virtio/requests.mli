(* SPDX-License-Identifier: ISC *)

(** A virtqueue whose requests fibers await. Any fiber of any domain may submit; one fiber calls {!step} to take what the
    device is done with. *)

type 'a t
(** Its requests carry an ['a], by which the driver finds what belongs to one. *)

type 'a request

val create :
  ?indirect:bool ->
  ?event_index:bool ->
  ?segments:int ->
  ?quiet:bool ->
  ?name:Picox_trace.name ->
  entries:int ->
  notify:(unit -> unit) ->
  ('a -> int -> int) ->
  'a t
(** [create ... complete]: the arguments before are those of {!Virtqueue.create}, and how the device is notified. With [quiet]
    (default [false]) the device does not interrupt for what it is done with, which is taken when room is needed: for requests
    that nobody waits for. [name]: what traces call the number of requests in flight. [complete payload
    written] is called when the device is done with a request, with the queue locked: it must be quick, and not wait or
    raise. What it returns is the request's result. It is not called for requests that fail. *)

val addresses : _ t -> int * int * int
(** Of descriptors, available ring, used ring. *)

val entries : _ t -> int

val start :
  ?publish:bool ->
  ?action:((int, Device.error) result -> unit) ->
  'a t ->
  segments:int ->
  ('a request Virtqueue.t -> 'a) ->
  ('a request, Device.error) result
(** [start t ~segments fill] waits until there is room for a request of so many segments; then [fill ring], with the queue
    locked, adds the segments and returns the payload; then it is submitted. With [publish] [false] the device is only shown
    it by the next one that is not, or by {!publish}. With an [action] nobody may {!wait}: the fiber that serves the queue
    calls it with the result, in the order in which the device has used the requests, and with the queue not locked. *)

val publish : _ t -> unit

val wait : _ request -> (int, Device.error) result
(** Until the device is done with it: the result. Cancelation does not end it, since the device still uses the buffers. *)

val run : 'a t -> segments:int -> ('a request Virtqueue.t -> 'a) -> (int, Device.error) result
(** {!start} and {!wait}. *)

type step =
  | Idle  (** nothing was there, and the device will interrupt when something is *)
  | More  (** there is, or may be, more to take already *)
  | Broken of string  (** the device has answered what cannot be *)

val step : _ t -> step
(** Takes some of what the device is done with, and wakes who waits for it. *)

val refuse : 'a t -> Device.error -> unit
(** From now on nothing is submitted any more. *)

val fail : 'a t -> Device.error -> 'a list
(** {!refuse}, and ends all requests in flight with the error; their payloads. Only when the device does not use the buffers
    any more. *)

val in_flight : _ t -> int
