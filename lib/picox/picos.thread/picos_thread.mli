(* SPDX-License-Identifier: ISC *)

(** Threads, as far as libraries need to know of them. *)

val is_main_thread : unit -> bool
(** Whether this is the thread that started the program. *)

(** Thread-local storage. A fiber may go on in another thread after each effect. *)
module TLS : sig
  type 'a t
  (** A key. Keys are never freed: create them once, at the start of the program. *)

  val create : unit -> 'a t
  (** A new key, without a value in any thread. *)

  exception Not_set

  val get_exn : 'a t -> 'a
  (** The value of this thread, raised without a backtrace if there is none.
      @raise Not_set if this thread has no value for the key. *)

  val set : 'a t -> 'a -> unit
  (** Sets the value of this thread. It is let go when the thread has ended and its descriptor has been collected. *)
end
