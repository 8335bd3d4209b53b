(* SPDX-License-Identifier: ISC *)

(** What stands before each frame: what is left to do with it.  Spec: [virtio "Device Operation"] of network devices *)

val size : int

type protocol = Tcp4 | Tcp6

type segments = {
  protocol : protocol;
  header : int;  (** bytes of a frame in front of TCP's data, which each segment gets *)
  data : int;  (** bytes of TCP's data in a segment, but for the last one *)
}

type checksum =
  | Unknown  (** nobody has looked *)
  | Valid  (** the device has *)
  | Partial of Checksum.place  (** it is not computed yet; what is between the sender and here cannot have damaged it *)

type t = { checksum : checksum; segments : segments option }

val write : Machine.Dma.t -> t -> unit
(** To the start of a buffer. *)

val buffers : Machine.Dma.t -> int
(** Of how many the frame consists that starts with this one. *)

val read : string -> checksums:bool -> takes:(protocol -> bool) -> (t, string) result
(** Of a frame with its header in front, by a device with which it was negotiated that it gives partial [checksums], and
    frames to be segmented of some protocols; what is wrong with it otherwise. Places are within the frame, and
    [data] is not 0. *)
