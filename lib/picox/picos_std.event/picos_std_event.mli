(* SPDX-License-Identifier: ISC *)

(** First-class synchronous events, as in Concurrent ML.

    {[
      open Picos_std_event

      let () =
        let either = Event.choose [ Event.choose []; Event.map string_of_int (Event.always 5) ] in
        assert (Picos_mux_fifo.run (fun () -> Event.sync either) = "5")
    ]} *)

module Event : sig
  (** An ['a Event.t] describes something to wait for that gives an ['a]; nothing happens before {!sync}. *)

  type !'a t

  type 'a event = 'a t

  val always : 'a -> 'a t
  (** Has happened already, with this value. *)

  val choose : 'a t list -> 'a t
  (** The first of them to happen; earlier ones are preferred. [choose []] never happens. *)

  val wrap : 'b t -> ('b -> 'a) -> 'a t
  (** The event, its value then given to the function, which runs in the fiber that synchronizes. *)

  val map : ('b -> 'a) -> 'b t -> 'a t
  (** [map f event] is [wrap event f]. *)

  val guard : (unit -> 'a t) -> 'a t
  (** The event that the function gives, called at each synchronization. *)

  val sync : 'a t -> 'a
  (** Waits for the event. Once it has happened its value is not lost: the cancelation of the fiber is raised only if the
      event has not happened before. *)

  val select : 'a t list -> 'a
  (** [select events] is [sync (choose events)]. *)

  (** {1 New kinds of events} *)

  open Picos

  type 'a request = { request : 'r. (unit -> 'r) Computation.t -> ('a -> 'r) -> unit } [@@unboxed]
  (** [request target result] arranges that [target] returns [fun () -> result value] when the event happens. It
      cleans up when [target] completes first (attach a trigger to it), does not block and does not raise. *)

  val from_request : 'a request -> 'a t

  val from_computation : 'a Computation.t -> 'a t
  (** Happens when the computation completes, with its value or exception. *)
end
