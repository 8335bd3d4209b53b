(* SPDX-License-Identifier: ISC *)

(** Serving a scheme from a process: for programs that are servers of the system image. One request after the other, in the thread
    that calls {!run}.

    {[
      let () = Served.run "greeting" (fun ~path _ -> if path = "hello" then Ok (Served.text "hello\n") else Error Served.enoent)
    ]} *)

module Packet = Scheme_packet

type file = {
  seekable : bool;  (** whether it is read and written at positions; else as a stream *)
  stat : unit -> Packet.stat;
  read : Packet.place -> int -> (string, int) result;  (** at most so many bytes; none: the end. Errors are Linux' numbers. *)
  write : Packet.place -> string -> (int, int) result;
      (** One of the two that answers {!eagain} waits: it is tried again after each request that comes, of whomever. *)
  ready : unit -> bool * bool;
      (** of a stream: whether a read, and a write, would not wait now (both, by default). [poll] and [O_NONBLOCK] go by this. *)
  list : from:int -> most:int -> (Packet.entry list, int) result;  (** of a directory, from behind a place on *)
  call : string -> Unix.file_descr list -> (string * Unix.file_descr list, int) result;
      (** a text and descriptors, which are the function's to close; those of the answer are closed when it is sent *)
  lend : offset:int -> length:int -> write:bool -> (Unix.file_descr * int, int) result;
      (** for who maps that part, if the file's [stat] says that it lends: whose memory is to be there, and from which offset on.
          The descriptor stays the server's. *)
  given : Unix.file_descr option;
      (** this instead: the client has a copy of it, the server hears no more, and {!field-close} is called at once *)
  close : unit -> unit;
}

val none : file
(** One that can do nothing: to be given what it can. *)

val text : string -> file
(** A file with that content, which can be read. *)

val command : (string -> (unit, int) result) -> file
(** A stream: what is written is given to the function. *)

val directory : string list -> file
(** One that lists the names, as files. *)

val given : Unix.file_descr -> file
(** That file itself, for each who opens it one of his own, which lasts as long as he has it. The descriptor is closed when that is done. *)

val run : string -> (path:string -> Packet.open_flags -> (file, int) result) -> unit
(** [run name open_] serves the scheme [name], whose files are what [open_] makes of their paths. Returns when the socket has ended.
    @raise Unix.Unix_error if the scheme cannot be served: [EBUSY] if somebody does. *)

(** {1 Errors} *)

val enoent : int
val eio : int
val eagain : int
val eacces : int
val einval : int
val eopnotsupp : int
