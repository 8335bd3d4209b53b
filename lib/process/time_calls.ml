(* SPDX-License-Identifier: ISC *)

open Task

(* Those of any type call a function to compare. *)
let max = Int.max

let now_ns () = int_of_float (Unix.gettimeofday () *. 1e6) * 1000
let clock_realtime = 0
let clock_monotonic = 1

(* Those of others have negative numbers: the complement of a process' or thread's, above three bits that say which.
   Spec: [linux/uapi "linux/posix-timers.h"] *)
let is_of_thread clock = clock land 4 <> 0
let of_whom clock = lnot (clock asr 3)

let other_ns p (thread : thread) clock =
  let id = of_whom clock in
  if clock land 3 = 3 then None
  else if is_of_thread clock then
    if id = 0 then Some (thread_ns thread)
    else
      locked p.system (fun () ->
          Option.map thread_ns (List.find_opt (fun (other : thread) -> other.id = id) p.threads))
  else if id = 0 || id = p.pid then Some (locked p.system (fun () -> cpu_ns p))
  else
    locked p.system (fun () ->
        Option.map cpu_ns (List.find_opt (fun q -> q.pid = id && q.root = p.root && not q.gone) p.system.processes))

let clock_ns p thread = function
  | 0 | 5 | 8 | 11 -> Some (now_ns ())
  | 1 | 4 | 6 | 7 | 9 -> Some (Vcpu.now ())
  | 2 -> Some (locked p.system (fun () -> cpu_ns p))
  | 3 -> Some (thread_ns thread)
  | clock when clock < 0 -> other_ns p thread clock
  | _ -> None

let clock_gettime p thread clock at =
  match clock_ns p thread (User.int32 clock) with
  | None -> Errno.einval
  | Some ns -> User.ok_or_fault (User.put_time p at ns) 0

let clock_getres p thread clock at =
  match clock_ns p thread (User.int32 clock) with
  | None -> Errno.einval
  | Some _ -> User.ok_or_fault (at = 0 || User.put_time p at 1) 0

let gettimeofday p at zone =
  User.ok_or_fault ((at = 0 || User.put_time_us p at (now_ns ())) && (zone = 0 || User.put_zeros p zone 8)) 0

let time p at =
  let seconds = now_ns () / 1_000_000_000 in
  User.ok_or_fault (at = 0 || Memory.write_int p.memory at seconds) seconds

let timer_absolute = 1

(* A moment of a clock, on the clock of waits. *)
let deadline ~clock ~absolute ns =
  if not absolute then Vcpu.now () + ns else if clock = clock_realtime then Vcpu.now () + ns - now_ns () else ns

let sleep p (thread : thread) ~clock ~absolute at left_at =
  let ns = User.get_time p at in
  if ns < 0 then ns
  else
    let deadline = deadline ~clock ~absolute ns in
    match Wait.until thread.sleeper ~deadline [] (fun () -> false) with
    | Ready | Late -> 0
    | Stopped ->
        if (not absolute) && left_at <> 0 && not (User.put_time p left_at (max 0 (deadline - Vcpu.now ()))) then
          Errno.efault
        else Errno.eintr

let nanosleep p thread at left = sleep p thread ~clock:clock_monotonic ~absolute:false at left

let clock_nanosleep p thread clock flags at left =
  match User.int32 clock with
  | (0 | 1 | 7) as clock -> sleep p thread ~clock ~absolute:(flags land timer_absolute <> 0) at left
  | 2 -> Errno.eopnotsupp
  | _ -> Errno.einval

let futex_private = 128
let futex_realtime = 256

(* Where threads meet: an address of the process, or a place in memory that others have, too. Addresses are multiples of 4: those of
   operations that are not said to be of one process have a bit more, so the two kinds do not meet. *)
let most_offset = 1 lsl 40
let of_any = 1

let futexes_of p at ~is_private =
  match if is_private then None else Memory.shared_place p.memory at with
  | None -> (p.futexes, if is_private then at else at lor of_any)
  | Some (memory, offset) -> (p.system.futexes_in_common, (Shared.id memory * most_offset) + offset)

let futex p (thread : thread) at operation value timeout at2 value3 =
  let is_private = operation land futex_private <> 0 in
  let futexes, place = futexes_of p at ~is_private in
  let read () = Memory.read_int32_now p.memory at in
  let command = operation land 127 in
  let low = value land 0xffffffff in
  (* Under the table's lock nobody waits for a file. *)
  let rec once_read f =
    let answer : int = f () in
    if answer = Errno.efault && Memory.read_int32 p.memory at <> min_int then once_read f else answer
  in
  let wait ~absolute ~bits =
    let ns = if timeout = 0 then max_int else User.get_time p timeout in
    if ns < 0 then ns
    else
      let clock = if operation land futex_realtime <> 0 then clock_realtime else clock_monotonic in
      let deadline = if ns = max_int then ns else deadline ~clock ~absolute ns in
      once_read (fun () -> Futexes.wait futexes thread.sleeper place ~bits ~expected:low ~read ~deadline)
  in
  let count n = max 0 (User.int32 n) in
  let move ?expected () =
    Futexes.move futexes place ?expected ~read ~wake:(count value) ~into:(futexes_of p at2 ~is_private) (count timeout)
  in
  let is_requeue = command = 3 || command = 4 in
  (* Threads of one process may meet at an address where nothing is. *)
  let is_nowhere at =
    at < 0 || at >= Space.limit || ((not is_private) && Memory.read_int32 p.memory at = min_int)
  in
  let is_known = match command with 0 | 1 | 3 | 4 | 9 | 10 -> true | _ -> false in
  if operation land lnot (127 lor futex_private lor futex_realtime) <> 0 || not is_known then Errno.enosys
  else if (command = 9 || command = 10) && value3 land 0xffffffff = 0 then Errno.einval
  else if at land 3 <> 0 || (is_requeue && at2 land 3 <> 0) then Errno.einval
  else if is_nowhere at || (is_requeue && is_nowhere at2) then Errno.efault
  else
    match command with
    | 0 -> wait ~absolute:false ~bits:Futexes.all_bits
    | 9 -> wait ~absolute:true ~bits:(value3 land 0xffffffff)
    | 1 -> Futexes.wake futexes place ~bits:Futexes.all_bits (max 1 (count value))
    | 10 -> Futexes.wake futexes place ~bits:(value3 land 0xffffffff) (max 1 (count value))
    | 3 -> move ()
    | 4 -> once_read (fun () -> move ~expected:(value3 land 0xffffffff) ())
    | _ -> Errno.enosys
