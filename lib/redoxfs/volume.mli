(* SPDX-License-Identifier: ISC *)

(** A mounted RedoxFS, for fibers.

    The file system works on a thread of its own, which blocks when it wants the device; whoever has asked it does that I/O
    meanwhile, as a fiber, so nothing that waits is called from C. Requests come one after another. A device that fails fails
    them; none waits longer than the device does.

    All functions need a scheduler and may wait. *)

type t

val mount : ?writable:bool -> ?password:string -> Blocks.t -> (t, string) result
(** [writable] is by default whether the device is. Error: a phrase: no file system, a wrong password, a failed device. *)

val format : ?password:string -> Blocks.t -> (unit, string) result
(** Makes an empty file system. With a password it is encrypted. *)

val unmount : t -> (unit, Scheme.Error.t) result
(** {!sync}, then the end: whatever is asked later fails with [Server_gone]. Also if the sync fails, which it returns. *)

val is_writable : t -> bool

val sync : t -> (unit, Scheme.Error.t) result
(** What was changed before is where power cannot take it. Nothing is done if nothing has changed. *)

val keep_synced : t -> every:float -> unit
(** Syncs each so many seconds, until the volume is unmounted or the fiber canceled. *)

val usage : t -> (int * int, Scheme.Error.t) result
(** Free bytes, and all. *)

(** {1 For {!Files}} *)

val data_size : int
(** Bytes that a request can carry. *)

val perform :
  t ->
  operation:int ->
  ?before:(Core.request -> Core.bytes -> unit) ->
  (Core.request -> Core.bytes -> ('a, Scheme.Error.t) result) ->
  ('a, Scheme.Error.t) result
(** [perform t ~operation ~before after]: [before] completes the request, which is {!Core.empty} but for the operation; [after]
    reads the answer, if there was no error. Neither may wait. *)

val drop_later : t -> int -> unit
(** Lets go of an opened node, with the next request. Does not wait. *)
