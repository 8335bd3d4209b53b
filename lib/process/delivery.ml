(* SPDX-License-Identifier: ISC *)

open Task

(* A process whose handler cannot be called ends as the signal would end it. *)
let handle p (thread : thread) (info : Signals.info) (action : Signals.action) =
  ignore (thread, action);
  end_process p (Killed info.signal)

(* Whether a handler is to run. *)
let one p thread (info : Signals.info) =
  let action = Signals.action p.signals info.signal in
  if action.handler = Signals.ignore_ then false
  else if action.handler <> Signals.default then (
    handle p thread info action;
    true)
  else (
    (match Signals.default_effect info.signal with
    | Ignore | Continue | Stop -> ()
    | Terminate -> end_process p (Killed info.signal));
    false)

let deliver_all p (thread : thread) =
  let rec go handled =
    if is_over p then handled
    else
      match Signals.take_deliverable p.signals thread.signals with
      | None -> handled
      | Some info -> go (one p thread info || handled)
  in
  let handled = go false in
  if not handled then Signals.restore_mask thread.signals;
  handled

let deliver p thread = if not (is_over p) then ignore (deliver_all p thread)

let interrupted p (thread : thread) (_ : Calls.t) =
  Vcpu.set_result thread.vcpu Errno.eintr;
  deliver p thread

let fault p thread signal ~kind ~address ~code =
  ignore (thread, kind, address, code);
  end_process p (Killed signal)

let return p _ = end_process p (Killed Signals.sigsegv)
