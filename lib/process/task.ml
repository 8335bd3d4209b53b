(* SPDX-License-Identifier: ISC *)

type status = Exited of int | Killed of int

type thread = {
  id : int;
  mutable vcpu : Vcpu.t;
  mutable clear_tid : int;  (* zeroed and woken at its end; 0: none *)
  mutable signal_mask : int64;
  buffer : bytes;  (* what goes through the tender *)
}

type process = {
  system : system;
  pid : int;
  mutable memory : Memory.t;
  mutable futexes : Futexes.t;
  files : Files.t;
  lock : Mutex.t;
  actions : (int, bytes) Hashtbl.t;  (* of signals; under [lock] *)
  (* The rest under the system's lock. *)
  mutable parent : process option;
  mutable threads : thread list;
  mutable status : status option;  (* it is to end, or has ended *)
  mutable gone : bool;  (* nothing of it runs any more *)
}

(* A process and all that come from it. *)
and system = {
  waiting : Files.waiting;
  find : string -> string option;  (* a program's content *)
  mutable processes : process list;
  mutable next_id : int;
  mutable failure : (exn * Printexc.raw_backtrace) option;
}

let buffer_size = 65536
let is_over p = p.status <> None

(* The first reason counts. All threads come out of user mode, and out of their waits; what is only about to enter user
   mode (a new thread, a program that is executed) looks at the status first. *)
let end_processes system chosen status =
  let ended =
    Files.locked system.waiting (fun () ->
        let ended = List.filter (fun p -> chosen p && not (is_over p)) system.processes in
        List.iter (fun p -> p.status <- Some status) ended;
        Files.announce system.waiting;
        List.map (fun p -> (p, p.threads)) ended)
  in
  List.iter
    (fun (p, threads) ->
      List.iter (fun thread -> Vcpu.kick thread.vcpu) threads;
      Futexes.wake_all p.futexes)
    ended

let end_process p status = end_processes p.system (fun q -> q == p) status
let end_all system status = end_processes system (fun _ -> true) status

(* What the tender itself should never raise: {!run} raises it when all has ended. *)
let fail system exn backtrace =
  Files.locked system.waiting (fun () -> if system.failure = None then system.failure <- Some (exn, backtrace));
  end_all system (Killed 9)
