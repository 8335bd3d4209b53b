(* SPDX-License-Identifier: ISC *)

(** Lock-free queues with many producers and a single consumer.

    {[
      let () =
        let queue = Picos_aux_mpscq.create () in
        Picos_aux_mpscq.push queue "b";
        Picos_aux_mpscq.push_head queue "a";
        assert (List.of_seq (Picos_aux_mpscq.pop_all queue) = [ "a"; "b" ])
    ]} *)

type !'a t

val create : ?padded:bool -> unit -> 'a t
(** An empty queue; [~padded:true] keeps it from sharing cache lines. *)

val push : 'a t -> 'a -> unit
(** Adds at the tail. *)

val push_head : 'a t -> 'a -> unit
(** Adds at the head: it comes out before all that are in the queue. *)

exception Empty

val pop_exn : 'a t -> 'a
(** Takes from the head, in constant amortised time. Only the consumer does. Raised without a backtrace:
    @raise Empty if there is none. *)

val pop_all : 'a t -> 'a Seq.t
(** Takes all that are there at one moment, head first. Only the consumer does. *)
