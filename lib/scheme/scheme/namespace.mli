(* SPDX-License-Identifier: ISC *)

(** What somebody can reach: an immutable map of names to schemes, and nothing else. There is no global one.

    From a namespace one gets to smaller ones; to add a scheme one needs the scheme itself. Functions that take a path need
    a scheduler, may wait, and raise only if the fiber is canceled. What a namespace does not reach is [Not_found] for it,
    as if it were not there. Paths are relative to [cwd] (default: [/]).

    Symbolic links are followed here, by the namespace of whoever opens the path: a link leads to nothing that the path
    which it stands for would not. *)

type t

val empty : t

val add : t -> string -> Service.t -> t
(** With that scheme by that name, in place of what had the name.
    @raise Invalid_argument if it is no name of a scheme ({!Path.is_scheme_name}). *)

val schemes : t -> string list
(** The names, in order. *)

(** {1 Smaller ones} *)

val only : t -> string list -> t
(** With those names only, of those that it has. *)

val without : t -> string list -> t

val within : t -> string -> string list list -> t
(** [within t scheme directories] reaches in that scheme only what is in one of the directories (names from the root), or
    is one; not what is above them. It can neither remove nor rename them. Several restrictions hold all. *)

val read_only : ?schemes:string list -> t -> t
(** Without what could change something, in those schemes (default: in all): handles are opened without the right to
    write, and without that they get no [Call] either. Error then: [Read_only]. *)

val with_budget : t -> Budget.t -> t
(** All handles that are opened through it count in this budget, which should be one within {!budget}. *)

val budget : t -> Budget.t

(** {1 Requests} *)

val open_ : t -> ?cwd:Path.t -> ?flags:Request.flags -> string -> (Handle.t, Error.t) result
(** Opens (default: {!Request.reading}). [/scheme] is a directory with the schemes. *)

val stat : t -> ?cwd:Path.t -> ?follow:bool -> string -> (Stat.t, Error.t) result
val make_directory : t -> ?cwd:Path.t -> string -> (unit, Error.t) result
val unlink : t -> ?cwd:Path.t -> string -> (unit, Error.t) result
val remove_directory : t -> ?cwd:Path.t -> string -> (unit, Error.t) result
val rename : t -> ?cwd:Path.t -> ?replace:bool -> string -> string -> (unit, Error.t) result
val link : t -> ?cwd:Path.t -> string -> string -> (unit, Error.t) result
(** [link t from into]. The two are in one scheme, else [Cross_device]. *)

val symbolic_link : t -> ?cwd:Path.t -> target:string -> string -> (unit, Error.t) result
val read_link : t -> ?cwd:Path.t -> string -> (string, Error.t) result

(** {1 In short} *)

val read_file : t -> ?cwd:Path.t -> string -> (string, Error.t) result
val write_file : t -> ?cwd:Path.t -> string -> string -> (unit, Error.t) result
val list : t -> ?cwd:Path.t -> string -> (Stat.entry list, Error.t) result
