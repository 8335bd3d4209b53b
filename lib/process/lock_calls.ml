(* SPDX-License-Identifier: ISC *)

open Task
open Scheme

let ( let* ) = Result.bind

(* Which file it is, and how large. Streams have no locks. *)
let identify (thread : thread) (t : Open_file.t) =
  match t.content with
  | Own _ -> Error Errno.einval
  | Of_scheme file ->
      let* stat = Wait.steadily thread.sleeper (fun () -> Handle.stat file.handle) in
      let service = Handle.service file.handle in
      if service = 0 || stat.id = 0 then Error Errno.enolck else Ok (file, { File_locks.service; inode = stat.id }, stat.size)

let set p (thread : thread) ~waits file lock =
  let locks = p.system.locks in
  let attempt () = File_locks.set locks file lock in
  if not waits then attempt () else Wait.repeat thread.sleeper ~nonblocking:false ~again:Errno.eagain (File_locks.changed locks) attempt

let answer = function Ok n -> n | Error error -> error

(* flock. *)

let no_wait = 4

(* Of locks that Linux does not have any more: such a request it passes over. *)
let mandatory = 32
let whole = { File_locks.from = 0; stop = max_int }

let flock p thread descriptor operation =
  Io_calls.with_file p descriptor @@ fun t ->
  let owner = File_locks.Open_file t.id and waits = operation land no_wait = 0 in
  let lock exclusive file =
    (* The one that it has goes first, as with Linux. *)
    Open_file.at_close t (fun () -> File_locks.clear_all p.system.locks owner);
    set p thread ~waits file { owner; range = whole; exclusive }
  in
  answer
    (match User.int32 operation land lnot no_wait with
    | (1 | 2 | 8) as operation ->
        let* _, file, _ = identify thread t in
        Ok
          (if operation = 8 then (
             File_locks.clear_file p.system.locks file owner;
             0)
           else lock (operation = 2) file)
    | operation when operation land mandatory <> 0 -> Ok 0
    | _ -> Error Errno.einval)

(* fcntl: struct flock.  Spec: [linux/uapi "asm-generic/fcntl.h"] *)

let size = 32
let read_lock = 0
let write_lock = 1
let no_lock = 2

let range_of (thread : thread) (file : Open_file.of_scheme) ~file_size bytes =
  let word at = Int64.to_int (Bytes.get_int64_le bytes at) in
  let start = word 8 and length = word 16 in
  let* base =
    match Bytes.get_uint16_le bytes 2 with
    | 0 -> Ok 0
    | 1 -> Wait.steadily thread.sleeper (fun () -> Handle.seek file.handle Here 0)
    | 2 -> Ok file_size
    | _ -> Error Errno.einval
  in
  if start > max_int / 4 || start < -(max_int / 4) || length > max_int / 4 || length < -(max_int / 4) then Error Errno.einval
  else
    let from = base + start in
    let range =
      if length > 0 then { File_locks.from; stop = from + length }
      else if length = 0 then { from; stop = max_int }
      else { from = from + length; stop = from }
    in
    if range.from < 0 then Error Errno.einval else Ok range

let put_conflict bytes (lock : File_locks.lock) =
  Bytes.set_uint16_le bytes 0 (if lock.exclusive then write_lock else read_lock);
  Bytes.set_uint16_le bytes 2 0;
  Bytes.set_int64_le bytes 8 (Int64.of_int lock.range.from);
  Bytes.set_int64_le bytes 16 (Int64.of_int (if lock.range.stop = max_int then 0 else lock.range.stop - lock.range.from));
  Bytes.set_int32_le bytes 24 (match lock.owner with Process pid -> Int32.of_int pid | Open_file _ -> -1l)

let tell p locks file lock at bytes =
  (match File_locks.conflict locks file lock with
  | Some other -> put_conflict bytes other
  | None -> Bytes.set_uint16_le bytes 0 no_lock);
  User.ok_or_fault (User.put p at bytes) 0

type action = Tell | Set | Set_waiting

let lock_range p thread (t : Open_file.t) action at =
  let locks = p.system.locks and bytes = Bytes.create size in
  if not (Memory.read p.memory at bytes 0 size) then Error Errno.efault
  else
    let kind = Bytes.get_uint16_le bytes 0 in
    let* file, which, file_size = identify thread t in
    let* range = range_of thread file ~file_size bytes in
    let owner = File_locks.Process p.pid in
    if kind > no_lock then Error Errno.einval
    else
      let lock = { File_locks.owner; range; exclusive = kind = write_lock } in
      match action with
      | Tell -> if kind = no_lock then Error Errno.einval else Ok (tell p locks which lock at bytes)
      | (Set | Set_waiting) when kind = no_lock ->
          File_locks.clear locks which owner range;
          Ok 0
      | Set | Set_waiting ->
          if (kind = write_lock && not t.can_write) || (kind = read_lock && not t.can_read) then Error Errno.ebadf
          else Ok (set p thread ~waits:(action = Set_waiting) which lock)

let fcntl p thread t command at =
  let lock action = Some (answer (lock_range p thread t action at)) in
  match command with 5 -> lock Tell | 6 -> lock Set | 7 -> lock Set_waiting | _ -> None

let drop p thread descriptor =
  match Descriptors.find p.files descriptor with
  | Some ({ content = Of_scheme _; _ } as t) -> (
      match identify thread t with
      | Ok (_, file, _) -> File_locks.clear_file p.system.locks file (Process p.pid)
      | Error _ -> ())
  | _ -> ()

let has_any p = File_locks.any p.system.locks (Process p.pid)
let before_close p thread descriptor = if has_any p then drop p thread descriptor

let before_closing_those p thread chosen =
  if has_any p then List.iter (fun fd -> if chosen fd then drop p thread fd) (Descriptors.numbers p.files)
