(* SPDX-License-Identifier: ISC *)

(** How a process serves a scheme: it opens [/scheme/NAME] with [O_RDWR] and [O_CREAT], reads requests from that descriptor, and writes
    answers to it. Each read gives one packet, each write is one. All numbers are little-endian.

    A packet fits in {!most_bytes}; a read with less room than the packet takes fails with [EINVAL] and loses nothing.

    {v
    request   0 u32 bytes of the packet      answer   0 u32 bytes of the packet
              4 u32 kind                              4 u32 errno, 0: done
              8 u64 tag                               8 u64 tag
             16 u64 file                             16 i64 a
             24 i64 a                                24 i64 b
             32 i64 b                                32 u32 bytes of the text
             40 u32 bytes of the first text          36 u32 0
             44 u32 bytes of the second text         40 the text
             48 the texts
    v}

    Requests may be answered in any order; {!Close} and {!Cancel} are not answered, and those that are canceled are.

    {b Handles} go beside packets, when these are received and sent by [Scheme_call] instead of [read] and [write]: a call with an empty
    text receives the next request, with the handles that a client has sent along with its {!Call}; any other sends an answer, with the
    server's own descriptors. Those are copied: what the receiver gets has the rights that the sender's have, or less.
    {!Open} may be answered with one: then {e that} is what the client has opened, with the rights that he has asked for at most, and the
    server hears no more of it. {!Map} is answered with one, a {!Call} with up to {!most_handles}, and what comes with any
    other answer makes it none. *)

val most_bytes : int
(** 65536. *)

val most_data : int
(** 32768: what is read or written at once. *)

val most_handles : int
(** 16: that go with a packet. *)

type open_flags = {
  read : bool;
  write : bool;
  append : bool;
  create : bool;
  exclusive : bool;
  truncate : bool;
  directory : bool;
}

type place = Stream | At of int | End

(** Paths are names with slashes between; the empty one is the scheme's root. *)
type body =
  | Open of { path : string; flags : open_flags }  (** answer: the file's number, which is not 0, and whether it has positions *)
  | Stat_path of string  (** answer: a {!stat} *)
  | Make_directory of string
  | Unlink of { path : string; directory : bool }
  | Rename of { from : string; into : string; replace : bool }
  | Link of { from : string; into : string }
  | Symbolic_link of { target : string; into : string }
  | Read_link of string  (** answer: a text *)
  | Read of { at : place; most : int }  (** answer: a text of at most so many bytes; none: the end *)
  | Write of { at : place; data : string }  (** answer: how many bytes *)
  | Stat  (** answer: a {!stat} *)
  | List of { from : int; most : int }  (** answer: {!entry}s *)
  | Truncate of int
  | Set_times of { accessed_ns : int option; modified_ns : int option }
  | Sync
  | Event of { readable : bool; writable : bool; wait : bool }
      (** answer: bits 1 readable, 2 writable, 4 ended; when there is one of those that are asked for, or the end. Without [wait] at once,
          and then it may be none: somebody who does not want to wait ([O_NONBLOCK], [poll]) waits for that. *)
  | Call of string  (** answer: a text, and handles *)
  | Map of { offset : int; length : int; write : bool }
      (** only of files whose {!stat} says so; answer: a handle, and from which offset on its file is what this one has there *)
  | Close
  | Cancel  (** nobody waits for the answer of the request with this tag any more *)

type request = { tag : int; file : int;  (** 0 for those by path *) body : body }

type kind = File | Directory | Symbolic | Stream_file

type reply = { a : int; b : int; text : string }

val reply : ?a:int -> ?b:int -> ?text:string -> unit -> reply
(** Zeros and nothing, by default. *)

type answer = { tag : int; result : (reply, int) result  (** or an errno *) }

(** {1 What is in a reply} *)

val opened : ?seekable:bool -> int -> reply
(** Of a file with that number. *)

type stat = { kind : kind; size : int; id : int; lends : bool  (** it answers {!Map} *) }

val stat_reply : stat -> reply
val stat_of : reply -> stat option
(** [None]: it is none, as for the following. *)

type entry = { name : string; kind : kind; id : int; place : int }

val list_reply : entry list -> reply
val entries_of : from:int -> most:int -> reply -> entry list option
(** At most [most], whose places grow and are beyond [from]. *)

(** {1 Packets} *)

val encode_request : request -> string
(** @raise Invalid_argument if it does not fit. *)

val decode_request : string -> request option
val encode_answer : answer -> string
val decode_answer : string -> answer option
