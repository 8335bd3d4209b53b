(* SPDX-License-Identifier: ISC *)

(** Streams of values, from many to many, of which each reader sees all from where it begins. Lock-free.

    Values that no cursor can reach any more are let go.

    {[
      open Picos_std_sync

      let () =
        let stream = Stream.create () in
        let cursor = Stream.tap stream in
        List.iter (Stream.push stream) [ "a"; "b" ];
        Picos_mux_fifo.run (fun () ->
            let first, next = Stream.read cursor in
            assert (first = "a" && fst (Stream.read next) = "b"))
    ]} *)

open Picos_std_event

type !'a t

val create : ?padded:bool -> unit -> 'a t
(** A stream to which nothing has been pushed; [~padded:true] keeps it from sharing a cache line. *)

val push : 'a t -> 'a -> unit
(** Adds the value at the end. Raises the exception with which the stream is poisoned, if it is. *)

val poison_at : 'a t -> exn -> Printexc.raw_backtrace -> unit
(** Ends the stream with the exception, unless it is poisoned before. Does not raise for cancelation. *)

val poison : ?callstack:int -> 'a t -> exn -> unit
(** {!poison_at} with the call stack to that depth, by default none. *)

type !'a cursor
(** A place in a stream: that of a value, or the end. *)

val tap : 'a t -> 'a cursor
(** The end, where the next value will be. *)

val peek_opt : 'a cursor -> ('a * 'a cursor) option
(** The value at the place and the place after it; [None] if there is none yet. Raises the exception if the stream is
    poisoned at that place. *)

val read : 'a cursor -> 'a * 'a cursor
(** Waits for the value at the place. Raises as {!peek_opt}, and if the fiber is canceled meanwhile. *)

val read_evt : 'a cursor -> ('a * 'a cursor) Event.t
(** There is a value at the place, or the poison. *)
