(* SPDX-License-Identifier: ISC *)

open Task
open Scheme

let ( let* ) = Result.bind
let answer = function Ok n -> n | Error error -> error
let unit_answer result = answer (Result.map (fun () -> 0) result)

(* Where relative paths begin. *)

let at_cwd = -100

let base p descriptor path =
  if path <> "" && path.[0] = '/' then Ok p.cwd
  else
    match User.int32 descriptor with
    | n when n = at_cwd -> Ok p.cwd
    | n -> (
        match Descriptors.find p.files n with
        | None -> Error Errno.ebadf
        | Some { content = Of_scheme { file_kind = Directory; path; _ }; _ } -> Ok path
        | Some _ -> Error Errno.enotdir)

(* Some execute themselves by this link. What else there is below /proc is the scheme's. *)
let own_program = "/proc/self/exe"
let resolve_own p path = if path = own_program then p.program else Proc.rename path

let get_path p descriptor at =
  let* path = User.get_path p at in
  let path = resolve_own p path in
  if path = "" then Error Errno.enoent
  else
    let* cwd = base p descriptor path in
    Ok (cwd, path)

(* Calls the function with what is decoded, for a scheme's answer. *)
let on_path p (thread : thread) descriptor at f =
  let* cwd, path = get_path p descriptor at in
  Wait.steadily thread.sleeper (fun () -> f cwd path)

(* Opening. *)

let o_creat = 0o100
let o_excl = 0o200
let o_trunc = 0o1000
let o_path = 0o10000000
let o_cloexec = 0o2000000
let o_tmpfile = 0o20000000
let is_arm = Space.machine = 183
let o_directory = if is_arm then 0o40000 else 0o200000
let o_nofollow = if is_arm then 0o100000 else 0o400000

(* What [fcntl] tells, and may change. *)
let kept_flags = Open_file.nonblocking lor Open_file.append lor o_directory

let decode_flags flags : (Request.flags, int) result =
  let has bit = flags land bit <> 0 in
  let access = flags land 3 in
  if flags land o_tmpfile <> 0 then Error Errno.eopnotsupp
  else if has o_path then
    Ok { Request.reading with read = false; directory = has o_directory; follow = not (has o_nofollow) }
  else if has o_creat && has o_directory then Error Errno.einval
  else
    (* With both bits it is opened to be neither read nor written. *)
    let write = access = 1 || access = 2 in
    Ok
      {
        read = access = 0 || access = 2;
        write;
        append = false;
        creation = (if not (has o_creat) then Never else if has o_excl then Always_new else If_missing);
        truncate = has o_trunc && write;
        directory = has o_directory;
        follow = not (has o_nofollow);
      }

let open_handle p (thread : thread) cwd path flags =
  let request () =
    let ( let* ) = Result.bind in
    let* handle = Namespace.open_ p.namespace ~cwd ~flags path in
    match Handle.stat handle with
    | Ok stat ->
        Handle.know_kind handle stat.kind;
        if flags.truncate then Io_calls.cut_off p handle;
        Ok (handle, stat.kind)
    | Error _ as error ->
        Handle.close handle;
        error
  in
  Wait.steadily thread.sleeper request

let openat p thread descriptor at flags =
  answer
    (let* flags_wanted = decode_flags flags in
     let* cwd, text = get_path p descriptor at in
     let* handle, kind = open_handle p thread cwd text flags_wanted in
     let* () =
       if flags land 3 <> 0 && flags land o_path = 0 && kind = Stat.Directory then (
         Handle.close handle;
         Error Errno.eisdir)
       else Ok ()
     in
     let path = Result.value (Path.decode ~cwd text) ~default:Path.root in
     let file = Open_file.of_handle ~path ~kind ~flags:(flags land kept_flags) handle in
     Ok (Descriptors.add p.files ~close_on_exec:(flags land o_cloexec <> 0) file))

let how_size = 24
let largest_how = 4096

(* Nothing is resolved otherwise here than the flags say: what asks for that is refused. *)
let openat2 p thread descriptor at how size =
  if size < 0 || size > largest_how then Errno.e2big
  else if size < how_size then Errno.einval
  else
    let bytes = Bytes.create size in
    if not (Memory.read p.memory how bytes 0 size) then Errno.efault
    (* What a later caller might say there, nobody here would understand. *)
    else if Bytes.exists (fun c -> c <> '\000') (Bytes.sub bytes how_size (size - how_size)) then Errno.e2big
    else if Bytes.get_int64_le bytes 16 <> 0L then Errno.einval
    else
      match Int64.unsigned_to_int (Bytes.get_int64_le bytes 0) with
      | Some flags when flags < 1 lsl 31 -> openat p thread descriptor at flags
      | _ -> Errno.einval

(* What a file is. *)

let scheme_of path = Option.value (Path.scheme path) ~default:""

let own_stat (t : Open_file.t) (thread : thread) =
  match t.content with
  | Own { mode; _ } -> Ok (Stat_layout.of_own ~id:t.id ~mode)
  | Of_scheme { handle; path; _ } ->
      let* stat = Wait.steadily thread.sleeper (fun () -> Handle.stat handle) in
      Ok (Stat_layout.of_stat ~scheme:(scheme_of path) stat)

let descriptor_stat p thread descriptor =
  match Descriptors.find p.files (User.int32 descriptor) with
  | None -> Error Errno.ebadf
  | Some t -> own_stat t thread

let symlink_nofollow = 0x100
let remove_directory = 0x200
let symlink_follow = 0x400
let empty_path = 0x1000

(* What relative paths of links lead to does not matter for the number of the device. *)
let path_stat p (thread : thread) descriptor at flags =
  let* text = User.get_path p at in
  if text = "" then
    if flags land empty_path = 0 then Error Errno.enoent
    else if User.int32 descriptor = at_cwd then
      let* stat = Wait.steadily thread.sleeper (fun () -> Namespace.stat p.namespace (Path.to_string p.cwd)) in
      Ok (Stat_layout.of_stat ~scheme:(scheme_of p.cwd) stat)
    else descriptor_stat p thread descriptor
  else
    let text = resolve_own p text in
    let* cwd = base p descriptor text in
    let follow = flags land symlink_nofollow = 0 in
    let* stat = Wait.steadily thread.sleeper (fun () -> Namespace.stat p.namespace ~cwd ~follow text) in
    let path = Result.value (Path.decode ~cwd text) ~default:Path.root in
    Ok (Stat_layout.of_stat ~scheme:(scheme_of path) stat)

let put_stat p at layout found =
  answer
    (let* stat = found in
     Ok (User.ok_or_fault (User.put p at (layout stat)) 0))

let fstat p thread descriptor at = put_stat p at Stat_layout.stat (descriptor_stat p thread descriptor)

let stat_flags = symlink_nofollow lor empty_path lor 0x800

let newfstatat p thread descriptor at into flags =
  if flags land lnot stat_flags <> 0 then Errno.einval
  else put_stat p into Stat_layout.stat (path_stat p thread descriptor at flags)

let statx p thread descriptor at flags mask into =
  if flags land lnot (stat_flags lor 0x6000) <> 0 || flags land 0x6000 = 0x6000 || mask land 0x80000000 <> 0 then
    Errno.einval
  else put_stat p into Stat_layout.statx (path_stat p thread descriptor at flags)

let statfs p thread at into =
  answer
    (let* _ = on_path p thread at_cwd at (fun cwd path -> Namespace.stat p.namespace ~cwd path) in
     Ok (User.ok_or_fault (User.put p into (Stat_layout.statfs ())) 0))

let fstatfs p descriptor into =
  if Option.is_none (Descriptors.find p.files (User.int32 descriptor)) then Errno.ebadf
  else User.ok_or_fault (User.put p into (Stat_layout.statfs ())) 0

let may_write = 2

let faccessat p thread descriptor at mode flags =
  if mode land lnot 7 <> 0 || flags land lnot (symlink_nofollow lor empty_path lor 0x200) <> 0 then Errno.einval
  else
    answer
      (let follow = flags land symlink_nofollow = 0 in
       let* stat =
         on_path p thread descriptor at (fun cwd path -> Namespace.stat p.namespace ~cwd ~follow path)
       in
       if mode land may_write <> 0 && stat.read_only && stat.kind <> Stream then Error Errno.erofs else Ok 0)

let readlinkat p thread descriptor at into size =
  if User.int32 size <= 0 then Errno.einval
  else
    answer
      (let* target =
         match User.get_path p at with
         | Ok path when path = own_program -> Ok p.program
         | Ok path when Proc.descriptor path <> None -> Proc.read_descriptor p path
         | _ -> on_path p thread descriptor at (fun cwd path -> Namespace.read_link p.namespace ~cwd path)
       in
       let count = min (User.int32 size) (String.length target) in
       Ok (User.ok_or_fault (Memory.write p.memory into (Bytes.of_string target) 0 count) count))

(* Names. *)

let mkdirat p thread descriptor at =
  unit_answer (on_path p thread descriptor at (fun cwd path -> Namespace.make_directory p.namespace ~cwd path))

let unlinkat p thread descriptor at flags =
  if flags land lnot remove_directory <> 0 then Errno.einval
  else
    let remove = if flags <> 0 then Namespace.remove_directory else Namespace.unlink in
    unit_answer (on_path p thread descriptor at (fun cwd path -> remove p.namespace ~cwd path))

(* Two paths may have two beginnings: both are made whole. *)
let two_paths p first first_at second second_at =
  let* cwd, path = get_path p first first_at in
  let* second_cwd, second_path = get_path p second second_at in
  let whole cwd path =
    let* decoded = Result.map_error Errno.of_scheme (Path.decode ~cwd path) in
    Ok (Path.to_string decoded ^ if Path.wants_directory decoded then "/" else "")
  in
  let* first = whole cwd path in
  let* second = whole second_cwd second_path in
  Ok (first, second)

let rename_no_replace = 1

let renameat2 p (thread : thread) first first_at second second_at flags =
  if flags land lnot rename_no_replace <> 0 then Errno.einval
  else
    unit_answer
      (let* from, into = two_paths p first first_at second second_at in
       Wait.steadily thread.sleeper (fun () -> Namespace.rename p.namespace ~replace:(flags = 0) from into))

(* Directories have one name, whoever asks. *)
let no_second_name error = if error = Errno.eisdir then Errno.eperm else error

let linkat p (thread : thread) first first_at second second_at flags =
  if flags land lnot symlink_follow <> 0 then Errno.einval
  else
    let rec target left path =
      match Namespace.read_link p.namespace path with
      | Ok text when left > 0 ->
          let cwd = Result.fold ~ok:Path.above ~error:(fun _ -> Path.root) (Path.decode path) in
          Result.bind (Path.decode ~cwd text) (fun path -> target (left - 1) (Path.to_string path))
      | Ok _ -> Error Error.Too_many_links
      | Error _ -> Ok path
    in
    no_second_name
    @@ unit_answer
      (let* from, into = two_paths p first first_at second second_at in
       Wait.steadily thread.sleeper (fun () ->
           let from = if flags <> 0 then target 40 from else Ok from in
           Result.bind from (fun from -> Namespace.link p.namespace from into)))

let symlinkat p thread target_at descriptor at =
  unit_answer
    (let* target = User.get_path p target_at in
     if target = "" then Error Errno.enoent
     else
       on_path p thread descriptor at (fun cwd path -> Namespace.symbolic_link p.namespace ~cwd ~target path))

(* Permissions and owners are not kept; but what has no name has none to be changed. *)
let exists p thread descriptor at flags =
  if flags land lnot (symlink_nofollow lor empty_path) <> 0 then Errno.einval
  else
    let follow = flags land symlink_nofollow = 0 in
    unit_answer
      (Result.map ignore (on_path p thread descriptor at (fun cwd path -> Namespace.stat p.namespace ~cwd ~follow path)))

(* Where it is. *)

let getcwd p at size =
  let path = Path.to_string p.cwd ^ "\000" in
  let length = String.length path in
  if size >= 0 && size < length then Errno.erange else User.ok_or_fault (User.put p at (Bytes.of_string path)) length

let chdir p thread at =
  answer
    (let* cwd, path = get_path p at_cwd at in
     let* stat = Wait.steadily thread.sleeper (fun () -> Namespace.stat p.namespace ~cwd path) in
     if stat.kind <> Directory then Error Errno.enotdir
     else
       let* path = Result.map_error Errno.of_scheme (Path.decode ~cwd path) in
       p.cwd <- path;
       Ok 0)

let fchdir p descriptor =
  match Descriptors.find p.files (User.int32 descriptor) with
  | None -> Errno.ebadf
  | Some { content = Of_scheme { file_kind = Directory; path; _ }; _ } ->
      p.cwd <- path;
      0
  | Some _ -> Errno.enotdir

let umask p mask =
  let before = p.umask in
  p.umask <- mask land 0o777;
  before
