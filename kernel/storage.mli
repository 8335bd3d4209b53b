(* SPDX-License-Identifier: ISC *)

(** The machine's disks, each driven by a fiber of the class of drivers. *)

type disk = {
  name : string;  (** ["virtio0"], ["nvme0"]: kind and number, in the order of the bus *)
  claim : Claim.t;
  blocks : Redoxfs.Blocks.t;  (** goes on where its driver is started again, and fails when it is not *)
  partitions : (Redoxfs.Gpt.partition * Redoxfs.Blocks.t) list;
}

val start : Picos_std_structured.Bundle.t -> log:(string -> unit) -> disk list
(** Starts all drivers, and waits until each disk can be used or has failed; those are left out. *)

val find_root : disk list -> (string * Redoxfs.Blocks.t) option
(** What is to be mounted, and its name: the first data partition, else the first disk that has no partitions. *)
