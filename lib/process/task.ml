(* SPDX-License-Identifier: ISC *)

type status = Exited of int | Killed of int

type news = Nothing | Has_stopped of int | Has_gone_on

type time = Stopped of int | Running of { clock : Vcpu.clock; since : int }

type thread = {
  mutable id : int;
  mutable time : time;
  mutable hurried : int;
  mutable paid_ns : int;
  mutable slice_stop : int;
  mutable is_capped : bool;
  turn : Turns.member;
  called : Wait.queue;
  mutable vcpu : Vcpu.t;
  mutable clear_tid : int;
  signals : Signals.own;
  sleeper : Wait.sleeper;
  mutable leaving : bool;
  mutable name : string option;
  mutable bytes : bytes;
  mutable slice : Scheme.Slice.t;
}

type process = {
  system : system;
  group_of : Group.t;
  began_ns : int;
  pid : int;
  mutable memory : Memory.t;
  mutable futexes : Futexes.t;
  files : Descriptors.t;
  rlimits : Resource_limits.t;
  namespace : Scheme.Namespace.t;
  mutable cwd : Scheme.Path.t;
  mutable umask : int;
  mutable nice : int;
  mutable program : string;
  mutable arguments : string list;
  signals : Signals.shared;
  timers : Timers.t array;
  cpu_clock : Timers.clock;
  mutable cpu_timer : Timers.t option;
  mutable parent : process option;
  root : int;
  mutable group : int;
  mutable session : int;
  mutable threads : thread list;
  mutable status : status option;
  mutable stopped : int;
  mutable dumps : int;
  mutable news : news;
  mutable gone : bool;
  mutable ending : string;
  mutable ended_ns : int;
  mutable children_ns : int;
  mutable peak_of_children : int;
  resumed : Wait.queue;
  children : Wait.queue;
}

and system = {
  around_all : Group.t;
  turns : Turns.t;
  watch : Timers.t;
  lock : Picox_lock.t;
  changed : Wait.queue;
  mutable processes : process list;
  mutable next_id : int;
  mapped : Shared.registry;
  programs : Program.cache;
  futexes_in_common : Futexes.t;
  locks : File_locks.t;
  writing : Write_back.t;
  machine_memory : unit -> int * int;
  log : string -> unit;
  mutable failure : (exn * Printexc.raw_backtrace) option;
}

let begin_watch watch =
  ignore (Timers.set watch ~due:(Vcpu.now () + Turns.patience_ns) ~interval:Turns.patience_ns)

let create_system ~log ~machine_memory limits =
  let turns = Turns.create ~cpus:(Domain.recommended_domain_count ()) in
  let rec watch = lazy (Timers.create ~expire:look ())
  and look () =
    if not (Turns.rescue turns ~now:(Vcpu.now ())) then begin
      ignore (Timers.set (Lazy.force watch) ~due:0 ~interval:0);
      (* Somebody may have begun to wait meanwhile. *)
      if Turns.is_watched turns then begin_watch (Lazy.force watch)
    end
  in
  let watch = Lazy.force watch in
  {
    around_all = Group.create limits;
    turns;
    watch;
    lock = Picox_lock.create ();
    changed = Wait.queue ();
    processes = [];
    next_id = 1;
    mapped = Shared.registry ();
    programs = Program.cache ();
    futexes_in_common = Futexes.create ();
    locks = File_locks.create ();
    writing = Write_back.create ~log;
    machine_memory;
    log;
    failure = None;
  }

let locked system f = Picox_lock.protect system.lock f
let buffer_size = 65536

let bytes thread =
  if thread.bytes == Bytes.empty then thread.bytes <- Bytes.create buffer_size;
  thread.bytes

let slice thread =
  if Scheme.Slice.length thread.slice = 0 then thread.slice <- Buffers.take buffer_size;
  thread.slice

let is_over p = p.status <> None
let longest_name = 15

let short_name path =
  let name = Filename.basename path in
  String.sub name 0 (Int.min longest_name (String.length name))

let name_of_program p = short_name p.program
let name_of p thread = Option.value thread.name ~default:(name_of_program p)

let take_id system =
  let id = system.next_id in
  system.next_id <- id + 1;
  id

(* As Linux has it: a step is a quarter more. *)
let weight_of_nice nice = int_of_float (1024. *. (1.25 ** float (-nice)))

let add_thread ?after p ~id ?mask vcpu =
  let signals = Signals.create_own ?mask () and called = Wait.queue () in
  let self = ref None in
  let rouse () = Option.iter (fun (thread : thread) -> Vcpu.kick thread.vcpu) !self and wake () = Wait.wake called in
  let after = Option.map (fun (thread : thread) -> thread.turn) after in
  let turn = Turns.member ?after p.system.turns ~within:p.group_of.share ~weight:(weight_of_nice p.nice) ~rouse ~wake in
  let rec thread =
    lazy
      {
        id;
        time = Stopped 0;
        hurried = 0;
        paid_ns = 0;
        slice_stop = 0;
        is_capped = false;
        turn;
        called;
        vcpu;
        clear_tid = 0;
        signals;
        sleeper = Wait.sleeper ~turn ~stop ();
        leaving = false;
        name = None;
        bytes = Bytes.empty;
        slice = Scheme.Slice.empty;
      }
  and stop () = is_over p || (Lazy.force thread).leaving || Signals.is_deliverable p.signals signals in
  let thread = Lazy.force thread in
  self := Some thread;
  p.threads <- thread :: p.threads;
  thread

let drop_processes system chosen =
  let dropped, kept = List.partition chosen system.processes in
  system.processes <- kept;
  List.iter (fun p -> Scheme.Budget.give_back p.group_of.tasks 1) dropped

