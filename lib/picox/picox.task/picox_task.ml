(* SPDX-License-Identifier: ISC *)

open Picos

module type S = sig
  type 'a t

  val start : (unit -> 'a) -> 'a t
  val await : 'a t -> 'a
  val cancel : 'a t -> exn -> unit
  val is_running : 'a t -> bool
  val computation : 'a t -> 'a Computation.t
  val is_current : unit -> bool
  val run : ?n_domains:int -> ?context:Picox_classes.context -> (unit -> 'a) -> 'a
  val turns : Picox_classes.context -> int
end

module Of (Class : sig
  val its_class : Picox_classes.t
end) =
struct
  type 'a t = 'a Computation.t

  let start main =
    let outcome = Computation.create ~mode:`LIFO () in
    Picox_classes.spawn Class.its_class
      (Fiber.create ~forbid:false outcome)
      (fun _ -> Computation.capture outcome main ());
    outcome

  let await = Computation.await
  let no_backtrace = Printexc.get_callstack 0
  let cancel t exn = Computation.cancel t exn no_backtrace
  let is_running = Computation.is_running
  let computation t = t
  let is_current () = Picox_classes.current () = Class.its_class
  let run ?(n_domains = 1) ?context main = Picox_classes.run_on ~n_domains ?context ~main_class:Class.its_class main
  let turns context = Picox_classes.turns context Class.its_class
end
