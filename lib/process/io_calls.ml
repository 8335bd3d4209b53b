(* SPDX-License-Identifier: ISC *)

open Task
open Scheme

(* Those of any type call a function to compare. *)
let min = Int.min
let max = Int.max

(* Where in a file: where its descriptors stand, or a position. *)
let here = -1

(* What went before an error counts. *)
let sum done_ answer = if answer >= 0 then done_ + answer else if done_ > 0 then done_ else answer

(* One part. *)

let request (thread : thread) (file : Open_file.of_scheme) f =
  let answer =
    if Open_file.is_stream file then Wait.interruptibly_within thread.sleeper (fun within -> f (Some within))
    else Wait.steadily thread.sleeper (fun () -> f None)
  in
  match answer with Ok n -> n | Error error -> error

(* Whether a stream can be read, or written, now: what its server says to that, however long it takes to say so. Who is not asked such things
   can be read and written always; an error is for who does. *)
let readiness (thread : thread) (file : Open_file.of_scheme) (interest : Request.interest) =
  if not (Open_file.is_stream file) then `Ready
  else
    match Wait.interruptibly thread.sleeper (fun () -> Handle.event file.handle { interest with wait = false }) with
    | Ok { ended = true; _ } -> `Ready
    | Ok ready -> if (interest.readable && ready.can_read) || (interest.writable && ready.can_write) then `Ready else `Not_ready
    | Error error -> if error = Errno.eintr then `Interrupted else `Ready

let reading : Request.interest = { readable = true; writable = false; wait = false }
let writing : Request.interest = { readable = false; writable = true; wait = false }

