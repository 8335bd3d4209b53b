(* SPDX-License-Identifier: ISC *)

(** Paths: [/scheme/NAME/rest], and [/x] for [/scheme/file/x].

    A path is decoded completely before anything is done with it. [.], [..] and repeated slashes are resolved by the text
    alone; [..] above the root stays at the root. So [/a/../scheme/log] is the scheme [log]. A path leads nowhere before a
    namespace says what its scheme is. *)

type t

val max_length : int
(** 4096 bytes: longer texts are refused. *)

val max_name : int
(** 255 bytes, of each name. *)

val root : t
(** [/], which is the root of the scheme [file]. *)

val decode : ?cwd:t -> string -> (t, Error.t) result
(** The path of a text, relative to [cwd] (default: {!root}). Errors: [Not_found] (the empty text), [Invalid] (a NUL, or no
    name of a scheme behind [/scheme/]), [Name_too_long]. *)

val make : scheme:string -> string list -> (t, Error.t) result
(** The path of those names in a scheme. Errors: [Invalid] if one is no name, [Name_too_long]. *)

val scheme : t -> string option
(** The scheme; [None] for [/scheme] itself, the list of them. *)

val names : t -> string list
(** The names below the scheme's root: each has 1 to {!max_name} bytes, neither slash nor NUL, and is neither [.] nor
    [..]. *)

val wants_directory : t -> bool
(** Whether the text ended in a slash, [.] or [..]; never of a root, which need not be a directory. *)

val above : t -> t
(** The directory that it is in; a root is in itself. *)

val last : t -> string option
(** The last name; [None] for a root. *)

val is_scheme_name : string -> bool
(** 1 to 64 of [a-z], [0-9], [-], [_] and [.]; not [.] nor [..]. *)

val to_string : t -> string
(** The shortest text: [/x] for the scheme [file]. [decode (to_string t) = Ok t]. *)

val equal : t -> t -> bool
