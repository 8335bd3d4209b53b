(* SPDX-License-Identifier: ISC *)

(** Drivers: the highest class. One that becomes ready waits for the turns that are under way and two more, whatever the
    others do.

    {[
      let () =
        Picox_local.run (fun () ->
            let attempts = ref 0 in
            let driver =
              Picox_drivers.supervise
                ~failed:(fun _ _ -> ())
                (fun () ->
                  incr attempts;
                  if !attempts < 3 then failwith "the device does not answer";
                  !attempts)
            in
            assert (Picox_drivers.await driver = 3))
    ]} *)

include Picox_task.S

val supervise : ?restarts:int -> failed:(exn -> Printexc.raw_backtrace -> unit) -> (unit -> 'a) -> 'a t
(** {!start}, and when the driver raises, [failed] with that, in the driver's class, and the driver once more; after
    [restarts] times (default 5) its exception is the outcome. So is what [failed] raises. A driver that is canceled is not
    run again. Children are the driver's own: it ends them before it ends (a bundle does).
    @raise Invalid_argument if [restarts] is negative. *)
