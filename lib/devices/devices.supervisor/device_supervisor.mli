(* SPDX-License-Identifier: ISC *)

(** Keeps a driver running: one that raises or gives up its device is started again. Who uses the device has a name for it
    that stays. *)

type 'device t

val create : string -> 'device t
(** Not running yet. The string is for messages. *)

val run :
  ?restarts:int ->
  ?pause:float ->
  ?report:(string -> unit) ->
  'device t ->
  (('device -> unit) -> Device.error) ->
  Device.error
(** [run t driver] calls [driver ready], which is to set the device up, call [ready device], serve it, and return why it
    ended, with all requests in flight completed. After an exception of it, which is reported, or any end but [`Gone] and
    [`Unsupported] it is started again after [pause] seconds (default 0.01), up to [restarts] times in a row without
    becoming ready (default 3). Returns the last error; from then on the device is dead. *)

val device : 'device t -> ('device, Device.error) result
(** The device; waits while its driver is being started. *)

val starts : _ t -> int
(** How often the driver was started. *)