let unless_it_waits thread (t : Open_file.t) file interest f =
  if not (Open_file.is_nonblocking t) then f ()
  else match readiness thread file interest with `Ready -> f () | `Not_ready -> Errno.eagain | `Interrupted -> Errno.eintr

(* A file that somebody has mapped in common: what is in its pages counts. *)
let in_common p (file : Open_file.of_scheme) =
  if (not (Shared.any p.system.mapped)) || Open_file.is_stream file then None
  else
    match Handle.stat file.handle with
    | Ok stat -> Shared.find p.system.mapped ~service:(Handle.service file.handle) ~inode:stat.id
    | Error _ -> None

let position_of (file : Open_file.of_scheme) position =
  if position <> here then position else Result.value (Handle.seek file.handle Here 0) ~default:0

let before_read p (thread : thread) file size position =
  if Shared.any p.system.mapped then
    ignore
      (Wait.steadily thread.sleeper (fun () ->
           match in_common p file with
           | Some memory -> Shared.flush memory ~offset:(position_of file position) ~size
           | None -> Ok ()))

let after_write p (thread : thread) file written position =
  if written > 0 && Shared.any p.system.mapped then
    ignore
      (Wait.steadily thread.sleeper (fun () ->
           match in_common p file with
           | Some memory ->
               let stop = if position = here then position_of file here else position + written in
               Shared.reload memory ~offset:(max 0 (stop - written)) ~size:written
           | None -> Ok ()))

(* What a file has lost at its end reads as zeros when it grows again, in pages, too. *)
let cut_off p handle =
  if Shared.any p.system.mapped then
    match Handle.stat handle with
    | Error _ -> ()
    | Ok stat -> (
        match Shared.find p.system.mapped ~service:(Handle.service handle) ~inode:stat.id with
        | Some memory -> ignore (Shared.cut_off memory ~from:stat.size)
        | None -> ())

let read_scheme thread (t : Open_file.t) file slice position =
  unless_it_waits thread t file reading @@ fun () ->
  request thread file (fun within ->
      if position = here then Handle.read ?within file.handle slice else Handle.read_at file.handle position slice)

let append_scheme (file : Open_file.of_scheme) slice =
  let loan = Loan.lend (Slice.read_only slice) in
  let answer =
    Fun.protect
      ~finally:(fun () -> Loan.take_back loan)
      (fun () -> Handle.request file.handle (Write { at = End; from = loan }))
  in
  match Result.bind answer (fun n -> Result.map (fun _ -> n) (Handle.seek file.handle From_end 0)) with
  | Ok n when n < 0 || n > Slice.length slice -> Error Error.Server_gone
  | answer -> answer

let write_scheme thread (t : Open_file.t) file slice position =
  unless_it_waits thread t file writing @@ fun () ->
  request thread file (fun within ->
      if t.flags land Open_file.append <> 0 && not (Open_file.is_stream file) then append_scheme file slice
      else if position = here then Handle.write ?within file.handle slice
      else Handle.write_at file.handle position slice)

(* The limit on a file's size. *)

let most_size p = Resource_limits.soft p.rlimits Resource_limits.file_size

let too_large p (thread : thread) =
  send_thread p thread { signal = Signals.sigxfsz; code = 0; sender = p.pid; value = 0L; address = 0 }

let size_of (thread : thread) (file : Open_file.of_scheme) =
  match Wait.steadily thread.sleeper (fun () -> Handle.stat file.handle) with Ok stat -> stat.size | Error _ -> 0

(* Of so many bytes that are to be written there, those that may be; an error if none may. *)
let within_size p (thread : thread) (t : Open_file.t) count position =
  let most = most_size p in
  match t.content with
  | Of_scheme file when most < max_int && count > 0 && not (Open_file.is_stream file) ->
      let start = if t.flags land Open_file.append <> 0 then size_of thread file else position_of file position in
      if start < most then min count (most - start)
      else (
        too_large p thread;
        Errno.efbig)
  | _ -> count

(* Whether a file may have another size. *)
let may_have_size p (thread : thread) handle size =
  let most = most_size p in
  if size <= most then Ok ()
  else
    match Handle.stat handle with
    | Error _ as error -> error
    | Ok stat when size <= stat.size -> Ok ()
    | Ok _ ->
        too_large p thread;
        Error Error.Too_large

(* What could be copied counts; nothing of something is a bad address. *)
let some_or_fault copied = if copied = 0 then Errno.efault else copied
let some_of copied wanted = if wanted = 0 then 0 else some_or_fault copied

(* Of the tender's own files some take and give numbers, which have no parts. *)
let has_parts (operations : Open_file.operations) =
  match operations.kind with Pipe.Reader _ | Pipe.Writer _ | Socket_pair.Socket _ -> true | _ -> false

let own_part operations copied wanted =
  if copied < wanted && not (has_parts operations) then Errno.efault else some_of copied wanted

let give_back (thread : thread) (file : Open_file.of_scheme) count =
  if not (Open_file.is_stream file) then
    ignore (Wait.steadily thread.sleeper (fun () -> Handle.seek file.handle Here (-count)))

let read_part p thread (t : Open_file.t) at count position =
  match t.content with
  | Own operations ->
      if position <> here then Errno.espipe
      else
        let bytes = bytes thread in
        let got = operations.read thread.sleeper ~nonblocking:(Open_file.is_nonblocking t) bytes 0 count in
        if got <= 0 then got else own_part operations (Memory.write_some p.memory at bytes 0 got) got
  | Of_scheme { file_kind = Directory; _ } -> Errno.eisdir
  | Of_scheme file ->
      let whole = slice thread in
      let slice = Slice.sub whole 0 count in
      before_read p thread file count position;
      let got = read_scheme thread t file slice position in
      if got <= 0 then got
      else
        let copied = Memory.write_data_some p.memory at (Slice.bigarray whole) 0 got in
        if copied < got && position = here then give_back thread file (got - copied);
        some_or_fault copied

let write_part p thread (t : Open_file.t) at count position =
  match t.content with
  | Own operations ->
      if position <> here then Errno.espipe
      else
        let bytes = bytes thread in
        let count = own_part operations (Memory.read_some p.memory at bytes 0 count) count in
        if count < 0 then count
        else operations.write thread.sleeper ~nonblocking:(Open_file.is_nonblocking t) bytes 0 count
  | Of_scheme file ->
      let slice = slice thread in
      let count = some_of (Memory.read_data_some p.memory at (Slice.bigarray slice) 0 count) count in
      if count < 0 then count
      else
        let written = write_scheme thread t file (Slice.sub slice 0 count) position in
        after_write p thread file written position;
        written

(* All parts. A file that has positions is read as far as it goes, all else until something is there. *)

let largest_count = 0x7ffff000

(* A stream that has filled a part may have more: it is read on as long as nobody has to wait. *)
let goes_on thread (t : Open_file.t) =
  match t.content with
  | Own _ -> false
  | Of_scheme file -> readiness thread file reading = `Ready

