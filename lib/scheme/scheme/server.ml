(* SPDX-License-Identifier: ISC *)

open Picos
module Queue = Picos_aux_mpscq
module Latch = Picos_std_sync.Latch

type job =
  | Job : {
      reply : ('a, Error.t) result Computation.t;
      run : unit -> ('a, Error.t) result;
      drop : unit -> unit;
      discard : 'a -> unit;
    }
      -> job
  | Posted of (unit -> unit)

type t = {
  alive : unit Computation.t;  (** canceled when the server has ended *)
  queue : job Queue.t;
  sleep : Trigger.t Atomic.t;  (** what wakes the server *)
  failure : (exn * Printexc.raw_backtrace) option Atomic.t;
  over : bool Atomic.t;  (** nobody takes from the queue but under [draining] *)
  draining : Stdlib.Mutex.t;
}

exception Gone

let no_backtrace = Printexc.get_callstack 0

let create () =
  {
    alive = Computation.create ();
    queue = Queue.create ();
    sleep = Atomic.make Trigger.signaled;
    failure = Atomic.make None;
    over = Atomic.make false;
    draining = Stdlib.Mutex.create ();
  }

let is_running t = Computation.is_running t.alive
let wake t = Trigger.signal (Atomic.get t.sleep)

let stop t =
  Computation.cancel t.alive Gone no_backtrace;
  wake t

let fail t exn bt =
  ignore (Atomic.compare_and_set t.failure None (Some (exn, bt)));
  stop t

let quietly f = try f () with _ -> ()

(* What is left when the server has ended, and what comes after that. *)
let drain t =
  Stdlib.Mutex.protect t.draining (fun () -> List.of_seq (Queue.pop_all t.queue))
  |> List.iter (function Posted f -> quietly f | Job { drop; _ } -> quietly drop)

let push t job =
  Queue.push t.queue job;
  wake t;
  if Atomic.get t.over then drain t

let post t f = push t (Posted f)

(* For clients. The reply is canceled by the server's end, by the client's, or completed by the job, whatever is first;
   it is also the computation of the fiber that does the job. *)

let submit t ~drop ~discard run =
  let reply = Computation.create ~mode:`LIFO () in
  let from_server = Computation.canceler ~from:t.alive ~into:reply in
  if not (Computation.try_attach t.alive from_server) then begin
    drop ();
    Error Error.Server_gone
  end
  else begin
    push t (Job { reply; run; drop; discard });
    let trigger = Trigger.create () in
    (if Computation.try_attach reply trigger then
       match Trigger.await trigger with
       | None -> ()
       | Some (exn, bt) -> Computation.cancel reply exn bt (* an answer that has come already is not lost *));
    Computation.detach t.alive from_server;
    match Computation.peek reply with
    | Some (Ok result) -> result
    | Some (Error (Gone, _)) -> Error Error.Server_gone
    | Some (Error (exn, bt)) -> Printexc.raise_with_backtrace exn bt
    | None -> assert false
  end

let perform t = function
  | Posted f -> ( try f () with exn -> fail t exn (Printexc.get_raw_backtrace ()))
  | Job { reply; run; discard; _ } -> (
      match run () with
      | result -> (
          if not (Computation.try_return reply result) then match result with Ok value -> discard value | Error _ -> ())
      | exception exn ->
          (* The cancelation of a request is no failure of the server. *)
          if not (Computation.is_canceled reply) then fail t exn (Printexc.get_raw_backtrace ()))

(* The server's loop *)

let rec next t =
  match Queue.pop_exn t.queue with
  | job -> Some job
  | exception Queue.Empty -> (
      let trigger = Trigger.create () in
      Atomic.set t.sleep trigger;
      if not (is_running t) then None
      else
        match Queue.pop_exn t.queue with
        | job -> Some job
        | exception Queue.Empty -> (
            match Trigger.await trigger with
            | None -> next t
            | Some (exn, bt) -> Printexc.raise_with_backtrace exn bt))

let drop = function Job { drop; _ } -> drop () | Posted f -> quietly f

let in_fiber t running job =
  let (Packed computation) =
    match job with Job { reply; _ } -> Computation.Packed reply | Posted _ -> Packed (Computation.create ())
  in
  Latch.incr running;
  match
    Fiber.spawn (Fiber.create ~forbid:false computation) (fun _ ->
        perform t job;
        Latch.decr running)
  with
  | () -> ()
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      drop job;
      Latch.decr running;
      Printexc.raise_with_backtrace exn bt

let run t ~serial =
  let running = Latch.create 1 in
  let rec loop () =
    if is_running t then
      match next t with
      | None -> ()
      | Some job ->
          (match job with
          | Job { reply; drop; _ } when not (Computation.is_running reply) -> drop ()
          | Posted _ -> perform t job
          | Job _ -> if serial then perform t job else in_fiber t running job);
          loop ()
  in
  let finish () =
    stop t;
    Fiber.forbid (Fiber.current ()) (fun () ->
        Latch.decr running;
        Latch.await running);
    Atomic.set t.over true;
    drain t
  in
  Fun.protect ~finally:finish loop;
  match Atomic.get t.failure with Some (exn, bt) -> Printexc.raise_with_backtrace exn bt | None -> ()
