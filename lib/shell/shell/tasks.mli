(* SPDX-License-Identifier: ISC *)

(** Commands that run: fibers of the class of local processes, each with a number, which can be killed and waited for. *)

type t
type task

val create : ?new_number:(unit -> int) -> unit -> t
(** [new_number] gives each a number that nothing has had (default: 1, 2, ...). *)

val start : t -> parent:int -> name:string -> (int -> int) -> task
(** Runs the function, with the number of the task, in a new fiber; it gives an exit status, 0 to 255. If it raises, the
    status is 125. *)

val pid : task -> int
val name : task -> string

val wait : task -> int
(** Waits for the end, and is the status. Raises if this fiber is canceled; the task goes on. *)

val poll : task -> int option
(** The status, if it has ended. *)

val kill : ?status:int -> task -> unit
(** Cancels the fiber: it ends when it next waits, with that status (default: 137). *)

val killed : int
val interrupted : int
(** 137 and 130. *)

val find : t -> int -> task option
(** The one with that number, while it runs. *)

val table : t -> string
(** For people: a line of headings, and a line for each that runs. *)
