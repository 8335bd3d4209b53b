(* SPDX-License-Identifier: ISC *)

open Task

let bytes_or_error ok result = if ok then result else Calls.efault
let put_zeros p at count = at = 0 || Memory.write p.memory at (Bytes.make count '\000') 0 count

let put_time p at ns =
  let bytes = Bytes.create 16 in
  Bytes.set_int64_le bytes 0 (Int64.of_int (ns / 1_000_000_000));
  Bytes.set_int64_le bytes 8 (Int64.of_int (ns mod 1_000_000_000));
  Memory.write p.memory at bytes 0 16

(* A duration as Linux writes it; an error is negative. *)
let get_time p at =
  let seconds = Memory.read_int p.memory at in
  let ns = Memory.read_int p.memory (at + 8) in
  if seconds = min_int || ns = min_int then Calls.efault
  else if seconds < 0 || ns < 0 || ns >= 1_000_000_000 then Calls.einval
  else if seconds > 1_000_000_000 then max_int / 2
  else (seconds * 1_000_000_000) + ns

(* Reading and writing. *)

let write_part p thread descriptor at count =
  let count = min count buffer_size in
  if count < 0 then Calls.einval
  else if not (Memory.read p.memory at thread.buffer 0 count) then Calls.efault
  else Files.write p.files ~stop:(fun () -> is_over p) descriptor thread.buffer 0 count

let rec write p thread descriptor at count written =
  if not (Files.is_open p.files descriptor) then Calls.ebadf
  else if written = count then written
  else
    let part = write_part p thread descriptor (at + written) (count - written) in
    if part < 0 then if written > 0 then written else part else write p thread descriptor at count (written + part)

let read p thread descriptor at count =
  if count < 0 then Calls.einval
  else
    let got = Files.read p.files ~stop:(fun () -> is_over p) descriptor thread.buffer 0 (min count buffer_size) in
    if got <= 0 then got else bytes_or_error (Memory.write p.memory at thread.buffer 0 got) got

let pipe p at =
  match Files.pipe p.files with
  | Error error -> error
  | Ok (reader, writer) ->
      if Memory.write_int32 p.memory at reader && Memory.write_int32 p.memory (at + 4) writer then 0
      else (
        ignore (Files.close p.files reader);
        ignore (Files.close p.files writer);
        Calls.efault)

let duplicate_lowest = 0
let duplicate_lowest_cloexec = 1030

let fcntl p descriptor command argument =
  if not (Files.is_open p.files descriptor) then Calls.ebadf
  else if command = duplicate_lowest || command = duplicate_lowest_cloexec then
    Files.duplicate p.files descriptor ~lowest:argument
  else 0

let most_vectors = 1024

(* Each part of a vector in turn, until one is not done wholly. *)
let vectored p one at count =
  if count < 0 || count > most_vectors then Calls.einval
  else
    let rec go i sum =
      if i = count then sum
      else
        let base = Memory.read_int p.memory (at + (16 * i)) in
        let length = Memory.read_int p.memory (at + (16 * i) + 8) in
        if base = min_int || length = min_int then if sum > 0 then sum else Calls.efault
        else if length < 0 then if sum > 0 then sum else Calls.einval
        else if length = 0 then go (i + 1) sum
        else
          let part = one base length in
          if part < 0 then if sum > 0 then sum else part else if part < length then sum + part else go (i + 1) (sum + part)
    in
    go 0 0

(* Memory. *)

let rights_of protection =
  match protection land 7 with
  | 0 -> Some Space.none
  | 1 -> Some Space.read
  | 2 | 3 -> Some Space.read_write
  | 4 | 5 -> Some Space.read_execute
  | _ -> None

let map_fixed = 0x10
let map_anonymous = 0x20

let mmap p hint size protection flags =
  match rights_of protection with
  | None -> Calls.eacces
  | Some rights ->
      if flags land map_anonymous = 0 then Calls.enodev
      else Memory.map p.memory ~hint:(if hint = min_int then 0 else hint) ~fixed:(flags land map_fixed <> 0) size rights

let mprotect p at size protection =
  match rights_of protection with None -> Calls.eacces | Some rights -> Memory.protect p.memory at size rights

let advice_dont_need = 4
let madvise p at size advice = if advice = advice_dont_need then Memory.discard p.memory at size else 0

(* Time. *)

let clock_gettime p clock at =
  match clock with
  | 0 | 5 -> bytes_or_error (put_time p at (int_of_float (Unix.gettimeofday () *. 1e6) * 1000)) 0
  | 1 | 2 | 3 | 4 | 6 | 7 -> bytes_or_error (put_time p at (Vcpu.now ())) 0
  | _ -> Calls.einval

