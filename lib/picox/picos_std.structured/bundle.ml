(* SPDX-License-Identifier: ISC *)

open Picos

type t = {
  scope : unit Computation.t;  (** of the body and of the forked fibers *)
  packed : Computation.packed;  (** [scope] *)
  running : int Atomic.t;  (** fibers that have not ended, the body among them; 0 is final *)
  errors : (exn * Printexc.raw_backtrace) list Atomic.t;
  ended : Trigger.t;  (** signaled when none is running *)
}

let terminate ?callstack t = Computation.cancel t.scope Control.Terminate (Control.backtrace callstack)

let terminate_after ?callstack t ~seconds =
  Computation.cancel_after t.scope ~seconds Control.Terminate (Control.backtrace callstack)

let rec add_error t exn bt =
  let before = Atomic.get t.errors in
  if not (Atomic.compare_and_set t.errors before ((exn, bt) :: before)) then add_error t exn bt

(* What cancels the bundle from outside is raised there already. *)
let is_cancelation t exn =
  match Computation.canceled t.scope with Some (reason, _) -> reason == exn | None -> false

let error ?callstack t exn bt =
  if exn != Control.Terminate && not (is_cancelation t exn) then begin
    add_error t exn bt;
    terminate ?callstack t
  end

let leave t = if Atomic.fetch_and_add t.running (-1) = 1 then Trigger.signal t.ended

let rec enter t =
  let n = Atomic.get t.running in
  if n = 0 then invalid_arg "Bundle: already ended";
  if not (Atomic.compare_and_set t.running n (n + 1)) then enter t

let await_ended t fiber =
  leave t;
  let forbid = Fiber.exchange fiber ~forbid:true in
  ignore (Trigger.await t.ended);
  Fiber.set fiber ~forbid

let raise_errors t =
  match List.rev (Atomic.get t.errors) with
  | [] -> ()
  | [ (exn, bt) ] -> Printexc.raise_with_backtrace exn bt
  | errors -> raise (Control.Errors errors)

(* A fiber that forbids cancelation may open a scope even when it is canceled; its children then are, at once. *)
let attach_canceler fiber ~from ~into =
  if Fiber.has_forbidden fiber then begin
    let canceler = Computation.canceler ~from ~into in
    if not (Computation.try_attach from canceler) then Trigger.signal canceler;
    canceler
  end
  else Computation.attach_canceler ~from ~into

let join_after ?callstack ?(on_return = `Wait) body =
  let fiber = Fiber.current () in
  let outer = Fiber.get_computation fiber in
  let (Packed from) = outer in
  let scope = Computation.create ~mode:`LIFO () in
  let packed = Computation.Packed scope in
  let t =
    { scope; packed; running = Atomic.make 1; errors = Atomic.make []; ended = Trigger.create () }
  in
  let canceler = attach_canceler fiber ~from ~into:scope in
  Fiber.set_computation fiber packed;
  let close () =
    await_ended t fiber;
    Fiber.set_computation fiber outer;
    Computation.detach from canceler;
    Computation.finish scope;
    raise_errors t
  in
  match body t with
  | value ->
      if on_return = `Terminate then terminate ?callstack t;
      close ();
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      error t exn bt;
      terminate ?callstack t;
      close ();
      Printexc.raise_with_backtrace exn bt

let prepared prepare fiber =
  (match prepare with None -> () | Some prepare -> prepare fiber);
  fiber

let spawn t fiber main =
  try Fiber.spawn fiber main
  with exn ->
    let bt = Printexc.get_raw_backtrace () in
    leave t;
    Printexc.raise_with_backtrace exn bt

let enter_running t =
  Computation.check t.scope;
  enter t

(* What is forked is called, even if it is canceled before it begins: it may own what it has to release. *)

(* Functions of their own, so that a fiber that waits keeps neither its closure nor that of its body. *)

let[@inline never] run_forked t body =
  (try body () with exn -> error t exn (Printexc.get_raw_backtrace ()));
  leave t

let[@inline never] run_promised t child canceler body =
  (match body () with
  | value -> Computation.return child value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      Computation.cancel child exn bt;
      error t exn bt);
  Computation.detach t.scope canceler;
  leave t

let fork ?prepare t body =
  enter_running t;
  spawn t (prepared prepare (Fiber.create_packed ~forbid:false t.packed)) (fun _ -> run_forked t body)

let fork_as_promise ?prepare t body =
  enter_running t;
  let child = Computation.create ~mode:`LIFO () in
  let canceler =
    try Computation.attach_canceler ~from:t.scope ~into:child
    with exn ->
      let bt = Printexc.get_raw_backtrace () in
      leave t;
      Printexc.raise_with_backtrace exn bt
  in
  let main _ = run_promised t child canceler body in
  (try spawn t (prepared prepare (Fiber.create ~forbid:false child)) main
   with exn ->
     let bt = Printexc.get_raw_backtrace () in
     Computation.detach t.scope canceler;
     Printexc.raise_with_backtrace exn bt);
  child
