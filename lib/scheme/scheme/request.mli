(* SPDX-License-Identifier: ISC *)

(** What a scheme is asked for. Requests are typed by their answers, so a server is a function on them.

    ['h] stands for {!Handle.t}. *)

(** {1 By path} *)

type creation =
  | Never
  | If_missing
  | Always_new  (** [Exists] if it is there *)

type flags = {
  read : bool;
  write : bool;
  append : bool;  (** each write goes to the end *)
  creation : creation;
  truncate : bool;
  directory : bool;  (** it must be one; with [write], which others refuse, its times can be set *)
  follow : bool;  (** a symbolic link that is last *)
}

val reading : flags
(** To read what is there. *)

val writing : flags
(** To write, created if missing, truncated. *)

val appending : flags
(** To write at the end, created if missing. *)

val writes : flags -> bool
(** Whether they can change something. *)

type place =
  | Stream  (** the next bytes *)
  | At of int  (** a position, which is not negative *)
  | End

type interest = {
  readable : bool;
  writable : bool;
  wait : bool;  (** until there is one of those; else the answer says how it is now *)
}

type ready = { can_read : bool; can_write : bool; ended : bool  (** the other side is gone *) }

val not_ready : ready

type 'h message = { text : string; handles : 'h list }
(** Bytes and handles for the receiver, which then belong to it. *)

type 'h mapped =
  | Memory of Slice.t  (** the file's own memory *)
  | Part of { file : 'h; offset : int }  (** what is there is another file's: from that offset on. The handle is the receiver's. *)

(** {1 Of an open file} *)

type ('h, _) t =
  | Read : { at : place; into : Loan.t } -> ('h, int) t  (** how many; 0: the end *)
  | Write : { at : place; from : Loan.t } -> ('h, int) t  (** how many, at least one unless the loan is empty *)
  | Stat : ('h, Stat.t) t
  | List : { from : int; most : int } -> ('h, (Stat.entry * int) list) t
      (** at most so many entries of a directory from a place on (0: the first), with the place after each; none: the end.
          Entries that come and go do not disturb the others. *)
  | Truncate : int -> ('h, unit) t  (** to that size, which is not negative *)
  | Set_times : { accessed_ns : int option; modified_ns : int option } -> ('h, unit) t
  | Sync : ('h, unit) t
  | Map : { offset : int; length : int; write : bool } -> ('h, 'h mapped) t  (** what is in that part, without a copy *)
  | Event : interest -> ('h, ready) t  (** waits until one of those, or the end, if it may *)
  | Call : 'h message -> ('h, 'h message) t  (** anything else *)
  | Close : ('h, unit) t  (** the last request, always; does not wait, and cannot fail *)

type 'h file = {
  seekable : bool;  (** whether [Read] and [Write] are [At] or [End] a position; else [Stream] *)
  perform : 'a. ('h, 'a) t -> ('a, Error.t) result;
}
(** An open file, as its server has it. *)

val is_mutation : ('h, 'a) t -> bool
(** Whether it needs the right to write: [Write], [Truncate], [Set_times], [Call], and [Map] to write. *)

(** {1 Of a scheme}

    Names are those below the scheme's root. *)

type ('h, _) by_path =
  | Open : { names : string list; flags : flags } -> ('h, 'h file) by_path
  | Stat_path : { names : string list; follow : bool } -> ('h, Stat.t) by_path
  | Make_directory : string list -> ('h, unit) by_path
  | Unlink : { names : string list; directory : bool  (** an empty directory, or something else *) } -> ('h, unit) by_path
  | Rename : { from : string list; into : string list; replace : bool } -> ('h, unit) by_path
      (** at no moment is there nothing at [into] if there was something before *)
  | Link : { from : string list; into : string list } -> ('h, unit) by_path  (** one more name for a file *)
  | Symbolic_link : { target : string; into : string list } -> ('h, unit) by_path
  | Read_link : string list -> ('h, string) by_path

type which = First | Second  (** of two paths *)

(** Symbolic links are not followed by schemes but by the namespace of the client, so that they give nobody authority. *)
type ('h, _) answer =
  | Done : 'a -> ('h, 'a) answer
  | Given : 'h -> ('h, 'h file) answer
      (** a file that is not the server's, who is not asked about it any more, and may end. The handle is the receiver's. *)
  | Elsewhere : { which : which; above : string list; target : string; rest : string list } -> ('h, 'a) answer
      (** the path has a symbolic link in the directory [above], after which [rest] follows *)

type 'h scheme = { ask : 'a. ('h, 'a) by_path -> (('h, 'a) answer, Error.t) result }
(** A scheme, as its server has it. *)

val map_paths : (which -> string list -> string list) -> ('h, 'a) by_path -> ('h, 'a) by_path
val path : ('h, 'a) by_path -> string list
(** Its (first) path. *)

val second_path : ('h, 'a) by_path -> string list option

val drop : close:('h -> unit) -> ('h, 'a) t -> unit
(** Closes what is in a request that nobody gets. *)

val discard : close:('h -> unit) -> ('h, 'a) t -> 'a -> unit
(** Closes what is in an answer that nobody wants. *)

val discard_by_path : close:('h -> unit) -> ('h, 'a) by_path -> ('h, 'a) answer -> unit
