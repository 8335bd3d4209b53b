(* SPDX-License-Identifier: ISC *)

open Task

let getrandom p thread at count flags =
  if flags land lnot 7 <> 0 then Errno.einval
  else if count < 0 then Errno.efault
  else
    let count = min count buffer_size in
    let bytes = bytes thread in
    Entropy.fill bytes 0 count;
    let written = Memory.write_some p.memory at bytes 0 count in
    if written = 0 && count > 0 then Errno.efault else written

(* The release is that of the Linux whose calls these are: libraries refuse to start on a kernel that they think too old. *)
let names = [ "Bactrian"; "bactrian"; "6.1.0"; "1" ]
let machine_name = match Space.machine with 62 -> "x86_64" | 183 -> "aarch64" | _ -> "riscv64"
let name_size = 65

let uname p at =
  let bytes = Bytes.make (6 * name_size) '\000' in
  List.iteri
    (fun i text -> Bytes.blit_string text 0 bytes (name_size * i) (String.length text))
    (names @ [ machine_name ]);
  User.ok_or_fault (User.put p at bytes) 0

let getaffinity p count at =
  if count < 8 || count land 7 <> 0 then Errno.einval
  else User.ok_or_fault (Memory.write_int p.memory at ((1 lsl min 62 (Domain.recommended_domain_count ())) - 1)) 8

(* Those that are seen: of the same tree. *)
let find p pid = if pid = 0 then Some p else List.find_opt (fun q -> q.pid = pid && q.root = p.root && not q.gone) p.system.processes

(* What of a process keeps to it is told. *)
let set_limit q resource limit =
  let answer = Resource_limits.set q.rlimits resource limit in
  if answer = 0 then
    if resource = Resource_limits.files then Descriptors.set_limit q.files limit.soft
    else if resource = Resource_limits.address_space || resource = Resource_limits.data then
      Process_calls.set_most q q.memory;
  answer

(* The new one is read before, and the old one told after it was set, or not at all. *)
let prlimit p pid resource fresh old =
  let resource = User.int32 resource in
  let bytes = Bytes.create Resource_limits.size in
  if fresh <> 0 && not (Memory.read p.memory fresh bytes 0 Resource_limits.size) then Errno.efault
  else
    match locked p.system (fun () -> find p (User.int32 pid)) with
    | None -> Errno.esrch
    | Some _ when not (Resource_limits.is_known resource) || (fresh <> 0 && not (Resource_limits.is_ordered bytes)) -> Errno.einval
    | Some q -> (
        let answer =
          locked p.system (fun () ->
              let before = Resource_limits.get q.rlimits resource in
              let answer = if fresh = 0 then 0 else set_limit q resource (Resource_limits.decode bytes) in
              if answer = 0 then Ok before else Error answer)
        in
        match answer with
        | Error error -> error
        | Ok before ->
            if resource = Resource_limits.cpu && fresh <> 0 then Cpu_limit.watch q;
            User.ok_or_fault (old = 0 || User.put p old (Resource_limits.encode before)) 0)

let set_fs = 0x1002
let get_fs = 0x1003

let arch_prctl p thread code at =
  if code = set_fs then
    if at < 0 || at >= Space.limit then Errno.eperm
    else (
      Vcpu.set_thread_pointer thread.vcpu at;
      0)
  else if code = get_fs then User.ok_or_fault (Memory.write_int p.memory at (Vcpu.thread_pointer thread.vcpu)) 0
  else Errno.einval

let set_name = 15
let get_name = 16

let thread_name_size = longest_name + 1

let prctl p (thread : thread) option at =
  match option with
  | n when n = set_name -> (
      match User.get_text p at ~most:longest_name with
      | Ok text ->
          thread.name <- Some text;
          0
      (* A longer one is cut, if it can be read so far. *)
      | Error _ ->
          let bytes = Bytes.create longest_name in
          if Memory.read p.memory at bytes 0 longest_name then (
            thread.name <- Some (Bytes.to_string bytes);
            0)
          else Errno.efault)
  | n when n = get_name ->
      let bytes = Bytes.make thread_name_size '\000' in
      let name = name_of p thread in
      Bytes.blit_string name 0 bytes 0 (String.length name);
      User.ok_or_fault (User.put p at bytes) 0
  | _ -> Errno.einval

