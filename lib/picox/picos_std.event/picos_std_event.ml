(* SPDX-License-Identifier: ISC *)

open Picos

module Event = struct
  type 'a request = { request : 'r. (unit -> 'r) Computation.t -> ('a -> 'r) -> unit } [@@unboxed]

  type 'a t =
    | Request of 'a request
    | Choose of 'a t list
    | Wrap : { event : 'b t; f : 'b -> 'a } -> 'a t
    | Guard of (unit -> 'a t)

  type 'a event = 'a t

  let from_request request = Request request
  let choose events = Choose events
  let wrap event f = Wrap { event; f }
  let map f event = Wrap { event; f }
  let guard f = Guard f
  let always value = Request { request = (fun target result -> Computation.return target (fun () -> result value)) }

  let[@alert "-handler"] from_computation source =
    let request target result =
      let outcome () = result (Computation.peek_exn source) in
      let passing = Trigger.from_action target outcome (fun _ target outcome -> Computation.return target outcome) in
      if Computation.try_attach source passing then begin
        let detaching = Trigger.from_action source passing (fun _ source passing -> Computation.detach source passing) in
        if not (Computation.try_attach target detaching) then Computation.detach source passing
      end
      else Computation.return target outcome
    in
    Request { request }

  let rec issue : type a r. a t -> (unit -> r) Computation.t -> (a -> r) -> unit =
   fun event target result ->
    match event with
    | Request { request } -> request target result
    | Wrap { event; f } -> issue event target (fun x -> result (f x))
    | Guard f -> issue (f ()) target result
    | Choose events ->
        List.iter (fun event -> if Computation.is_running target then issue event target result) events

  let sync event =
    let target = Computation.create ~mode:`LIFO () in
    (try issue event target Fun.id
     with exn ->
       let bt = Printexc.get_raw_backtrace () in
       Computation.cancel target exn bt;
       Printexc.raise_with_backtrace exn bt);
    let trigger = Trigger.create () in
    if Computation.try_attach target trigger then begin
      match Trigger.await trigger with
      | None -> ()
      | Some (exn, bt) -> if Computation.try_cancel target exn bt then Printexc.raise_with_backtrace exn bt
    end;
    Computation.peek_exn target ()

  let select events = sync (choose events)
end
