(* SPDX-License-Identifier: ISC *)

(** The partition table of a disk with sectors of 512 bytes.  Spec: [uefi "GUID Partition Table (GPT) Disk Layout"] *)

type partition = {
  type_guid : string;  (** 36 characters, letters in upper case *)
  name : string;  (** ASCII; others are [?] *)
  first : int;  (** sector *)
  sectors : int;
}

val front : int
(** Bytes at the start of a disk that {!decode} wants. *)

val decode : string -> sectors:int -> (partition list, string) result
(** Of the start of a disk of so many sectors. Checksums must hold, and no partition may be outside of the disk. *)

val data_type : string
(** Linux' "file system data", which our data partitions are. *)
