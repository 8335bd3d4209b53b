(* SPDX-License-Identifier: ISC *)

(** How a driver reaches its device: what the specification wants of each transport. Fake devices are values of this type,
    too.  Spec: [virtio "Basic Facilities of a Virtio Device"] *)

type t = {
  name : string;  (** for messages *)
  kind : int;  (** the device type *)
  queues : int;  (** how many there are *)
  features : unit -> int;  (** what the device offers *)
  accept : int -> unit;
  status : unit -> int;
  set_status : int -> unit;  (** 0: reset *)
  queue_size : int -> int;  (** the most entries *)
  start_queue : int -> entries:int -> descriptors:int -> available:int -> used:int -> unit;
  notify : int -> unit;
  interrupt : int -> Device_interrupt.t;  (** of a queue *)
  changed : Device_interrupt.t;  (** the configuration has *)
  shared : (unit -> int) option;
      (** All of these are one event, after which this is to be called once: it takes the interrupt back, and tells whether
          it was for queues (bit 0) or the configuration (bit 1). *)
  generation : unit -> int;  (** of the configuration *)
  config_size : int;
  config8 : int -> int;
  config16 : int -> int;
  config32 : int -> int;
}

(** {1 Status bits} *)

val acknowledged : int
val driver : int
val driver_ok : int
val features_ok : int
val needs_reset : int
val failed : int
