(* SPDX-License-Identifier: ISC *)

(** Kernel data stacks: bounded lock-free queues between classes of fibers (and, later, processes).

    What comes in from devices is on the {e inbound} one of a {!pair}, what is to go out on the {e outbound} one. The layout
    is that of nucleus.h, so that an end can be C++ or another program. Ends are many on either side. Items come out in
    the order in which they were put. Who finds a stack full, or empty, waits as a fiber does.

    {[
      type block = Read | Write

      let () =
        let open Picox_data_stack in
        let stack = create ~kinds:[| Read; Write |] ~capacity:2 () in
        Picox_local.run (fun () ->
            let driver =
              Picox_drivers.start (fun () ->
                  let rec sum so_far =
                    match get stack with
                    | item -> sum (so_far + item.token)
                    | exception Closed -> so_far
                  in
                  sum 0)
            in
            for token = 1 to 10 do
              put stack { kind = Read; token; length = 0; buffer = None }
            done;
            close stack;
            assert (Picox_drivers.await driver = 55))
    ]} *)

module Pool = Pool

type 'kind t
(** A stack whose items are of kinds ['kind]. *)

type 'kind item = {
  kind : 'kind;
  token : int;  (** whatever the ends agree on *)
  length : int;  (** of what is in the buffer *)
  buffer : Pool.buffer option;  (** handed over with the item *)
}

val create : ?name:Picox_trace.name -> ?pool:Pool.t -> kinds:'kind array -> capacity:int -> unit -> 'kind t
(** An empty stack of so many items, a power of two up to 2{^20}. [kinds] are all kinds that items can be of, each once; they
    are compared physically, so constant constructors. Buffers are of [pool]. Traces have its depth
    as [name].
    @raise Invalid_argument if there is no such capacity. *)

type ('inbound, 'outbound) pair = { inbound : 'inbound t; outbound : 'outbound t }

val pair :
  ?pool:Pool.t -> inbound:'inbound array -> outbound:'outbound array -> capacity:int -> unit -> ('inbound, 'outbound) pair
(** Two of them. *)

exception Closed

exception Malformed
(** What the other end has put is no item: an unknown kind, or no such buffer. *)

(** {1 Putting}

    With the item the buffer goes: the handle that was put is nobody's from then on. All raise {!Closed} on a closed stack,
    and [Invalid_argument] for a buffer of another pool, one that has changed hands already, a kind that is not among the
    stack's, or a length that is negative or beyond 2{^32}. *)

val try_put : 'kind t -> 'kind item -> bool
(** [false]: it is full, and the buffer still the caller's. Not only in fibers. *)

val put : 'kind t -> 'kind item -> unit
(** Waits for room. Raises if the fiber is canceled meanwhile; then the buffer is still the caller's. *)

val put_all : 'kind t -> 'kind item list -> unit
(** {!put} of each in turn, in batches. If the fiber is canceled, those whose buffers have changed hands are put.  *)

(** {1 Getting} *)

val try_get : 'kind t -> 'kind item option
(** [None]: it is empty, closed or not. Not only in fibers.
    @raise Malformed *)

val get : 'kind t -> 'kind item
(** Waits for an item.
    @raise Closed if it is closed and empty.
    @raise Malformed *)

val get_some : 'kind t -> most:int -> 'kind item list
(** At least one item and at most [most], in order; waits for the first.
    @raise Invalid_argument if [most] is not positive.
    @raise Closed if it is closed and empty.
    @raise Malformed then the items that came with it are lost, but for their buffers, which go back. *)

(** {1 All} *)

val close : 'kind t -> unit
(** Nothing is put any more, from when no put is under way. What is in can be got. *)

val depth : 'kind t -> int
(** How many items are in it just now. *)

val capacity : 'kind t -> int
