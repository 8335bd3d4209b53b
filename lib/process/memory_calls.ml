(* SPDX-License-Identifier: ISC *)

open Task
open Scheme

let rights_of protection =
  match protection land 7 with
  | 0 -> Some Space.none
  | 1 -> Some Space.read
  | 2 | 3 -> Some Space.read_write
  | 4 | 5 -> Some Space.read_execute
  | _ -> None

let map_shared = 0x01
let map_private = 0x02
let map_type = 0x0f
let map_fixed = 0x10
let map_anonymous = 0x20
let map_fixed_free = 0x100000
let page_size = Space.page_size

let placing flags : Memory.placing =
  if flags land map_fixed_free <> 0 then Fixed_if_free else if flags land map_fixed <> 0 then Fixed else Hint

(* The object that a private mapping begins with: the one that all have who map the file, if it is known which one that is. *)
let find_copied p handle =
  let budget = p.group_of.memory and service = Handle.service handle in
  Result.bind (Handle.stat handle) (fun (stat : Stat.t) ->
      if stat.lends || service = 0 || stat.id = 0 then Shared.of_unknown_file p.system.mapped ~budget handle
      else Shared.of_file p.system.mapped ~budget ~service ~inode:stat.id ~write:false handle)

let map_file p (thread : thread) hint size rights flags descriptor offset =
  match Descriptors.find p.files (User.int32 descriptor) with
  | None -> Errno.ebadf
  | Some { can_read = false; _ } -> Errno.eacces
  | Some { content = Of_scheme ({ file_kind = File; _ } as file); _ } -> (
      if offset > Shared.largest - size then Errno.enomem
      else
        match Wait.steadily thread.sleeper (fun () -> find_copied p file.handle) with
        | Error error -> error
        | Ok memory ->
            let at = Memory.map_copied p.memory ~hint ~placing:(placing flags) memory ~offset size rights in
            if at < 0 then Shared.release memory;
            at)
  | Some _ -> Errno.enodev

(* Where nothing can be. *)
let is_outside at size = at < 0 || size < 0 || at > Space.limit || size > Space.limit - at

(* Objects in common. *)

let map_object p hint size rights flags memory ~offset ~may_write =
  let at = Memory.map_shared p.memory ~hint ~placing:(placing flags) memory ~offset ~may_write size rights in
  if at < 0 then Shared.release memory;
  at

let map_anonymous_shared p hint size rights flags =
  match Shared.anonymous p.system.mapped ~budget:p.group_of.memory with
  | memory -> map_object p hint size rights flags memory ~offset:0 ~may_write:true
  | exception Out_of_memory -> Errno.enomem

(* Who lends may have it from somebody, who has it from somebody. *)
let most_lenders = 4

(* The object that a part of a file is of, where in it, and whether it may be written; one user of it is the caller's. What a
   scheme lends may be anything of what it has. *)
let rec find_object p handle ~offset ~size ~write ~can_write left =
  let ( let* ) = Result.bind in
  let* (stat : Stat.t) = Handle.stat handle in
  if stat.lends then
    if left = 0 then Error Error.Too_many_links
    else
      let* mapped = Handle.request handle (Map { offset; length = size; write }) in
      match mapped with
      | Memory _ -> Error Error.Unsupported
      | Part { file; offset } ->
          Handle.using file (fun file ->
              if offset < 0 || offset land (page_size - 1) <> 0 || offset > Shared.largest - size then Error Error.Io
              else if write && not (Handle.can_write file) then Error Error.Access
              else find_object p file ~offset ~size ~write ~can_write:write (left - 1))
  else
    let service = Handle.service handle in
    (* Nobody knows which file that is, and so not who else has it. *)
    if service = 0 || stat.id = 0 then Error Error.Unsupported
    else
      let* memory = Shared.of_file p.system.mapped ~budget:p.group_of.memory ~service ~inode:stat.id ~write:can_write handle in
      Ok (memory, offset, can_write)