let rec sleep_until p moment =
  if is_over p then Calls.eintr
  else
    let left = moment - Vcpu.now () in
    if left <= 0 then 0
    else (
      Thread.delay (min 0.01 (float left *. 1e-9));
      sleep_until p moment)

let timer_absolute = 1

let sleep p ~absolute at =
  let ns = get_time p at in
  if ns < 0 then ns else sleep_until p (if absolute then ns else Vcpu.now () + ns)

(* Waiting. *)

let futex p at operation value timeout at2 value3 =
  let read () = Memory.read_int32 p.memory at in
  let stop () = is_over p in
  let wait ~absolute =
    let ns = if timeout = 0 then max_int else get_time p timeout in
    if ns < 0 then ns
    else
      let deadline = if ns = max_int then ns else if absolute then ns else Vcpu.now () + ns in
      Futexes.wait p.futexes at ~expected:(value land 0xffffffff) ~read ~deadline ~stop
  in
  if at land 3 <> 0 then Calls.einval
  else
    match operation land 127 with
    | 0 -> wait ~absolute:false
    | 9 -> wait ~absolute:true
    | 1 | 10 -> Futexes.wake p.futexes at (max 0 value)
    | 3 -> Futexes.move p.futexes at ~wake:(max 0 value) ~into:at2 (max 0 timeout)
    | 4 ->
        if read () <> value3 land 0xffffffff then Calls.eagain
        else Futexes.move p.futexes at ~wake:(max 0 value) ~into:at2 (max 0 timeout)
    | _ -> Calls.enosys

(* Signals: remembered, but never delivered. *)

let action_size = if Space.machine = 62 then 32 else 24

let sigaction p signal at old =
  if signal < 1 || signal > 64 then Calls.einval
  else
    Mutex.protect p.lock (fun () ->
        let before = Option.value (Hashtbl.find_opt p.actions signal) ~default:(Bytes.make action_size '\000') in
        let fresh = Bytes.create action_size in
        if old <> 0 && not (Memory.write p.memory old before 0 action_size) then Calls.efault
        else if at = 0 then 0
        else if not (Memory.read p.memory at fresh 0 action_size) then Calls.efault
        else (
          Hashtbl.replace p.actions signal fresh;
          0))

let sigprocmask p thread how at old =
  let bytes = Bytes.create 8 in
  Bytes.set_int64_le bytes 0 thread.signal_mask;
  if old <> 0 && not (Memory.write p.memory old bytes 0 8) then Calls.efault
  else if at = 0 then 0
  else if not (Memory.read p.memory at bytes 0 8) then Calls.efault
  else
    let set = Bytes.get_int64_le bytes 0 in
    match how with
    | 0 -> thread.signal_mask <- Int64.logor thread.signal_mask set; 0
    | 1 -> thread.signal_mask <- Int64.logand thread.signal_mask (Int64.lognot set); 0
    | 2 -> thread.signal_mask <- set; 0
    | _ -> Calls.einval

(* Smaller things. *)

let getrandom p thread at count =
  let count = max 0 (min count buffer_size) in
  Entropy.fill thread.buffer 0 count;
  bytes_or_error (Memory.write p.memory at thread.buffer 0 count) count

let uname p at =
  let bytes = Bytes.make (6 * 65) '\000' in
  List.iteri (fun i text -> Bytes.blit_string text 0 bytes (65 * i) (String.length text)) [ "Bactrian"; "bactrian"; "1"; "1" ];
  bytes_or_error (Memory.write p.memory at bytes 0 (6 * 65)) 0

let getaffinity p count at =
  if count < 8 then Calls.einval
  else bytes_or_error (Memory.write_int p.memory at ((1 lsl min 62 (Domain.recommended_domain_count ())) - 1)) 8

let limit_stack = 3

let prlimit p resource fresh old =
  if fresh <> 0 then Calls.eperm
  else if old = 0 then 0
  else
    let limit = if resource = limit_stack then 8 lsl 20 else -1 in
    bytes_or_error (Memory.write_int p.memory old limit && Memory.write_int p.memory (old + 8) limit) 0

let set_fs = 0x1002
let get_fs = 0x1003

let arch_prctl p thread code at =
  if code = set_fs then
    if at < 0 || at >= Space.limit then Calls.eperm
    else (
      Vcpu.set_thread_pointer thread.vcpu at;
      0)
  else if code = get_fs then bytes_or_error (Memory.write_int p.memory at (Vcpu.thread_pointer thread.vcpu)) 0
  else Calls.einval
