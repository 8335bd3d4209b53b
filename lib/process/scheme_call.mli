(* SPDX-License-Identifier: ISC *)

(** The request [call] of schemes' files, for processes: bytes and descriptors, both ways. It is the [ioctl] of the number {!request},
    whose argument points to

    {v
     0 u64 the text to send             32 u32 room for the answer, in bytes
     8 u32 its bytes, at most 65536     36 u32 room for descriptors, at most 16
    12 u32 how many descriptors, 16     40 u64 where those that come are put, i32 each
    16 u64 the descriptors, i32 each    48 u32 is set to how many have come
    24 u64 where the answer is put      52 u32 1: these are closed on exec; else 0
    v}

    and whose result is the bytes of the answer. What is sent are copies of the descriptors, with their rights; only what schemes have
    opened can be sent ([EOPNOTSUPP]). A text that does not fit is lost, and what came with it closed ([EMSGSIZE]); if only descriptors do
    not, or have no room in the table or in the process' budget, the text comes without them. *)

val request : int

(** {1 The struct} *)

type t = {
  text : int;  (** addresses are not negative, or [min_int]: one that nobody has *)
  text_size : int;
  sent : int;
  sent_count : int;
  answer : int;
  answer_room : int;
  received : int;
  received_room : int;
  close_on_exec : bool;
}

val size : int
(** Of the struct. *)

val most_text : int
val most_handles : int

val decode : bytes -> (t, int) result
(** Of {!size} bytes. Nothing that it tells is out of these bounds. *)

(** {1 Performing it} *)

val perform : Task.process -> Task.thread -> Open_file.t -> int -> int
(** Of an open file; the argument may be any. *)
