(* SPDX-License-Identifier: ISC *)

open Task

(* Those of any type call a function to compare. *)
let min = Int.min
let max = Int.max

let invalid_descriptor = 32
let most = Descriptors.most

(* A duration in milliseconds; negative: for ever. *)
let deadline_ms ms = if ms < 0 then max_int else if ms = 0 then 0 else Vcpu.now () + (ms * 1_000_000)

(* What is blocked meanwhile; a handler that then runs brings the old set back itself. *)
let masked p (thread : thread) set_at size f =
  if set_at = 0 then f ()
  else if size <> 8 then Errno.einval
  else
    match Signal_calls.get_set p set_at with
    | Error error -> error
    | Ok mask ->
        Signals.mask_for_now thread.signals mask;
        let answer = f () in
        if answer <> Errno.eintr then Signals.restore_mask thread.signals;
        answer

(* poll: an array of descriptor (32 bits), events and found ones (16 each). *)
let poll p (thread : thread) at count deadline =
  if count < 0 || count > Descriptors.limit p.files then Errno.einval
  else
    let bytes = Bytes.create (8 * count) in
    if not (Memory.read p.memory at bytes 0 (8 * count)) then Errno.efault
    else
      let place i =
        Bytes.set_uint16_le bytes ((8 * i) + 6) 0;
        let fd = Int32.to_int (Bytes.get_int32_le bytes (8 * i)) in
        if fd < 0 then None
        else
          match Descriptors.find p.files fd with
          | Some file -> Some (i, Poll.entry file (Bytes.get_uint16_le bytes ((8 * i) + 4)))
          | None ->
              Bytes.set_uint16_le bytes ((8 * i) + 6) invalid_descriptor;
              None
      in
      let entries = List.filter_map place (List.init count Fun.id) in
      let count_found () =
        let found = ref 0 in
        for i = 0 to count - 1 do
          if Bytes.get_uint16_le bytes ((8 * i) + 6) <> 0 then incr found
        done;
        !found
      in
      let deadline = if count_found () > 0 then 0 else deadline in
      match Poll.wait thread.sleeper ~deadline (List.map snd entries) with
      | Stopped when count_found () = 0 -> Errno.eintr
      | _ ->
          List.iter (fun (i, (entry : Poll.entry)) -> Bytes.set_uint16_le bytes ((8 * i) + 6) entry.found) entries;
          User.ok_or_fault (User.put p at bytes) (count_found ())

let ppoll p thread at count timeout set_at size =
  let ns = if timeout = 0 then max_int else User.get_time p timeout in
  if ns < 0 then ns
  else
    let deadline = if ns = max_int then ns else if ns = 0 then 0 else Vcpu.now () + ns in
    masked p thread set_at size (fun () -> poll p thread at count deadline)

(* select: three sets of bits. *)

let get_bits p at bytes =
  let size = Bytes.length bytes in
  at = 0 || Memory.read p.memory at bytes 0 size

let has bytes fd = Bytes.get_uint8 bytes (fd / 8) land (1 lsl (fd land 7)) <> 0
let add bytes fd = Bytes.set_uint8 bytes (fd / 8) (Bytes.get_uint8 bytes (fd / 8) lor (1 lsl (fd land 7)))

let select p (thread : thread) count reads writes excepts deadline =
  let count = User.int32 count in
  if count < 0 then Errno.einval
  else
    let count = min count most in
    let size = (count + 63) / 64 * 8 in
    let set () = Bytes.make size '\000' in
    let wanted_in = set () and wanted_out = set () and wanted_except = set () in
    if not (get_bits p reads wanted_in && get_bits p writes wanted_out && get_bits p excepts wanted_except) then
      Errno.efault
    else
      let rec entries fd =
        if fd = count then Ok []
        else
          let events =
            (if has wanted_in fd then Open_file.poll_in else 0)
            lor (if has wanted_out fd then Open_file.poll_out else 0)
            lor if has wanted_except fd then 2 else 0
          in
          if events = 0 then entries (fd + 1)
          else
            match Descriptors.find p.files fd with
            | None -> Error Errno.ebadf
            | Some file -> Result.map (fun rest -> (fd, Poll.entry file events) :: rest) (entries (fd + 1))
      in
      match entries 0 with
      | Error error -> error
      | Ok entries -> (
          match Poll.wait thread.sleeper ~deadline (List.map snd entries) with
          | Stopped -> Errno.eintr
          | Ready | Late ->
              let found_in = set () and found_out = set () in
              let found = ref 0 in
              let note wanted into bits (fd, (entry : Poll.entry)) =
                if has wanted fd && entry.found land bits <> 0 then (
                  incr found;
                  add into fd)
              in
              let ends = Open_file.poll_hang_up lor Open_file.poll_error in
              List.iter (note wanted_in found_in (Poll.readable lor ends)) entries;
              List.iter (note wanted_out found_out (Poll.writable lor Open_file.poll_error)) entries;
              let put at bits = at = 0 || User.put p at bits in
              User.ok_or_fault (put reads found_in && put writes found_out && put excepts (set ())) !found)

(* Linux tells what was left of the time. *)
let timed_select p thread count reads writes excepts timeout ~get ~put =
  let ns = if timeout = 0 then max_int else get p timeout in
  if ns < 0 then ns
  else
    let deadline = if ns = max_int then ns else if ns = 0 then 0 else Vcpu.now () + ns in
    let answer = select p thread count reads writes excepts deadline in
    if timeout <> 0 then ignore (put p timeout (max 0 (deadline - Vcpu.now ())));
    answer

let select_us p thread count reads writes excepts timeout =
  timed_select p thread count reads writes excepts timeout ~get:User.get_time_us ~put:User.put_time_us

let pselect6 p thread count reads writes excepts timeout set =
  let bytes = Bytes.make 16 '\000' in
  if set <> 0 && not (Memory.read p.memory set bytes 0 16) then Errno.efault
  else
    let set_at = Handler_call.get_address bytes 0 and size = Handler_call.get_address bytes 8 in
    masked p thread set_at size (fun () ->
        timed_select p thread count reads writes excepts timeout ~get:User.get_time ~put:User.put_time)
