(* SPDX-License-Identifier: ISC *)

include Picox_task.Of (struct
  let its_class = Picox_classes.Drivers
end)

let rec attempt restarts failed main =
  match main () with
  | value -> value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      if restarts = 0 || Picos.Fiber.(is_canceled (current ())) then Printexc.raise_with_backtrace exn bt;
      failed exn bt;
      attempt (restarts - 1) failed main

let supervise ?(restarts = 5) ~failed main =
  if restarts < 0 then invalid_arg "Picox_drivers.supervise: restarts must not be negative";
  start (fun () -> attempt restarts failed main)
