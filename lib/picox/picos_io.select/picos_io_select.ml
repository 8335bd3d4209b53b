(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_event
module Fd = Picos_io_fd

let no_backtrace = Printexc.get_callstack 0

(* Calls [action] when [computation] completes: at once, if it has. *)
let[@alert "-handler"] on_completion computation action =
  if not (Computation.try_attach computation (Trigger.from_action action () (fun _ action () -> action ()))) then
    action ()

let check_seconds seconds = if not (0.0 <= seconds) then invalid_arg "Picos_io_select: not a time from now on"

let cancel_after computation ~seconds exn bt =
  check_seconds seconds;
  Picox_timers.cancel_after computation ~seconds exn bt

let timeout ~seconds =
  check_seconds seconds;
  let request target result =
    let timer = Computation.create () in
    on_completion timer (fun () -> Computation.return target result);
    Picox_timers.cancel_after timer ~seconds Exit no_backtrace;
    on_completion target (fun () -> Computation.finish timer)
  in
  Event.from_request { request }

let return_on computation fd operation value =
  match Fd.incr fd with
  | () ->
      on_completion computation (fun () -> Fd.decr fd);
      Picox_timers.return_on (Fd.unsafe_get fd) operation computation value
  | exception Invalid_argument _ ->
      Computation.cancel computation (Unix.Unix_error (EBADF, "return_on", "")) no_backtrace

let await_on fd operation =
  let ready = Computation.create ~mode:`LIFO () in
  return_on ready fd operation fd;
  try Computation.await ready
  with exn ->
    let bt = Printexc.get_raw_backtrace () in
    Computation.cancel ready Exit no_backtrace;
    Printexc.raise_with_backtrace exn bt

let on fd operation =
  let request target result = return_on target fd operation result in
  Event.from_request { request }

type waiter = Waiter : { computation : 'a Computation.t; value : 'a } -> waiter

let children : waiter list Atomic.t = Atomic.make []

let handle_signal signal =
  if signal = Sys.sigchld then
    List.iter
      (fun (Waiter { computation; value }) -> Computation.return computation value)
      (Atomic.exchange children [])

type configuration = { intr_sig : int; handles_sigchld : bool }

let configuration : configuration option Atomic.t = Atomic.make None

let configure ?(intr_sig = Sys.sigusr2) ?(handle_sigchld = true) ?(ignore_sigpipe = true) () =
  if Atomic.compare_and_set configuration None (Some { intr_sig; handles_sigchld = handle_sigchld }) then begin
    Sys.set_signal intr_sig (Signal_handle ignore);
    if handle_sigchld then Sys.set_signal Sys.sigchld (Signal_handle handle_signal);
    if ignore_sigpipe then Sys.set_signal Sys.sigpipe Signal_ignore
  end

let rec configured () =
  match Atomic.get configuration with
  | Some configuration -> configuration
  | None ->
      configure ();
      configured ()

(* A signal is taken where it ends a system call: SIGCHLD in the thread of the timers, the other one where it is asked
   for. A thread that sleeps on a condition would keep it. *)
let check_configured () =
  let { intr_sig; handles_sigchld } = configured () in
  ignore (Thread.sigmask SIG_BLOCK (if handles_sigchld then [ intr_sig; Sys.sigchld ] else [ intr_sig ]));
  if handles_sigchld then Picox_timers.take_signal Sys.sigchld

let () = Picox_timers.on_enter check_configured

let rec remove waiter =
  let before = Atomic.get children in
  if List.memq waiter before && not (Atomic.compare_and_set children before (List.filter (( != ) waiter) before)) then
    remove waiter

let rec add waiter =
  let before = Atomic.get children in
  if not (Atomic.compare_and_set children before (waiter :: before)) then add waiter

(* The signal may have gone to a thread that sleeps. Then any thread that runs OCaml code calls the handler, and that of
   the timers runs some now and then. *)
let rec look_again computation seconds =
  let timer = Computation.create () in
  on_completion timer (fun () ->
      if Computation.is_running computation then look_again computation (Float.min 0.05 (2.0 *. seconds)));
  Picox_timers.cancel_after timer ~seconds Exit no_backtrace;
  on_completion computation (fun () -> Computation.finish timer)

let return_on_sigchld computation value =
  check_configured ();
  let waiter = Waiter { computation; value } in
  add waiter;
  Picox_timers.hire ();
  on_completion computation (fun () ->
      Picox_timers.dismiss ();
      remove waiter);
  look_again computation 0.001

let on_sigchld =
  let request target result = return_on_sigchld target result in
  Event.from_request { request }

module Intr = struct
  type t = Nothing | Request of { over : unit Computation.t; signal : int; was_blocked : bool }

  let nothing = Nothing

  (* The thread may not be in its system call yet, so that one signal is not enough. *)
  let again = 0.005

  let rec after over signal seconds =
    let timer = Computation.create () in
    on_completion timer (fun () ->
        if Computation.is_running over then begin
          Unix.kill (Unix.getpid ()) signal;
          after over signal again
        end);
    Picox_timers.cancel_after timer ~seconds Exit no_backtrace;
    on_completion over (fun () -> Computation.finish timer)

  let req ~seconds =
    check_seconds seconds;
    check_configured ();
    let signal = (configured ()).intr_sig in
    let before = Thread.sigmask SIG_UNBLOCK [ signal ] in
    let over = Computation.create () in
    Picox_timers.hire ();
    on_completion over Picox_timers.dismiss;
    after over signal seconds;
    Request { over; signal; was_blocked = List.mem signal before }

  let clr = function
    | Nothing -> ()
    | Request { over; signal; was_blocked } ->
        Computation.finish over;
        if was_blocked then ignore (Thread.sigmask SIG_BLOCK [ signal ])
end
