(* SPDX-License-Identifier: ISC *)

external start : unit -> bool = "picox_trace_collector_start"
external read : unit -> unit = "picox_trace_collector_read"
external count : unit -> int = "picox_trace_collector_count" [@@noalloc]
external lost : unit -> int = "picox_trace_collector_lost" [@@noalloc]
external time : int -> int = "picox_trace_collector_time" [@@noalloc]
external slot : int -> int = "picox_trace_collector_slot" [@@noalloc]
external phase : int -> int = "picox_trace_collector_phase" [@@noalloc]
external phase_name : int -> string = "picox_trace_phase_name"

let start () = ignore (start ())
let reading = Atomic.make false

let read () =
  if Atomic.compare_and_set reading false true then begin
    read ();
    Atomic.set reading false
  end

type span = { slot : int; from : int; until : int; phase : string }

(* Of an entry that tells of lost ones. *)
let gap = -0x8000_0000

let spans ~since =
  let opened = Hashtbl.create 16 in
  let rec from index spans =
    if index = count () then spans
    else
      let slot = slot index and time = time index and phase = phase index in
      if phase = gap then begin
        Hashtbl.filter_map_inplace (fun (slot', _) begun -> if slot' = slot then None else Some begun) opened;
        from (index + 1) spans
      end
      else if phase >= 0 then begin
        Hashtbl.replace opened (slot, phase) time;
        from (index + 1) spans
      end
      else
        match Hashtbl.find_opt opened (slot, lnot phase) with
        | Some begun when time >= since ->
            Hashtbl.remove opened (slot, lnot phase);
            let span = { slot; from = Int.max begun since; until = time; phase = phase_name (lnot phase) } in
            from (index + 1) (span :: spans)
        | _ -> from (index + 1) spans
  in
  from 0 []