let rec read_parts p thread t at count position done_ =
  let part = min count buffer_size in
  let got = read_part p thread t at part position in
  if got = part && count > part && goes_on thread t && not (is_over p) then
    let position = if position = here then here else position + got in
    read_parts p thread t (at + got) (count - got) position (done_ + got)
  else sum done_ got

let rec write_parts p thread t at count position done_ =
  let part = min count buffer_size in
  let written = write_part p thread t at part position in
  if written > 0 && written < count && not (is_over p) then
    let position = if position = here then here else position + written in
    write_parts p thread t (at + written) (count - written) position (done_ + written)
  else sum done_ written

let broken_pipe p thread answer =
  if answer = Errno.epipe then
    send_thread p thread { signal = Signals.sigpipe; code = 0; sender = p.pid; value = 0L; address = 0 };
  answer

let read_file p thread (t : Open_file.t) at count position =
  if not t.can_read then Errno.ebadf
  else if position < here then Errno.einval
  else if at < 0 || count < 0 then Errno.efault
  else read_parts p thread t at (min count largest_count) position 0

let write_file ?(quiet = false) p thread (t : Open_file.t) at count position =
  if not t.can_write then Errno.ebadf
  else if position < here then Errno.einval
  else if at < 0 || count < 0 then Errno.efault
  else
    let count = within_size p thread t (min count largest_count) position in
    if count < 0 then count
    else
      let answer = write_parts p thread t at count position 0 in
      if quiet then answer else broken_pipe p thread answer

let with_file p descriptor f = match Descriptors.find p.files (User.int32 descriptor) with None -> Errno.ebadf | Some t -> f t

let read p thread descriptor at count =
  match Descriptors.find p.files (User.int32 descriptor) with
  | None -> Errno.ebadf
  | Some t -> read_file p thread t at count here

let write p thread descriptor at count =
  match Descriptors.find p.files (User.int32 descriptor) with
  | None -> Errno.ebadf
  | Some t -> write_file p thread t at count here

let at_position p descriptor position f =
  if position < 0 then Errno.einval
  else
    with_file p descriptor (fun t ->
        match t.content with
        | Of_scheme file when not (Open_file.is_stream file) -> f t
        | _ -> Errno.espipe)

let pread p thread descriptor at count position =
  at_position p descriptor position (fun t -> read_file p thread t at count position)

let pwrite p thread descriptor at count position =
  at_position p descriptor position (fun t -> write_file p thread t at count position)

(* Vectors: read and checked as a whole first. *)

let most_vectors = 1024

let get_vector p at count =
  let count = User.int32 count in
  if count < 0 || count > most_vectors then Error Errno.einval
  else
    let bytes = Bytes.create (16 * count) in
    if not (Memory.read p.memory at bytes 0 (16 * count)) then Error Errno.efault
    else
      let word at = Int64.to_int (Bytes.get_int64_le bytes at) in
      let is_size at = Int64.compare (Bytes.get_int64_le bytes at) 0L >= 0 in
      let rec go i total parts =
        if i < 0 then Ok parts
        else if not (is_size ((16 * i) + 8)) then Error Errno.einval
        else
          let base = if is_size (16 * i) then word (16 * i) else min_int in
          let length = min (word ((16 * i) + 8)) (largest_count - total) in
          go (i - 1) (total + length) (if length > 0 then (base, length) :: parts else parts)
      in
      go (count - 1) 0 []