let map_file_shared p (thread : thread) hint size rights flags descriptor offset =
  let write = rights = Space.read_write in
  match Descriptors.find p.files (User.int32 descriptor) with
  | None -> Errno.ebadf
  | Some { can_read = false; _ } -> Errno.eacces
  | Some { can_write = false; _ } when write -> Errno.eacces
  | Some { content = Of_scheme ({ file_kind = File; _ } as file); can_write; _ } -> (
      if offset > Shared.largest - size then Errno.enomem
      else
        match Wait.steadily thread.sleeper (fun () -> find_object p file.handle ~offset ~size ~write ~can_write most_lenders) with
        | Error error -> error
        | Ok (memory, offset, may_write) -> map_object p hint size rights flags memory ~offset ~may_write)
  | Some _ -> Errno.enodev

(* What is to be seen in files before a range goes, or because somebody asks. *)
let write_back p (thread : thread) at size =
  let rec each = function
    | [] -> 0
    | (memory, offset, size) :: rest -> (
        match Wait.steadily thread.sleeper (fun () -> Shared.write_back memory ~offset ~size) with
        | Ok () -> each rest
        | Error error -> error)
  in
  each (Memory.shared_parts p.memory at size)

(* What is replaced, or cut off, shows in its file before. *)
let before_it_goes p thread at size =
  if size > 0 && at land (page_size - 1) = 0 && not (is_outside at size) then ignore (write_back p thread at size)

let mmap p thread hint size protection flags descriptor offset =
  let hint = if hint = min_int && placing flags = Hint then 0 else hint in
  let kind = flags land map_type in
  match rights_of protection with
  | None -> Errno.eacces
  | Some rights ->
      if size < 0 then Errno.enomem
      else if size = 0 || (kind <> map_private && kind <> map_shared && kind <> 3) then Errno.einval
      else if offset < 0 || offset land (page_size - 1) <> 0 then Errno.einval
      else if size > Space.limit || (rights = Space.read_write && not (Memory.fits p.memory size)) then Errno.enomem
      else (
        if flags land map_fixed <> 0 then before_it_goes p thread hint size;
        let is_anonymous = flags land map_anonymous <> 0 in
        if kind = map_private then
          if is_anonymous then Memory.map p.memory ~hint ~placing:(placing flags) size rights
          else map_file p thread hint size rights flags descriptor offset
        else if is_anonymous then map_anonymous_shared p hint size rights flags
        else map_file_shared p thread hint size rights flags descriptor offset)

let mprotect p at size protection =
  match rights_of protection with
  | None -> Errno.eacces
  | Some rights ->
      if at land (page_size - 1) <> 0 || protection land lnot 7 <> 0 then Errno.einval
      else if size <> 0 && is_outside at size then Errno.enomem
      else Memory.protect p.memory at size rights

let munmap p thread at size =
  if size <= 0 || at land (page_size - 1) <> 0 then Errno.einval
  else (
    before_it_goes p thread at size;
    Memory.unmap p.memory at size)

let msync p thread at size flags =
  if at land (page_size - 1) <> 0 || flags land lnot 7 <> 0 || flags land 5 = 5 then Errno.einval
  else if (size + page_size - 1) land lnot (page_size - 1) = 0 then 0
  else if is_outside at size || not (Memory.is_covered p.memory at size) then Errno.enomem
  else write_back p thread at size
let highest_advice = 25

let madvise p at size advice =
  if at land (page_size - 1) <> 0 || size < 0 || advice < 0 || advice > highest_advice then Errno.einval
  else if size = 0 then 0
  else if is_outside at size || not (Memory.is_covered p.memory at size) then Errno.enomem
  else match advice with 4 | 8 -> Memory.discard p.memory at size | _ -> 0

let remap_may_move = 1

let mremap p thread at size new_size flags =
  if flags land lnot remap_may_move <> 0 || at land (page_size - 1) <> 0 || size <= 0 || new_size <= 0 then Errno.einval
  else (
    if new_size < size then before_it_goes p thread at size;
    Memory.remap p.memory at size new_size ~may_move:(flags land remap_may_move <> 0))
