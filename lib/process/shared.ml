(* SPDX-License-Identifier: ISC *)

open Scheme

type file = { mutable handle : Handle.t; mutable is_written : bool }

module Offsets = Set.Make (Int)

type t = {
  id : int;
  pages : Space.t;
  charge : Pages.t;
  mutable present : Offsets.t;  (* where something has been; changes under the lock *)
  lock : Mutex.t;
  key : int * int;  (** service and inode; zeros: none *)
  file : file option;
  size : int;  (** nothing is behind *)
  finish : unit -> unit;
  registry : registry;
  mutable users : int;  (* under the registry's lock *)
}

and registry = { all : Mutex.t; mutable files : t list }

let page_size = Space.page_size
let first = Space.lowest
let largest = Space.limit / 2
let ids = Atomic.make 1
let registry () = { all = Mutex.create (); files = [] }

let make registry ?(key = (0, 0)) ?(size = max_int) ?(finish = ignore) budget file =
  let pages = Space.create () in
  {
    id = Atomic.fetch_and_add ids 1;
    pages;
    charge = Pages.create budget ~held:(fun () -> Space.pages pages + Space.tables pages);
    present = Offsets.empty;
    lock = Mutex.create ();
    key;
    file;
    size;
    finish;
    registry;
    users = 1;
  }

let anonymous registry ~budget = make registry budget None
let enter registry t = Mutex.protect registry.all (fun () -> registry.files <- t :: registry.files)

let named registry ~service ~inode ~size ~finish =
  let t = make registry ~key:(service, inode) ~size ~finish Budget.unlimited None in
  enter registry t;
  t

let id t = t.id
let retain t = Mutex.protect t.registry.all (fun () -> t.users <- t.users + 1)

let release t =
  let last =
    Mutex.protect t.registry.all (fun () ->
        t.users <- t.users - 1;
        if t.users = 0 then t.registry.files <- List.filter (fun other -> other != t) t.registry.files;
        t.users = 0)
  in
  if last then (
    Mutex.protect t.lock (fun () ->
        Space.clear t.pages;
        Pages.clear t.charge);
    Option.iter (fun file -> Handle.close file.handle) t.file;
    t.finish ())

let is_of ~service ~inode t = t.key = (service, inode)

let any registry = match registry.files with [] -> false | _ -> true

let find registry ~service ~inode =
  Mutex.protect registry.all (fun () -> List.find_opt (is_of ~service ~inode) registry.files)

(* Who maps it first keeps a handle of the file, who writes first one that can. *)
let of_file registry ~budget ~service ~inode ~write handle =
  let duplicate () = Handle.dup handle in
  let existing =
    Mutex.protect registry.all (fun () ->
        let found = List.find_opt (is_of ~service ~inode) registry.files in
        Option.iter (fun t -> t.users <- t.users + 1) found;
        found)
  in
  match existing with
  | Some ({ file = Some file; _ } as t) -> (
      if (not write) || file.is_written then Ok t
      else
        match duplicate () with
        | Error _ as error ->
            release t;
            error
        | Ok fresh ->
            Handle.close file.handle;
            file.handle <- fresh;
            file.is_written <- true;
            Ok t)
  | Some t -> Ok t
  | None ->
      Result.bind (duplicate ()) (fun handle ->
          match make registry ~key:(service, inode) budget (Some { handle; is_written = write }) with
          | exception Out_of_memory ->
              Handle.close handle;
              Error Error.No_memory
          | t ->
              enter registry t;
              Ok t)

(* Pages: at an offset of the object, a multiple of a page's size. *)

let has_page t offset = Offsets.mem offset t.present

(* Under the lock. *)
let add_page t offset =
  let added = Pages.growing t.charge 1 (fun () -> Space.map t.pages (first + offset) ~pages:1 Space.read_write = Done) in
  if added then t.present <- Offsets.add offset t.present;
  added

let share t offset ~into at rights =
  offset < t.size
  && Mutex.protect t.lock (fun () ->
      (has_page t offset || add_page t offset)
      && Space.share t.pages (first + offset) ~into at ~pages:1 rights = Done)

let put t offset slice =
  let data = Slice.bigarray slice in
  ignore (Space.copy_out_data t.pages (first + offset) data 0 (Slice.length slice))

(* A file may be huge, and its scheme may answer without ever waiting: who is killed goes between two pages. *)
let may_go_on () = Picos.Fiber.check (Picos.Fiber.current ())

let read_page handle offset buffer =
  let rec fill at =
    if at = page_size then Ok page_size
    else
      match Handle.read_at handle (offset + at) (Slice.sub buffer at (page_size - at)) with
      | Ok 0 -> Ok at
      | Ok n -> fill (at + n)
      | Error _ as error -> error
  in
  fill 0

(* Those that are there: a mapping may be much larger. *)
let each_page t ~offset ~size f =
  let inside = Seq.take_while (fun at -> at < offset + size) (Offsets.to_seq_from offset t.present) in
  Seq.fold_left (fun before at -> Result.bind before (fun () -> f at)) (Ok ()) inside

(* What is not there yet comes from the file, before anybody maps it. *)
let load t ~offset ~size =
  match t.file with
  | None -> Ok ()
  | Some file ->
      let buffer = Slice.create page_size in
      let rec go at =
        if at - offset >= size then Ok ()
        else if has_page t at then go (at + page_size)
        else (
          may_go_on ();
          match read_page file.handle at buffer with
          | Error _ as error -> Result.map ignore error
          | Ok 0 -> Ok () (* behind the end of the file *)
          | Ok count -> Result.bind (keep at count) (fun () -> go (at + page_size)))
      and keep at count =
        Mutex.protect t.lock (fun () ->
            if has_page t at then Ok ()
            else if not (add_page t at) then Error Error.No_memory
            else (
              put t at (Slice.sub buffer 0 count);
              Ok ()))
      in
      go offset

(* In parts, so that it costs a few requests and no second copy of all. *)
let part_size = 16 * page_size

let fill t handle ~from ~size =
  let buffer = Slice.create (min part_size ((size + page_size - 1) land lnot (page_size - 1))) in
  let rec read at count =
    if count = Slice.length buffer || at + count >= size then Ok count
    else
      match Handle.read_at handle (from + at + count) (Slice.sub buffer count (min (Slice.length buffer) (size - at) - count)) with
      | Ok 0 -> Ok count
      | Ok n -> read at (count + n)
      | Error _ as error -> error
  in
  let rec keep at first count =
    if first >= count then true
    else
      add_page t (at + first)
      &&
      (put t (at + first) (Slice.sub buffer first (min page_size (count - first)));
       keep at (first + page_size) count)
  in
  let rec go at =
    if at >= size then Ok ()
    else (
      may_go_on ();
      match read at 0 with
      | Ok 0 -> Ok ()
      | Ok count when not (Mutex.protect t.lock (fun () -> keep at 0 count)) -> Error Error.No_memory
      | Ok count -> if count < Slice.length buffer then Ok () else go (at + count)
      | Error _ as error -> Result.map ignore error)
  in
  go 0

type asking = (unit -> (unit, Error.t) result) -> (unit, Error.t) result

let plainly f = f ()

(* The pages that differ from the file's go into it; what is behind its end does not. *)
let write_back ?(asking : asking = plainly) t ~offset ~size =
  match t.file with
  | Some ({ is_written = true; _ } as file) ->
      let mine = Slice.create page_size and theirs = Slice.create page_size in
      let write_page offset () =
        match read_page file.handle offset theirs with
        | Error _ as error -> Result.map ignore error
        | Ok 0 -> Ok ()
        | Ok count ->
            let part = Slice.sub mine 0 count in
            ignore (Space.copy_in_data t.pages (first + offset) (Slice.bigarray mine) 0 count);
            if Slice.equal part (Slice.sub theirs 0 count) then Ok ()
            else Result.map ignore (Handle.write_at file.handle offset part)
      in
      each_page t ~offset ~size (fun offset -> asking (write_page offset))
  | _ -> Ok ()

(* Content, for those who have no mapping. Where no page is, there are zeros. *)

let size t = t.size

let rec by_pages t offset slice f =
  let count = min (Slice.length slice) (t.size - offset) in
  if count <= 0 then 0
  else
    let inside = offset land (page_size - 1) in
    let part = min count (page_size - inside) in
    if f (offset - inside) inside (Slice.sub slice 0 part) then
      part + by_pages t (offset + part) (Slice.sub slice part (Slice.length slice - part)) f
    else 0

let read t offset slice =
  by_pages t offset slice (fun page inside part ->
      let copied =
        if has_page t page then
          Space.copy_in_data t.pages (first + page + inside) (Slice.bigarray part) 0 (Slice.length part)
        else 0
      in
      if copied = 0 then Slice.fill part '\000';
      true)

let write t offset slice =
  by_pages t offset slice (fun page inside part ->
      Mutex.protect t.lock (fun () ->
          has_page t page || add_page t page)
      &&
      let copy = Slice.create (Slice.length part) in
      Slice.blit part copy;
      Space.copy_out_data t.pages (first + page + inside) (Slice.bigarray copy) 0 (Slice.length part) = Slice.length part)

let around ~offset ~size =
  let from = offset land lnot (page_size - 1) in
  (from, offset + size - from)

let is_written t = match t.file with Some file -> file.is_written | None -> false

(* What is written to the file otherwise, or cut off, shows in the pages that are there. *)
let reload t ~offset ~size =
  match t.file with
  | None -> Ok ()
  | Some file ->
      let buffer = Slice.create page_size in
      let from, size = around ~offset ~size in
      each_page t ~offset:from ~size (fun offset ->
          match read_page file.handle offset buffer with
          | Error _ as error -> Result.map ignore error
          | Ok count ->
              Slice.fill (Slice.sub buffer count (page_size - count)) '\000';
              put t offset buffer;
              Ok ())

let flush t ~offset ~size =
  let from, size = around ~offset ~size in
  write_back t ~offset:from ~size
