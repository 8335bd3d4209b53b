(* SPDX-License-Identifier: ISC *)

(** Small schemes whose files are known in advance: a tree of texts and of files that do something. *)

open Scheme

type t =
  | Text of (unit -> (string, Error.t) result)
      (** Made when it is opened; each opening sees it as it was then. *)
  | File of (Request.flags -> (Handle.file, Error.t) result)  (** opens it *)
  | Directory of (string * t) list
  | Generated of { list : unit -> string list; find : string -> t option }  (** a directory, made when it is looked at *)

val service : t -> Service.t
(** The scheme whose root this is. Nothing can be created or removed in it. *)

val text : (unit -> string) -> t
(** A {!Text}. *)

val text_file : string -> Handle.file
(** An open file with that content, read only. *)

val stream :
  ?read:(Loan.t -> (int, Error.t) result) ->
  ?write:(Loan.t -> (int, Error.t) result) ->
  ?event:(Request.interest -> (Request.ready, Error.t) result) ->
  ?call:(Handle.message -> (Handle.message, Error.t) result) ->
  ?close:(unit -> unit) ->
  ?stat:(unit -> Stat.t) ->
  unit ->
  Handle.file
(** An open stream, that cannot do what is not given; it is always ready by default. *)
