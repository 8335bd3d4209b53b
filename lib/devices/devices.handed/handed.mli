(* SPDX-License-Identifier: ISC *)

(** Devices that are handed to a process: the kernel's end of a pair of data stacks in memory that both have, and of the buffers beside
    them. The process puts requests on the {e outbound} stack and announces them ({!kick}); answers come on the {e inbound} one, with
    the request's token and buffer, and are announced ({!announced}).

    {v
    the first page   0 u32 "bdev"         24 u64 where the inbound stack is
                     4 u32 version, 1     32 u64 the outbound one
                     8 u32 kind           40 u64 the buffers
                    12 u32 items of a     48 u32 how many
                           stack          52 u32 bytes of each
      a card (1)    64 the MAC, 6 bytes   72 u32 largest frame without its header
      a disk (2)    64 u32 1: read only   72 u64 blocks of 4096 bytes

    requests        1 send      length bytes of the buffer, a frame
                    2 receive   into the buffer; the answer has the frame's length
                    3 read      blocks from [token] on, length bytes
                    4 write     the same
                    5 flush     what was written is on the disk
    answers         the same kind; with 0x100: it has failed, the length is the errno
    v}

    A buffer belongs to the kernel from its request to its answer. Data is copied, once each way. Whoever breaks these rules, by a slot, a
    kind or a buffer that cannot be, has no device any more: the session ends, and nothing else. *)

module Memory = Memory
module Ring_end = Ring_end
module Signal = Signal

type net = {
  mac : string;  (** 6 bytes *)
  mtu : int;
  send : string -> (unit, int) result;  (** errors are Linux' numbers; may wait *)
  receive : unit -> (string, int) result;  (** waits for a frame *)
}

type disk = {
  count : int;
  read_only : bool;
  read : first:int -> count:int -> (bytes, int) result;
  write : first:int -> bytes -> (unit, int) result;
  flush : unit -> (unit, int) result;
}

type device = Net of net | Disk of disk

val size : device -> int
(** Of the memory. *)

type t
(** A session. *)

val create : device -> Memory.t -> t
(** Formats the memory, which nobody else has yet. *)

val run : t -> (unit, string) result
(** Serves it until {!close}, in this fiber and in some of its own; the error says what the process has done wrong. *)

val close : t -> unit
val kick : t -> unit

val announced : t -> Signal.t
(** Of answers, and of the end. *)

val is_closed : t -> bool
(** By {!close}. *)

val has_ended : t -> bool
(** Also by {!run}'s end. *)