let take_task p =
  Scheme.Budget.used p.group_of.tasks < Resource_limits.soft p.rlimits Resource_limits.tasks
  && Scheme.Budget.take p.group_of.tasks 1

let memory_left p =
  let all, now = p.system.machine_memory () and limit, left = Group.memory_left p.group_of in
  if limit = max_int then (all, now) else if all = 0 then (limit, left) else (min all limit, min now left)

let thread_ns thread =
  match thread.time with Stopped ns -> ns | Running { clock; since } -> max 0 (Vcpu.read_clock clock - since)

let start_clock thread =
  match thread.time with
  | Stopped ns -> thread.time <- Running { clock = Vcpu.own_clock (); since = Vcpu.clock_at_start () - ns }
  | Running _ -> ()

let stop_clock thread =
  match thread.time with Running { since; _ } -> thread.time <- Stopped (Vcpu.clock_at_end () - since) | Stopped _ -> ()

let cpu_ns p = List.fold_left (fun sum thread -> sum + thread_ns thread) p.ended_ns p.threads

(* It comes out of user mode, or out of what it waits for. *)
let rouse thread =
  Vcpu.kick thread.vcpu;
  Wait.interrupt thread.sleeper

let rouse_for_good thread =
  Vcpu.kick thread.vcpu;
  Wait.finish thread.sleeper

(* The first reason counts. What is only about to enter user mode (a new thread, a program that is executed) looks at the
   status first. *)
let end_processes system chosen status =
  let ended =
    locked system (fun () ->
        let ended = List.filter (fun p -> chosen p && not (is_over p)) system.processes in
        List.iter (fun p -> p.status <- Some status) ended;
        List.concat_map (fun p -> p.threads) ended)
  in
  List.iter rouse_for_good ended

let end_process p status = end_processes p.system (fun q -> q == p) status
let end_all system status = end_processes system (fun _ -> true) status

(* The log may be what fails. *)
let fail p exn backtrace =
  let system = p.system in
  locked system (fun () -> if system.failure = None then system.failure <- Some (exn, backtrace));
  end_process p (Killed Signals.sigkill);
  try
    system.log
      (Printf.sprintf "process %d is ended by a bug of the tender: %s\n%s" p.pid (Printexc.to_string exn)
         (Printexc.raw_backtrace_to_string backtrace))
  with _ -> ()

let attempt p f =
  match f () with
  | () -> ()
  | exception Out_of_memory -> end_process p (Killed Signals.sigkill)
  | exception exn -> fail p exn (Printexc.get_raw_backtrace ())

(* Signals. *)

let rouse_one p signal =
  let threads = locked p.system (fun () -> p.threads) in
  match List.find_opt (fun (thread : thread) -> not (Signals.has thread.signals.mask signal)) threads with
  | Some thread -> rouse thread
  | None -> List.iter rouse threads

let is_blocked_by_all p signal =
  List.for_all (fun (thread : thread) -> Signals.has thread.signals.mask signal) (locked p.system (fun () -> p.threads))

let send_info p (info : Signals.info) =
  if Signals.post p.signals None ~blocked:(is_blocked_by_all p info.signal) info then rouse_one p info.signal

(* Stopping. *)

let child_stopped = 5
let child_continued = 6

let tell_parent p ~code ~signal =
  match locked p.system (fun () -> p.parent) with
  | None -> ()
  | Some parent ->
      let flags = (Signals.action parent.signals Signals.sigchld).flags in
      if flags land Signals.sa_nocldstop = 0 then
        send_info parent { signal = Signals.sigchld; code; sender = p.pid; value = Int64.of_int signal; address = 0 };
      Wait.wake parent.children

let stop p signal ~continued =
  let stopped =
    locked p.system (fun () ->
        if Signals.continued p.signals <> continued then None
        else (
          p.stopped <- signal;
          p.news <- Has_stopped signal;
          Some p.threads))
  in
  Option.iter
    (fun threads ->
      List.iter rouse threads;
      tell_parent p ~code:child_stopped ~signal)
    stopped

let resume p =
  let was_stopped =
    locked p.system (fun () ->
        let was_stopped = p.stopped <> 0 in
        p.stopped <- 0;
        if was_stopped then p.news <- Has_gone_on;
        was_stopped)
  in
  if was_stopped then (
    Wait.wake p.resumed;
    tell_parent p ~code:child_continued ~signal:Signals.sigcont)

(* No signal keeps it from waiting, but the end does. *)
let undisturbed (thread : thread) ?deadline queues ready =
  let mask = thread.signals.mask in
  thread.signals.mask <- -1L;
  let outcome = Wait.until thread.sleeper ?deadline queues ready in
  thread.signals.mask <- mask;
  outcome

let stands_still p = p.stopped lor p.dumps <> 0
let hold p thread = if stands_still p then ignore (undisturbed thread [ p.resumed ] (fun () -> not (stands_still p)))

(* Before it is pending. *)
let stop_or_go_on p signal =
  match Signals.default_effect signal with
  | Ignore | Terminate -> ()
  | Stop | Continue ->
      let threads = locked p.system (fun () -> p.threads) in
      Signals.take_back p.signals (List.map (fun (thread : thread) -> thread.signals) threads) ~by:signal;
      if signal = Signals.sigcont then resume p

let send p (info : Signals.info) =
  if info.signal = Signals.sigkill then end_process p (Killed Signals.sigkill)
  else (
    stop_or_go_on p info.signal;
    send_info p info)

let send_thread p (thread : thread) (info : Signals.info) =
  if info.signal = Signals.sigkill then end_process p (Killed Signals.sigkill)
  else (
    stop_or_go_on p info.signal;
    if Signals.post p.signals (Some thread.signals) ~blocked:(Signals.has thread.signals.mask info.signal) info then rouse thread)
