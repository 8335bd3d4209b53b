(* SPDX-License-Identifier: ISC *)

module DLS = Picos_domain.DLS

let main_thread = Thread.id (Thread.self ())
let is_main_thread () = Picos_domain.is_main_domain () && Thread.id (Thread.self ()) = main_thread

module TLS = struct
  exception Not_set

  (* The values of the threads of one domain, found by a thread's number, which is never used again. Another thread of
     the domain can run at any allocation, so the table is an immutable value, replaced in one step. The values of a
     thread that has ended are kept until its finaliser has run. *)
  module Numbers = Map.Make (Int)

  type 'a t = 'a Numbers.t Atomic.t DLS.key

  let create () = DLS.new_key (fun () -> Atomic.make Numbers.empty)

  let get_exn t =
    match Numbers.find_opt (Thread.id (Thread.self ())) (Atomic.get (DLS.get t)) with
    | Some value -> value
    | None -> raise_notrace Not_set

  let rec update table f =
    let before = Atomic.get table in
    if not (Atomic.compare_and_set table before (f before)) then update table f

  let set t value =
    let table = DLS.get t and thread = Thread.self () in
    let id = Thread.id thread in
    if not (Numbers.mem id (Atomic.get table)) then
      Gc.finalise (fun _ -> update table (Numbers.remove id)) thread;
    update table (Numbers.add id value)
end
