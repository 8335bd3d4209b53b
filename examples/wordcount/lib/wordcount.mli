(* SPDX-License-Identifier: ISC *)

(** Counts of the lines, words and bytes of a text, and of how often each word comes. A {e word} is a longest run of
    ASCII letters, digits, apostrophes and bytes above 127 (so that UTF-8 words stay whole); words are compared in ASCII
    lower case. *)

type t

val empty : t

val add_line : t -> string -> t
(** [add_line t line] is [t] and one more line, given without its newline. *)

val of_channel : in_channel -> t
(** [of_channel ic] counts all that is left to read from [ic].
    @raise Sys_error when reading fails. *)

val lines : t -> int
val words : t -> int

val bytes : t -> int
(** [bytes t] counts one newline for each line. *)

val frequency : t -> string -> int
(** [frequency t w] is how often [w] (in lower case) came; 0 when it did not. *)

val most_frequent : int -> t -> (string * int) list
(** [most_frequent n t] are the [n] most frequent words, the most frequent first; words of one frequency come in
    alphabetical order. All words when there are at most [n].
    @raise Invalid_argument when [n < 0]. *)
