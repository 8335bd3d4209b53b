(* SPDX-License-Identifier: ISC *)

(** The life of an NVMe controller.  Spec: [nvme "Controller Initialization"] *)

type t

val run : Access.t -> queues:int -> (t -> (unit -> unit) option) -> Device.error
(** [run access ~queues set_up] resets the controller, starts it, makes at most [queues] queues, and calls [set_up], which
    may wait; what that returns is called once ([None]: it cannot be used). Then the queues are served until the controller
    answers what cannot be, fails, is gone, or {!finish} is called. Then it is reset, commands in flight fail, and the reason
    is returned. The same happens if something raises or the fiber is canceled, and then that passes. *)

val admin : t -> Queue.t
val queues : t -> Queue.t array

val finish : t -> Device.error -> unit
(** Ends it: [`Gone] if the controller is not there any more. *)

val most_data : t -> int
(** Bytes that a command can move. *)

val identify : t -> structure:int -> namespace:int -> (Machine.Dma.t, Device.error) result
(** 4096 bytes about the controller (structure 1), a namespace (0), or all namespaces (2). *)
