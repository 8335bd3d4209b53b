(* SPDX-License-Identifier: ISC *)

(** Virtio's network cards, with mergeable receive buffers, and with checksums and segments left to the device where it can
    do these.  Spec: [virtio "Network Device"] *)

val kind : int

type t

val run : ?buffer_size:int -> ?large:bool -> Transport.t -> (t -> unit) -> Device.error
(** Drives the device, and calls the function when it can be used; see {!Driver.run}. Frames come in buffers of
    [buffer_size] bytes (default 2048, at least 64): larger ones in several, where the device can do that; where it cannot,
    no frame is larger. With [large] (default [false]) frames may come that somebody is yet to segment ({!takes_large}), if
    half of the buffers are enough for one. *)

val finish : t -> Device.error -> unit
(** Ends that. *)

val is_up : t -> bool
(** Whether the link is; [true] if the device does not tell. *)

val merges : t -> bool
(** Whether a frame can come in several buffers. *)

include Device.NET with type t := t
(** Frames that come by [receive] have their checksums, even if the sender left them to the device. *)

val await_frame : t -> unit
(** Until [receive] would not wait. *)

val has_frame : t -> bool
(** [receive] would not wait. *)

(** {1 Checksums} *)

val computes_checksums : t -> bool

val send_checksum : t -> Checksum.place -> string -> (unit, Device.error) result
(** As [send], of a frame whose checksum is to be computed: by the device, or else before the device gets it.
    @raise Invalid_argument if the place is not within the frame, or in the header of Ethernet. *)

type received = { frame : string; header : Net_header.t }

val receive_whole : t -> (received, Device.error) result
(** As [receive], without the work for checksums: what the device says about them. *)

(** {1 Segments} *)

val makes_segments : t -> Net_header.protocol -> bool

val send_segments : t -> Checksum.place -> Net_header.segments -> string -> (unit, Device.error) result
(** Sends a frame of up to 64 KiB of IP, which the device divides into segments that each have [data] bytes of TCP's data, but
    for the last one, and headers and checksums of their own. The place is that of TCP's checksum. [`Unsupported]: the
    device makes no segments of that protocol. [`Out_of_range]: a segment would be larger than the link takes.
    @raise Invalid_argument if the place is not within the headers, or these not within the frame. *)

val takes_large : t -> Net_header.protocol -> bool
(** Whether frames may come that are yet to be segmented, of up to 64 KiB of IP. *)
