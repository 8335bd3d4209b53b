(* SPDX-License-Identifier: ISC *)

open Task
open Scheme

(* Those of any type call a function to compare. *)
let min = Int.min
let max = Int.max

let ( let* ) = Result.bind
let with_file = Io_calls.with_file

(* Asks a file of a scheme's; others answer [other]. *)
let of_scheme p (thread : thread) descriptor ~other f =
  with_file p descriptor (fun t ->
      match t.content with
      | Own _ -> other
      | Of_scheme file -> ( match f thread t file with Ok n -> n | Error error -> error))

let origin = function 0 -> Some Handle.Start | 1 -> Some Handle.Here | 2 -> Some Handle.From_end | _ -> None

let lseek p thread descriptor offset whence =
  with_file p descriptor @@ fun t ->
  match (t.content, origin whence) with
  | _, None -> Errno.einval
  | Own _, _ -> Errno.espipe
  | Of_scheme { file_kind = Directory; _ }, Some Start when offset >= 0 ->
      Open_file.set_place t offset;
      offset
  | Of_scheme { file_kind = Directory; _ }, Some Here when offset = 0 -> t.place
  | Of_scheme { file_kind = Directory; _ }, _ -> Errno.einval
  | Of_scheme file, Some origin -> Io_calls.request thread file (fun _ -> Handle.seek file.handle origin offset)

let ftruncate p (thread : thread) descriptor size =
  if size < 0 then Errno.einval
  else
    of_scheme p thread descriptor ~other:Errno.einval (fun thread t file ->
        if not t.can_write then Error Errno.einval
        else
          let cut () =
            let* () = Io_calls.may_have_size p thread file.handle size in
            let* () = Handle.truncate file.handle size in
            Ok (Io_calls.cut_off p file.handle)
          in
          let* () = Wait.steadily thread.sleeper cut in
          Ok 0)

let writing = { Request.reading with read = false; write = true }

(* Opens what is at a path for a moment. *)
let with_handle p (thread : thread) descriptor at ~flags f =
  Path_calls.on_path p thread descriptor at (fun cwd path ->
      let ( let* ) = Result.bind in
      let* handle = Namespace.open_ p.namespace ~cwd ~flags path in
      Handle.using handle f)

let truncate p thread at size =
  if size < 0 then Errno.einval
  else
    let done_ =
      with_handle p thread Path_calls.at_cwd at ~flags:writing (fun handle ->
          let* () = Io_calls.may_have_size p thread handle size in
          let* () = Handle.truncate handle size in
          Ok (Io_calls.cut_off p handle))
    in
    Path_calls.answer (Result.map (fun () -> 0) done_)

(* Only the size is made sure of; schemes reserve nothing. *)
let fallocate p thread descriptor mode offset length =
  if offset < 0 || length <= 0 || offset > max_int - length then Errno.einval
  else if mode land lnot 1 <> 0 then Errno.eopnotsupp
  else
    with_file p descriptor @@ fun t ->
    if not t.can_write then Errno.ebadf
    else
      let other = match t.content with Own { kind = Pipe.Writer _; _ } -> Errno.espipe | _ -> Errno.enodev in
      of_scheme p thread descriptor ~other (fun thread _ file ->
          let* stat = Wait.steadily thread.sleeper (fun () -> Handle.stat file.handle) in
          if mode = 1 || stat.size >= offset + length then Ok 0
          else
            let grow () =
              let* () = Io_calls.may_have_size p thread file.handle (offset + length) in
              Handle.truncate file.handle (offset + length)
            in
            let* () = Wait.steadily thread.sleeper grow in
            Ok 0)

let highest_advice = 5

let fadvise p descriptor size advice =
  with_file p descriptor (fun t ->
      match t.content with
      | Own { kind = Pipe.Reader _ | Pipe.Writer _; _ } -> Errno.espipe
      | _ -> if size < 0 || User.int32 advice < 0 || User.int32 advice > highest_advice then Errno.einval else 0)

let fsync p thread descriptor =
  of_scheme p thread descriptor ~other:Errno.einval (fun thread _ file ->
      let* () = Wait.steadily thread.sleeper (fun () -> Handle.sync file.handle) in
      Ok 0)

(* Lists. The first two places are the directory's own entries, the others the scheme's. *)

let own_places = 2
let most_entries = 128

let rec put_own bytes at limit (t : Open_file.t) =
  if t.place >= own_places then at
  else
    let name = if t.place = 0 then "." else ".." in
    let size = Stat_layout.entry_size name in
    if at + size > limit then at
    else (
      Stat_layout.set_entry bytes at ~inode:1 ~next:(t.place + 1) ~kind:Directory name;
      Open_file.set_place t (t.place + 1);
      put_own bytes (at + size) limit t)

let rec put_entries bytes at limit t = function
  | [] -> at
  | ((entry : Stat.entry), place) :: rest ->
      let size = Stat_layout.entry_size entry.name in
      if at + size > limit then at
      else
        let next = place + own_places in
        Stat_layout.set_entry bytes at ~inode:(max 1 entry.id) ~next ~kind:entry.kind entry.name;
        Open_file.set_place t next;
        put_entries bytes (at + size) limit t rest

let getdents p thread descriptor at size =
  of_scheme p thread descriptor ~other:Errno.enotdir (fun thread t file ->
      if file.file_kind <> Directory then Error Errno.enotdir
      else
        let limit = min (User.int32 size) buffer_size in
        let bytes = bytes thread in
        let before = t.place in
        let own = put_own bytes 0 limit t in
        let* entries =
          if t.place < own_places then Ok []
          else
            Wait.steadily thread.sleeper (fun () ->
                Handle.request file.handle (List { from = t.place - own_places; most = most_entries }))
        in
        let filled = put_entries bytes own limit t entries in
        if filled = 0 && (entries <> [] || t.place < own_places) then Error Errno.einval
        else if Memory.write p.memory at bytes 0 filled then Ok filled
        else (
          Open_file.set_place t before;
          Error Errno.efault))

(* Descriptors. *)

let fd_cloexec = 1
let o_largefile = if Space.machine = 62 then 0o100000 else if Space.machine = 183 then 0o400000 else 0o100000

let status_flags (t : Open_file.t) =
  let access = if t.can_read && t.can_write then 2 else if t.can_write then 1 else 0 in
  let large = match t.content with Of_scheme _ -> o_largefile | Own _ -> 0 in
  access lor t.flags lor large

let settable = Open_file.nonblocking lor Open_file.append

let fcntl p thread descriptor command argument =
  let fd = User.int32 descriptor in
  with_file p fd @@ fun t ->
  let duplicate ~close_on_exec = Descriptors.duplicate p.files fd ~lowest:(User.int32 argument) ~close_on_exec in
  match command with
  | 0 -> duplicate ~close_on_exec:false
  | 1030 -> duplicate ~close_on_exec:true
  | 1 -> if Descriptors.closes_on_exec p.files fd then fd_cloexec else 0
  | 2 ->
      Descriptors.set_close_on_exec p.files fd (argument land fd_cloexec <> 0);
      0
  | 3 -> status_flags t
  | 4 ->
      Open_file.set_flags t (t.flags land lnot settable lor (argument land settable));
      0
  | 1032 -> ( match t.content with Own { kind = Pipe.Reader _ | Pipe.Writer _; _ } -> Pipe.capacity | _ -> Errno.ebadf)
  | _ -> Option.value (Lock_calls.fcntl p thread t command argument) ~default:Errno.einval

let dup p descriptor = Descriptors.duplicate p.files (User.int32 descriptor) ~lowest:0 ~close_on_exec:false
(* What was there before is closed, if it can be done at all. *)
let duplicate_to p thread descriptor into ~close_on_exec =
  let fd = User.int32 descriptor and into = User.int32 into in
  if fd <> into && Option.is_some (Descriptors.find p.files fd) then Lock_calls.before_close p thread into;
  Descriptors.duplicate_to p.files fd into ~close_on_exec

let dup2 p thread descriptor into = duplicate_to p thread descriptor into ~close_on_exec:false

let dup3 p thread descriptor into flags =
  if flags land lnot Path_calls.o_cloexec <> 0 || User.int32 descriptor = User.int32 into then Errno.einval
  else duplicate_to p thread descriptor into ~close_on_exec:(flags land Path_calls.o_cloexec <> 0)

let close p thread descriptor =
  let fd = User.int32 descriptor in
  Lock_calls.before_close p thread fd;
  Descriptors.close p.files fd

let close_range p thread first last flags =
  if flags land lnot 4 <> 0 || first < 0 || (last >= 0 && last < first) then Errno.einval
  else
    let last = if last < 0 then max_int else last in
    if flags = 0 then (
      Lock_calls.before_closing_those p thread (fun fd -> fd >= first && fd <= last);
      Descriptors.close_range p.files first last)
    else
      for fd = first to min last (Descriptors.most - 1) do
        Descriptors.set_close_on_exec p.files fd true
      done;
    0

let two_descriptors p at = function
  | Error error -> error
  | Ok (first, second) ->
      let bytes = Bytes.create 8 in
      Bytes.set_int32_le bytes 0 (Int32.of_int first);
      Bytes.set_int32_le bytes 4 (Int32.of_int second);
      if User.put p at bytes then 0
      else (
        ignore (Descriptors.close p.files first);
        ignore (Descriptors.close p.files second);
        Errno.efault)

let o_direct = if Space.machine = 183 then 0o200000 else 0o40000

let pipe p at flags =
  if flags land lnot (Open_file.nonblocking lor Path_calls.o_cloexec lor o_direct) <> 0 then Errno.einval
  else
    match Pipe.make ~budget:p.group_of.memory ~flags:(flags land Open_file.nonblocking) with
    | exception Out_of_memory -> Errno.enfile
    | reader, writer ->
        two_descriptors p at
          (Descriptors.add_two p.files ~close_on_exec:(flags land Path_calls.o_cloexec <> 0) reader writer)

let fionread = 0x541b
let fionbio = 0x5421
let fionclex = 0x5450
let fioclex = 0x5451

let ioctl p (thread : thread) descriptor request argument =
  let fd = User.int32 descriptor in
  with_file p fd @@ fun t ->
  match request land 0xffffffff with
  | n when n = fioclex || n = fionclex ->
      Descriptors.set_close_on_exec p.files fd (n = fioclex);
      0
  | n when n = Scheme_call.request -> Scheme_call.perform p thread t argument
  | n when n = fionbio -> (
      match Memory.read_int32 p.memory argument with
      | n when n = min_int -> Errno.efault
      | value ->
          let without = t.flags land lnot Open_file.nonblocking in
          Open_file.set_flags t (if value <> 0 then without lor Open_file.nonblocking else without);
          0)
  | n when n = fionread -> (
      match t.content with
      | Own { kind = Pipe.Reader pipe | Pipe.Writer pipe; _ } -> User.ok_or_fault (Memory.write_int32 p.memory argument (Pipe.waiting pipe)) 0
      | Of_scheme ({ file_kind = File; _ } as file) -> (
          let left () =
            Result.bind (Handle.stat file.handle) (fun (stat : Stat.t) ->
                Result.map (fun at -> max 0 (stat.size - at)) (Handle.seek file.handle Here 0))
          in
          match Wait.steadily thread.sleeper left with
          | Ok n -> User.ok_or_fault (Memory.write_int32 p.memory argument n) 0
          | Error error -> error)
      | _ -> Errno.enotty)
  | request -> (
      match t.content with
      | Own _ -> Errno.enotty
      | Of_scheme file -> Option.value (Terminal.ioctl p thread file request argument) ~default:Errno.enotty)

(* Times. *)

let now_part = 0x3fffffff
let omit_part = 0x3ffffffe

let get_moment p at ~now =
  let ns = Memory.read_int p.memory (at + 8) in
  if ns = now_part then Ok (Some now)
  else if ns = omit_part then Ok None
  else
    let ns = User.get_time p at in
    if ns < 0 then Error ns else Ok (Some ns)

let utimensat p (thread : thread) descriptor at times flags =
  if flags land lnot (Path_calls.symlink_nofollow lor 0x1000) <> 0 then Errno.einval
  else
    let now = int_of_float (Unix.gettimeofday () *. 1e6) * 1000 in
    Path_calls.answer
      (let* accessed_ns, modified_ns =
         if times = 0 then Ok (Some now, Some now)
         else
           let probe = Bytes.create 32 in
           if not (Memory.read p.memory times probe 0 32) then Error Errno.efault
           else
             let* accessed = get_moment p times ~now in
             let* modified = get_moment p (times + 16) ~now in
             Ok (accessed, modified)
       in
       let set handle = Handle.set_times ?accessed_ns ?modified_ns handle in
       (* Directories are opened to be written for this alone. *)
       let set_path ?cwd flags path =
         let open_ flags = Namespace.open_ p.namespace ?cwd ~flags path in
         let opened = match open_ flags with Error Error.Is_directory -> open_ { flags with directory = true } | opened -> opened in
         Result.bind opened (fun handle -> Handle.using handle set)
       in
       if at <> 0 then
         let flags = { writing with follow = flags land Path_calls.symlink_nofollow = 0 } in
         Result.map (fun () -> 0) (Path_calls.on_path p thread descriptor at (fun cwd path -> set_path ~cwd flags path))
       else
         match Descriptors.find p.files (User.int32 descriptor) with
         | None -> Error (if User.int32 descriptor = Path_calls.at_cwd then Errno.efault else Errno.ebadf)
         | Some { content = Own _; _ } -> Ok 0
         | Some { content = Of_scheme file; can_write; _ } ->
             Result.map
               (fun () -> 0)
               (Wait.steadily thread.sleeper (fun () ->
                    if can_write then set file.handle
                    else
                      set_path writing (Path.to_string file.path))))