let getrusage p thread who at =
  let put usage = User.ok_or_fault (User.put p at (Usage.encode usage)) 0 in
  match User.int32 who with
  | 0 -> put (Usage.of_process p)
  | 1 -> put (Usage.of_thread thread)
  | -1 -> put (Usage.of_children p)
  | _ -> Errno.einval

let ticks ns = ns / 10_000_000

(* Four counts: in user mode and in calls, of its own and of its children. *)
let times p at =
  let bytes = Bytes.make 32 '\000' in
  let set at (usage : Usage.t) = Bytes.set_int64_le bytes at (Int64.of_int (ticks usage.ns)) in
  set 0 (Usage.of_process p);
  set 16 (Usage.of_children p);
  User.ok_or_fault (at = 0 || User.put p at bytes) (ticks (Vcpu.now ()))

let sysinfo p at =
  let bytes = Bytes.make 112 '\000' in
  Bytes.set_int64_le bytes 0 (Int64.of_int (Vcpu.now () / 1_000_000_000));
  let all, free = memory_left p in
  Bytes.set_int64_le bytes 32 (Int64.of_int all);
  Bytes.set_int64_le bytes 40 (Int64.of_int free);
  Bytes.set_uint16_le bytes 80 (List.length (locked p.system (fun () -> List.filter (fun q -> q.root = p.root) p.system.processes)));
  Bytes.set_int32_le bytes 104 1l;
  User.ok_or_fault (User.put p at bytes) 0

(* Groups of processes and sessions are numbers that are remembered; no terminal asks for them yet. *)

let of_process p pid f =
  let pid = User.int32 pid in
  if pid < 0 then Errno.esrch
  else locked p.system (fun () -> match find p pid with None -> Errno.esrch | Some q -> f q)

let getpgid p pid = of_process p pid (fun q -> q.group)
let getsid p pid = of_process p pid (fun q -> q.session)

let setpgid p pid group =
  let group = User.int32 group in
  if group < 0 then Errno.einval
  else
    of_process p pid (fun q ->
        let is_child = match q.parent with Some parent -> parent == p | None -> false in
        if q != p && not is_child then Errno.esrch
        else if q.session = q.pid then Errno.eperm
        else
          let group = if group = 0 then q.pid else group in
          let exists = List.exists (fun other -> other.group = group && other.session = q.session) p.system.processes in
          if group <> q.pid && not exists then Errno.eperm
          else (
            q.group <- group;
            0))

let setsid p =
  locked p.system (fun () ->
      if List.exists (fun q -> q.group = p.pid) p.system.processes then Errno.eperm
      else (
        p.group <- p.pid;
        p.session <- p.pid;
        p.pid))

(* Nice values: of whole processes, among those of their tree. *)

let lowest_nice = -20
let highest_nice = 19

let chosen p which who =
  let who = User.int32 who in
  let mine = List.filter (fun q -> q.root = p.root && not q.gone) p.system.processes in
  match User.int32 which with
  | 0 -> Ok (List.filter (fun q -> q.pid = if who = 0 then p.pid else who) mine)
  | 1 -> Ok (List.filter (fun q -> q.group = if who = 0 then p.group else who) mine)
  | 2 -> Ok (if who = 0 then mine else [])
  | _ -> Error Errno.einval

(* From 40 down to 1, so that no answer is an error. *)
let getpriority p which who =
  locked p.system (fun () ->
      match chosen p which who with
      | Error error -> error
      | Ok [] -> Errno.esrch
      | Ok (first :: rest) -> 20 - List.fold_left (fun nice q -> min nice q.nice) first.nice rest)

let setpriority p which who nice =
  let nice = max lowest_nice (min highest_nice (User.int32 nice)) in
  let renice q =
    q.nice <- nice;
    List.iter (fun (thread : thread) -> Turns.set_weight thread.turn (weight_of_nice nice)) q.threads
  in
  locked p.system (fun () ->
      match chosen p which who with
      | Error error -> error
      | Ok [] -> Errno.esrch
      | Ok all ->
          List.iter renice all;
          0)
