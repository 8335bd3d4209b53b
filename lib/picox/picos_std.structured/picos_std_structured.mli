(* SPDX-License-Identifier: ISC *)

(** Structured concurrency: fibers that live no longer than a scope. All functions need a scheduler unless they say
    otherwise.

    {[
      open Picos_std_structured

      let () =
        Picos_mux_fifo.run (fun () ->
            Bundle.join_after (fun bundle ->
                let squares = List.map (fun n -> Bundle.fork_as_promise bundle (fun () -> n * n)) [ 1; 2; 3 ] in
                assert (List.map Promise.await squares = [ 1; 4; 9 ])))
    ]} *)

open Picos_std_event

module Control : sig
  (** Errors, cancelation and time. *)

  exception Terminate
  (** Cancels fibers that are no longer needed; never an error. *)

  exception Errors of (exn * Printexc.raw_backtrace) list
  (** Several errors of one scope. *)

  val raise_if_canceled : unit -> unit
  (** Raises the cancelation of the current fiber, if it is canceled and permits that. *)

  val yield : unit -> unit
  (** Lets other fibers run. *)

  val sleep : seconds:float -> unit
  (** Suspends the fiber for that time. *)

  val protect : (unit -> 'a) -> 'a
  (** Runs the function with cancelation forbidden. *)

  val block : unit -> 'a
  (** Waits to be canceled.
      @raise Invalid_argument if cancelation is forbidden.
      @raise Sys_error if the fiber's computation returns. *)

  val terminate_after : ?callstack:int -> seconds:float -> (unit -> 'a) -> 'a
  (** Runs the function, canceled by {!Terminate} after that time. [callstack] is the depth of the call stack recorded as
      the backtrace (default 0), here and below. *)

  val terminate_unless : bool -> unit
  (** [terminate_unless c] raises {!Terminate} if [c] is [false]. *)
end

module Promise : sig
  (** The result of a fiber to come. *)

  type !'a t

  val of_value : 'a -> 'a t
  (** A promise kept already. Needs no scheduler. *)

  val await : 'a t -> 'a
  (** Waits for the value, or raises what the fiber has raised. *)

  val completed : 'a t -> 'a Event.t
  (** The event of that. *)

  val is_running : 'a t -> bool
  (** Whether it is not complete. Needs no scheduler. *)

  val try_terminate : ?callstack:int -> 'a t -> bool
  (** Cancels the fiber by {!Control.Terminate}: [true]. [false] if it was complete. Needs no scheduler. *)

  val terminate : ?callstack:int -> 'a t -> unit
  (** {!try_terminate}, whoever wins. *)

  val terminate_after : ?callstack:int -> 'a t -> seconds:float -> unit
  (** Terminates it after that time. *)
end

module Bundle : sig
  (** A scope with fibers. *)

  type t

  val join_after : ?callstack:int -> ?on_return:[ `Terminate | `Wait ] -> (t -> 'a) -> 'a
  (** [join_after body] runs [body bundle] and waits until all fibers of the bundle have ended, with cancelation
      forbidden while it waits. If the body or a fiber raises (other than {!Control.Terminate}), the bundle is
      terminated; one error is raised, several as {!Control.Errors}. When the body returns, the fibers are terminated if
      [on_return] is [`Terminate], else (the default) waited for. The cancelation of the fiber outside cancels the
      bundle. *)

  val terminate : ?callstack:int -> t -> unit
  (** Cancels all fibers of the bundle, and its body, by {!Control.Terminate}. *)

  val terminate_after : ?callstack:int -> t -> seconds:float -> unit
  (** Does that after that time. *)

  val error : ?callstack:int -> t -> exn -> Printexc.raw_backtrace -> unit
  (** Terminates the bundle with an error, which [join_after] raises. [Terminate] is no error. *)

  val fork_as_promise : t -> (unit -> 'a) -> 'a Promise.t
  (** A new fiber in the bundle and the promise of its value. Terminating the promise cancels this fiber only.
      @raise Control.Terminate if the bundle is terminated.
      @raise Invalid_argument if the bundle has ended. *)

  val fork : t -> (unit -> unit) -> unit
  (** A new fiber in the bundle. Cheaper than {!fork_as_promise}; raises as that does.

      Once either has returned, the function is called, even if its fiber is canceled before it begins: it may be the one
      who is to release a resource. *)
end

module Flock : sig
  (** The same with the bundle implicit: that of the innermost [join_after] around the current fiber. All but [join_after]
      raise [Invalid_argument] outside. *)

  val join_after : ?callstack:int -> ?on_return:[ `Terminate | `Wait ] -> (unit -> 'a) -> 'a
  val terminate : ?callstack:int -> unit -> unit
  val terminate_after : ?callstack:int -> seconds:float -> unit -> unit
  val error : ?callstack:int -> exn -> Printexc.raw_backtrace -> unit
  val fork_as_promise : (unit -> 'a) -> 'a Promise.t
  val fork : (unit -> unit) -> unit
end

module Run : sig
  (** Several functions as fibers; one of them may run on the calling fiber. *)

  val all : (unit -> unit) list -> unit
  (** Runs all and waits for all; an error terminates the others. *)

  val any : (unit -> unit) list -> unit
  (** Runs all and terminates the others when one returns. [any []] returns. *)

  val first_or_terminate : (unit -> 'a) list -> 'a
  (** The first value of any, the others being terminated.
      @raise Control.Terminate if there is none because all are terminated, or the list is empty. *)
end
