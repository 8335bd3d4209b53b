(* SPDX-License-Identifier: ISC *)

open Picos
module Lock = Picos_std_sync.Mutex

(* What the thread tells the fiber that attends it. *)
type event = Finished | Transfer of { operation : int; first : int; count : int }
type slot = Empty | Awaited of Trigger.t | Told of event

(* What fibers tell the thread. *)
type word = Job of (unit -> unit) | Answer of bool | End

type t = {
  blocks : Blocks.t;
  writable : bool;
  buffer : Machine.Dma.t;
  data : Core.bytes;
  request : Core.request;
  lock : Lock.t;  (** of the requests. What follows belongs to its owner, but for [drops]. *)
  mutable core : Core.t option;  (** [None]: unmounted *)
  mutable dirty : bool;
  drops : int list Atomic.t;
  slot : slot Atomic.t;
  mutex : Mutex.t;  (** of the words *)
  spoken : Condition.t;
  mutable word : word option;
  mutable ended : bool;
}

let data_size = 256 * 1024
let buffer_size = 256 * 1024
let is_writable t = t.writable

(* The thread's side *)

let tell t event =
  match Atomic.exchange t.slot (Told event) with Awaited trigger -> Trigger.signal trigger | Empty | Told _ -> ()

let listen t =
  Mutex.protect t.mutex @@ fun () ->
  let rec go () =
    match t.word with
    | _ when t.ended -> End
    | None ->
        Condition.wait t.spoken t.mutex;
        go ()
    | Some word ->
        t.word <- None;
        word
  in
  go ()

let transfer t operation first count =
  tell t (Transfer { operation; first; count });
  match listen t with Answer done_ -> done_ | Job _ | End -> false

let rec serve t =
  match listen t with
  | Job job ->
      job ();
      tell t Finished;
      serve t
  | Answer _ -> serve t
  | End -> ()

(* The fibers' side, one at a time *)

let say t word =
  Mutex.protect t.mutex (fun () ->
      if word = End then t.ended <- true else t.word <- Some word;
      Condition.signal t.spoken)

let rec next_event t =
  match Atomic.get t.slot with
  | Told event ->
      Atomic.set t.slot Empty;
      event
  | Awaited _ -> assert false
  | Empty ->
      let trigger = Trigger.create () in
      if Atomic.compare_and_set t.slot Empty (Awaited trigger) then ignore (Trigger.await trigger);
      next_event t

let perform_transfer t operation first count =
  let result =
    match operation with
    | 0 -> t.blocks.read ~first ~count t.buffer
    | 1 -> t.blocks.write ~first ~count t.buffer
    | _ -> t.blocks.flush ()
  in
  Result.is_ok result

let rec attend t =
  match next_event t with
  | Finished -> ()
  | Transfer { operation; first; count } ->
      let done_ = try perform_transfer t operation first count with _ -> false in
      say t (Answer done_);
      attend t

(* The job runs on the thread, to its end: the device's state must not depend on who is canceled. *)
let on_thread t job =
  Fiber.forbid (Fiber.current ()) @@ fun () ->
  let result = ref None in
  say t (Job (fun () -> result := Some (match job () with value -> Ok value | exception exn -> Error exn)));
  attend t;
  match !result with Some (Ok value) -> value | Some (Error exn) -> raise exn | None -> assert false

(* A domain ends when its threads have, so those of others than the first are ended with it. *)
let start_thread t =
  let thread = Thread.create serve t in
  if not (Domain.is_main_domain ()) then
    Domain.at_exit (fun () ->
        say t End;
        Thread.join thread)

let make blocks ~writable =
  let t =
    {
      blocks;
      writable;
      buffer = Machine.Dma.create buffer_size;
      data = Bigarray.Array1.create Char C_layout data_size;
      request = Core.empty ();
      lock = Lock.create ();
      core = None;
      dirty = false;
      drops = Atomic.make [];
      slot = Atomic.make Empty;
      mutex = Mutex.create ();
      spoken = Condition.create ();
      word = None;
      ended = false;
    }
  in
  start_thread t;
  (t, Core.prepare ~transfer:(transfer t) ~buffer:t.buffer ~blocks:blocks.count)

let outcome = function 0 -> Ok () | error -> Error (Core.describe error)
let not_linked = "this program has no file system: it was linked without"

let finish t core =
  on_thread t (fun () -> Core.close core);
  t.core <- None;
  say t End

let mount ?writable ?(password = "") (blocks : Blocks.t) =
  if not (Core.is_supported ()) then Error not_linked
  else
    let writable = Option.value writable ~default:(not blocks.read_only) in
    let t, core = make blocks ~writable in
    match outcome (on_thread t (fun () -> Core.open_ core ~writable ~password)) with
    | Ok () ->
        t.core <- Some core;
        Ok t
    | Error _ as error ->
        finish t core;
        error

let format ?(password = "") blocks =
  if not (Core.is_supported ()) then Error not_linked
  else
    let t, core = make blocks ~writable:true in
    let result = outcome (on_thread t (fun () -> Core.format core ~password)) in
    finish t core;
    result

(* Requests *)

let prepare (r : Core.request) operation =
  r.operation <- operation;
  r.flags <- 0;
  r.path <- "";
  r.second <- "";
  r.node <- 0;
  r.offset <- 0;
  r.length <- 0;
  r.accessed_ns <- 0;
  r.modified_ns <- 0

let rec drop_all t core = function
  | [] -> ()
  | node :: rest ->
      prepare t.request Core.Operation.drop;
      t.request.node <- node;
      Core.perform core t.request t.data;
      drop_all t core rest

let changes operation flags =
  let open Core.Operation in
  if operation = open_ then flags land Core.Flag.(create lor clear) <> 0
  else not (List.mem operation [ stat_path; read_link; read; stat; list; sync; usage ])

let locked_perform t core ~operation before =
  let r = t.request in
  on_thread t (fun () ->
      drop_all t core (Atomic.exchange t.drops []);
      prepare r operation;
      before r t.data;
      if changes operation r.flags then t.dirty <- true;
      Core.perform core r t.data)

let perform t ~operation ?(before = fun _ _ -> ()) after =
  Lock.protect t.lock @@ fun () ->
  match t.core with
  | None -> Error Scheme.Error.Server_gone
  | Some core ->
      locked_perform t core ~operation before;
      if t.request.error <> 0 then Error (Core.error t.request.error) else after t.request t.data

let rec drop_later t node =
  let before = Atomic.get t.drops in
  if not (Atomic.compare_and_set t.drops before (node :: before)) then drop_later t node

let locked_sync t core =
  if not (t.dirty || Atomic.get t.drops <> []) then Ok ()
  else begin
    t.dirty <- false;
    locked_perform t core ~operation:Core.Operation.sync (fun _ _ -> ());
    if t.request.error = 0 then Ok ()
    else begin
      t.dirty <- true;
      Error (Core.error t.request.error)
    end
  end

let with_core t f =
  Lock.protect t.lock @@ fun () -> match t.core with None -> Error Scheme.Error.Server_gone | Some core -> f core

let sync t = with_core t (locked_sync t)

let unmount t =
  with_core t @@ fun core ->
  let result = if t.writable then locked_sync t core else Ok () in
  finish t core;
  result

let rec keep_synced t ~every =
  Picos_std_structured.Control.sleep ~seconds:every;
  match sync t with Error Server_gone -> () | Ok () | Error _ -> keep_synced t ~every

let usage t =
  perform t ~operation:Core.Operation.usage (fun r _ -> Ok (r.answer * Blocks.size, r.offset * Blocks.size))
