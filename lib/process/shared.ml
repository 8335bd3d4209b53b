(* SPDX-License-Identifier: ISC *)

open Scheme

type file = { mutable handle : Handle.t; mutable is_written : bool }

type t = {
  id : int;
  pages : Space.t;
  lock : Mutex.t;
  key : int * int;  (** service and inode; zeros: none *)
  file : file option;
  size : int;  (** nothing is behind *)
  finish : unit -> unit;
  registry : registry;
  mutable users : int;  (* under the registry's lock *)
  mutable top : int;  (* at this offset and behind it no page is there *)
}

and registry = { all : Mutex.t; mutable files : t list }

let page_size = Space.page_size
let first = Space.lowest
let largest = Space.limit / 2
let ids = Atomic.make 1
let registry () = { all = Mutex.create (); files = [] }

let make registry ?(key = (0, 0)) ?(size = max_int) ?(finish = ignore) file =
  {
    id = Atomic.fetch_and_add ids 1;
    pages = Space.create ();
    lock = Mutex.create ();
    key;
    file;
    size;
    finish;
    registry;
    users = 1;
    top = 0;
  }

let anonymous registry = make registry None
let enter registry t = Mutex.protect registry.all (fun () -> registry.files <- t :: registry.files)

let named registry ~service ~inode ~size ~finish =
  let t = make registry ~key:(service, inode) ~size ~finish None in
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
    Space.clear t.pages;
    Option.iter (fun file -> Handle.close file.handle) t.file;
    t.finish ())

let is_of ~service ~inode t = t.key = (service, inode)

let any registry = match registry.files with [] -> false | _ -> true

let find registry ~service ~inode =
  Mutex.protect registry.all (fun () -> List.find_opt (is_of ~service ~inode) registry.files)

(* Who maps it first keeps a handle of the file, who writes first one that can. *)
let of_file registry ~service ~inode ~write handle =
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
      Result.map
        (fun handle ->
          let t = make registry ~key:(service, inode) (Some { handle; is_written = write }) in
          enter registry t;
          t)
        (duplicate ())

(* Pages: at an offset of the object, a multiple of a page's size. *)

let is_there t offset = Option.is_some (Space.query t.pages (first + offset))

(* Under the lock. *)
let bring t offset =
  t.top <- max t.top (offset + page_size);
  Space.map t.pages (first + offset) ~pages:1 Space.read_write = Done

let share t offset ~into at rights =
  offset < t.size
  && Mutex.protect t.lock (fun () ->
      (is_there t offset || bring t offset)
      && Space.share t.pages (first + offset) ~into at ~pages:1 rights = Done)

let put t offset slice =
  let data = Slice.bigarray slice in
  ignore (Space.copy_out_data t.pages (first + offset) data 0 (Slice.length slice))

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

(* Of the pages that may be there: a mapping may be much larger. *)
let rec each_page t ~offset ~size f =
  if size <= 0 || offset >= t.top then Ok ()
  else Result.bind (f offset) (fun () -> each_page t ~offset:(offset + page_size) ~size:(size - page_size) f)

(* What is not there yet comes from the file, before anybody maps it. *)
let load t ~offset ~size =
  match t.file with
  | None -> Ok ()
  | Some file ->
      let buffer = Slice.create page_size in
      let rec go at =
        if at - offset >= size then Ok ()
        else if is_there t at then go (at + page_size)
        else
          match read_page file.handle at buffer with
          | Error _ as error -> Result.map ignore error
          | Ok 0 -> Ok () (* behind the end of the file *)
          | Ok count -> Result.bind (keep at count) (fun () -> go (at + page_size))
      and keep at count =
        Mutex.protect t.lock (fun () ->
            if is_there t at then Ok ()
            else if not (bring t at) then Error Error.No_memory
            else (
              put t at (Slice.sub buffer 0 count);
              Ok ()))
      in
      go offset

(* The pages that differ from the file's go into it; what is behind its end does not. *)
let write_back t ~offset ~size =
  match t.file with
  | Some ({ is_written = true; _ } as file) ->
      let mine = Slice.create page_size and theirs = Slice.create page_size in
      each_page t ~offset ~size (fun offset ->
          if not (is_there t offset) then Ok ()
          else
            match read_page file.handle offset theirs with
            | Error _ as error -> Result.map ignore error
            | Ok 0 -> Ok ()
            | Ok count ->
                let part = Slice.sub mine 0 count in
                ignore (Space.copy_in_data t.pages (first + offset) (Slice.bigarray mine) 0 count);
                if Slice.equal part (Slice.sub theirs 0 count) then Ok ()
                else Result.map ignore (Handle.write_at file.handle offset part))
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
        if is_there t page then
          Space.copy_in_data t.pages (first + page + inside) (Slice.bigarray part) 0 (Slice.length part)
        else 0
      in
      if copied = 0 then Slice.fill part '\000';
      true)

let write t offset slice =
  by_pages t offset slice (fun page inside part ->
      Mutex.protect t.lock (fun () ->
          is_there t page || bring t page)
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
          if not (is_there t offset) then Ok ()
          else
            match read_page file.handle offset buffer with
            | Error _ as error -> Result.map ignore error
            | Ok count ->
                Slice.fill (Slice.sub buffer count (page_size - count)) '\000';
                put t offset buffer;
                Ok ())

let flush t ~offset ~size =
  let from, size = around ~offset ~size in
  write_back t ~offset:from ~size
