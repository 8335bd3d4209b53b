(* SPDX-License-Identifier: ISC *)

(** What a file system lies on: a block device, or a part of one, as blocks of 4096 bytes. *)

type t = {
  count : int;
  read_only : bool;
  read : first:int -> count:int -> Machine.Dma.t -> (unit, Device.error) result;
      (** Fills the front of the buffer with [count] blocks. As all of these it suspends the fiber, and always ends. *)
  write : first:int -> count:int -> Machine.Dma.t -> (unit, Device.error) result;
  flush : unit -> (unit, Device.error) result;
}

val size : int
(** 4096. *)

module Of (B : Device.BLOCK) : sig
  val all : B.t -> (t, Device.error) result
  (** The whole device. Error: [`Unsupported] if its sectors are larger than a block, or a block is no whole number of
      them. *)

  val part : B.t -> sector:int -> sectors:int -> (t, Device.error) result
  (** From a sector on. Error: [`Out_of_range] too. *)
end

val partitions : t -> ((Gpt.partition * t) list, Device.error) result
(** The partitions of a disk with sectors of 512 bytes, in the order of its table. Those that do not lie on whole blocks are
    left out. Error: [`Malformed] if there is no valid table. *)
