(* SPDX-License-Identifier: ISC *)

open Scheme

type file = { mutable handle : Handle.t; mutable is_written : bool }

module Offsets = Set.Make (Int)

type t = {
  id : int;
  pages : Space.t;
  charge : Pages.t;
  mutable present : Offsets.t;  (* where something has been; changes under the lock *)
  mutable watched : (int * int) list;  (* ranges that somebody loads, or has loaded: what is written there is to show *)
  mutable loaded : (int * int) list;  (* where a page that is not present holds zeros in the file, too *)
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
    watched = [];
    loaded = [];
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

(* Those that are there: a mapping may be much larger. *)
let each_page t ~offset ~size f =
  let inside = Seq.take_while (fun at -> at < offset + size) (Offsets.to_seq_from offset t.present) in
  Seq.fold_left (fun before at -> Result.bind before (fun () -> f at)) (Ok ()) inside

(* Not checked: [is_zero] looks within the length only. *)
external get64 : Slice.data -> int -> int64 = "%caml_bigstring_get64u"

(* All of a large mapping is looked at: many bytes at once. *)
let is_zero slice =
  let data = Slice.bigarray slice and length = Slice.length slice in
  let two at = Int64.logor (get64 data at) (get64 data (at + 8)) in
  let rec go at =
    if at + 64 <= length then
      Int64.equal (Int64.logor (Int64.logor (two at) (two (at + 16))) (Int64.logor (two (at + 32)) (two (at + 48)))) 0L
      && go (at + 64)
    else at >= length || (Char.equal data.{at} '\000' && go (at + 1))
  in
  go 0

(* In parts, so that it costs a few requests and no second copy of all. *)
let part_size = 16 * page_size

let part_of size = Slice.create (min part_size ((size + page_size - 1) land lnot (page_size - 1)))

(* As much of [size] bytes as a part holds; less at the end of the file. *)
let read_part handle at buffer size =
  let wanted = min size (Slice.length buffer) in
  let rec go count =
    if count = wanted then Ok count
    else
      match Handle.read_at handle (at + count) (Slice.sub buffer count (wanted - count)) with
      | Ok 0 -> Ok count
      | Ok n -> go (count + n)
      | Error _ as error -> error
  in
  go 0

let read_page handle at buffer = read_part handle at buffer page_size

(* With what was read of a page, whose rest is zero. Under the lock. *)
let begin_page t offset content =
  is_zero content
  || add_page t offset
     && (
       put t offset content;
       true)

(* Ranges that do not touch. *)
let with_range ranges ~offset ~size =
  let stop = offset + size in
  let apart, touching = List.partition (fun (first, last) -> last < offset || first > stop) ranges in
  let first = List.fold_left (fun first (other, _) -> min first other) offset touching in
  let last = List.fold_left (fun last (_, other) -> max last other) stop touching in
  (first, last) :: apart

let covers ranges ~offset ~size = List.exists (fun (first, last) -> offset >= first && offset + size <= last) ranges
let is_watched t offset = covers t.watched ~offset ~size:page_size

(* What is not there yet comes from the file, before anybody maps it. Pages that hold zeros need none: files that are mapped are
   often large and empty. *)
let load t ~offset ~size =
  match t.file with
  | None -> Ok ()
  | Some _ when covers t.loaded ~offset ~size -> Ok ()
  | Some file ->
      let size = (size + page_size - 1) land lnot (page_size - 1) in
      let buffer = part_of size in
      let rec keep at first count =
        if first >= count then true
        else
          (has_page t (at + first) || begin_page t (at + first) (Slice.sub buffer first (min page_size (count - first))))
          && keep at (first + page_size) count
      in
      let rec go at left =
        if left <= 0 then Ok ()
        else (
          may_go_on ();
          match read_part file.handle at buffer left with
          | Error _ as error -> Result.map ignore error
          | Ok count when not (Mutex.protect t.lock (fun () -> keep at 0 count)) -> Error Error.No_memory
          | Ok count -> if count < Slice.length buffer then Ok () else go (at + count) (left - count))
      in
      Mutex.protect t.lock (fun () -> t.watched <- with_range t.watched ~offset ~size);
      Result.map
        (fun () -> Mutex.protect t.lock (fun () -> t.loaded <- with_range t.loaded ~offset ~size))
        (go offset size)

let fill t handle ~from ~size =
  let buffer = part_of size in
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
      match read_part handle (from + at) buffer (size - at) with
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

(* What a page of the file holds now shows in the object's. *)
let reload_page t (file : file) buffer offset =
  match read_page file.handle offset buffer with
  | Error _ as error -> Result.map ignore error
  | Ok count ->
      Slice.fill (Slice.sub buffer count (page_size - count)) '\000';
      Mutex.protect t.lock (fun () ->
          if has_page t offset then put t offset buffer else if is_watched t offset then ignore (begin_page t offset buffer));
      Ok ()

let reload t ~offset ~size =
  match t.file with
  | None -> Ok ()
  | Some file ->
      let buffer = Slice.create page_size in
      let from, size = around ~offset ~size in
      let rec go at =
        if at - from >= size then Ok ()
        else if not (has_page t at || is_watched t at) then go (at + page_size)
        else Result.bind (reload_page t file buffer at) (fun () -> go (at + page_size))
      in
      go from

let cut_off t ~from =
  match t.file with
  | None -> Ok ()
  | Some file ->
      let buffer = Slice.create page_size in
      let from, size = around ~offset:from ~size:largest in
      each_page t ~offset:from ~size (reload_page t file buffer)

let flush t ~offset ~size =
  let from, size = around ~offset ~size in
  write_back t ~offset:from ~size