let rec cut_parts parts most =
  match parts with
  | (base, length) :: rest when most > 0 -> (base, min length most) :: cut_parts rest (most - length)
  | _ -> []

let rec each_part one position done_ = function
  | [] -> done_
  | (base, length) :: rest ->
      let answer = one base length position in
      if answer = length then
        each_part one (if position = here then here else position + length) (done_ + length) rest
      else sum done_ answer

let whole _ count = count

(* [within t n]: how many of so many bytes. *)
let vectored p descriptor ~allowed ?(within = whole) one at count position =
  with_file p descriptor (fun t ->
      if not (allowed t) then Errno.ebadf
      else
        match get_vector p at count with
        | Error error -> error
        | Ok parts ->
            let total = List.fold_left (fun sum (_, length) -> sum + length) 0 parts in
            let most = within t total in
            if most < 0 then most else each_part (one t) position 0 (if most < total then cut_parts parts most else parts))

let can_read (t : Open_file.t) = t.can_read
let can_write (t : Open_file.t) = t.can_write

let readv p thread descriptor at count =
  vectored p descriptor ~allowed:can_read (read_file p thread) at count here

let writev p thread descriptor at count =
  vectored p descriptor ~allowed:can_write
    ~within:(fun t total -> within_size p thread t total here)
    (write_file ?quiet:None p thread) at count here

let preadv p thread descriptor at count position =
  at_position p descriptor position (fun _ ->
      vectored p descriptor ~allowed:can_read (read_file p thread) at count position)

let pwritev p thread descriptor at count position =
  at_position p descriptor position (fun _ ->
      vectored p descriptor ~allowed:can_write
        ~within:(fun t total -> within_size p thread t total position)
        (write_file ?quiet:None p thread) at count position)

(* From one file to another. *)

let rec move p thread (from : Open_file.of_scheme) (into : Open_file.t) position count done_ =
  let part = min count buffer_size in
  let slice = Slice.sub (slice thread) 0 part in
  before_read p thread from part position;
  let got =
    request thread from (fun _ ->
        if position = here then Handle.read from.handle slice else Handle.read_at from.handle position slice)
  in
  if got <= 0 then sum done_ got
  else
    let rec put first =
      if first = got then got
      else
        let written =
          match into.content with
          | Of_scheme file ->
              let most = within_size p thread into (got - first) here in
              if most < 0 then most
              else
                let written = write_scheme thread into file (Slice.sub slice first most) here in
                after_write p thread file written here;
                written
          | Own operations ->
              let bytes = bytes thread in
              Slice.blit_to_bytes (Slice.sub slice first (got - first)) bytes 0;
              operations.write thread.sleeper ~nonblocking:(Open_file.is_nonblocking into) bytes 0 (got - first)
        in
        if written <= 0 then sum first written else put (first + written)
    in
    let written = put 0 in
    (* What was not taken is still to be read. *)
    if written < got && position = here then give_back thread from (got - max 0 written);
    if written < got || count = got then sum done_ written
    else
      move p thread from into (if position = here then here else position + got) (count - got) (done_ + got)

let sendfile p thread into from at count =
  with_file p into @@ fun into ->
  with_file p from @@ fun from ->
  if not (into.can_write && from.can_read) then Errno.ebadf
  else if count < 0 then Errno.einval
  else
    match from.content with
    | Of_scheme ({ file_kind = File; _ } as from) ->
        let count = min count largest_count in
        if at = 0 then broken_pipe p thread (move p thread from into here count 0)
        else
          let position = Memory.read_int p.memory at in
          if position = min_int then Errno.efault
          else if position < 0 then Errno.einval
          else
            let moved = move p thread from into position count 0 in
            if moved > 0 && not (Memory.write_int p.memory at (position + moved)) then Errno.efault
            else broken_pipe p thread moved
    | _ -> Errno.einval
