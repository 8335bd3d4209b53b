(* SPDX-License-Identifier: ISC *)

open Scheme

(* [retired]: a handle in whose place another one has come. Somebody may still read by it. *)
type file = { mutable handle : Handle.t; mutable is_written : bool; mutable retired : Handle.t list }

module Offsets = Set.Make (Int)

(* Pages that somebody reads from the file now. *)
type load = {
  from : int;
  stop : int;
  mutable is_stale : bool;  (* the file has changed there meanwhile *)
  mutable is_over : bool;
  ended : Wait.queue;
}

type t = {
  id : int;
  pages : Space.t;
  charge : Pages.t;
  mutable present : Offsets.t;  (* where something has been; changes under the lock, as the following do *)
  mutable changed : Offsets.t;  (* those that somebody may write to, of a file *)
  mutable zeros : Offsets.t;  (* not present, but known to hold zeros in the file, too *)
  mutable zero_count : int;
  mutable loads : load list;
  mutable next_load : int;  (* where the last one has ended *)
  mutable mappers : mapper list;
  lock : Mutex.t;
  key : int * int;  (** service and inode; zeros: none *)
  file : file option;
  size : int;  (** nothing is behind *)
  finish : unit -> unit;
  registry : registry;
  mutable users : int;  (* under the registry's lock *)
}

and mapper = { forget : t -> from:int -> unit }
and registry = { all : Mutex.t; mutable files : t list }

let page_size = Space.page_size
let page_down at = at land lnot (page_size - 1)
let page_up at = page_down (at + page_size - 1)
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
    changed = Offsets.empty;
    zeros = Offsets.empty;
    zero_count = 0;
    loads = [];
    next_load = -1;
    mappers = [];
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
    Option.iter (fun file -> List.iter Handle.close (file.handle :: file.retired)) t.file;
    t.finish ())

let is_of ~service ~inode t = t.key = (service, inode)

let any registry = match registry.files with [] -> false | _ -> true

let find registry ~service ~inode =
  Mutex.protect registry.all (fun () -> List.find_opt (is_of ~service ~inode) registry.files)

let find_and_retain registry ~service ~inode =
  let found = List.find_opt (is_of ~service ~inode) registry.files in
  Option.iter (fun t -> t.users <- t.users + 1) found;
  found

let of_handle registry ?key budget ~is_written handle =
  Result.bind (Handle.dup handle) (fun handle ->
      match make registry ?key budget (Some { handle; is_written; retired = [] }) with
      | t -> Ok t
      | exception Out_of_memory ->
          Handle.close handle;
          Error Error.No_memory)

let of_unknown_file registry ~budget handle = of_handle registry budget ~is_written:false handle

(* Two may want to at once. *)
let begin_writing t file handle =
  match Handle.dup handle with
  | Error _ as error ->
      release t;
      error
  | Ok fresh ->
      let unused =
        Mutex.protect t.lock (fun () ->
            if file.is_written then Some fresh
            else (
              file.retired <- file.handle :: file.retired;
              file.handle <- fresh;
              file.is_written <- true;
              None))
      in
      Option.iter Handle.close unused;
      Ok t

(* Who maps it first keeps a handle of the file, who writes first one that can. *)
let rec of_file registry ~budget ~service ~inode ~write handle =
  match Mutex.protect registry.all (fun () -> find_and_retain registry ~service ~inode) with
  | Some ({ file = Some file; _ } as t) when write && not file.is_written -> begin_writing t file handle
  | Some t -> Ok t
  | None -> (
      match of_handle registry ~key:(service, inode) budget ~is_written:write handle with
      | Error _ as error -> error
      | Ok t ->
          let is_first =
            Mutex.protect registry.all (fun () ->
                let is_first = not (List.exists (is_of ~service ~inode) registry.files) in
                if is_first then registry.files <- t :: registry.files;
                is_first)
          in
          if is_first then Ok t
          else (
            release t;
            of_file registry ~budget ~service ~inode ~write handle))

let is_file t = Option.is_some t.file

(* Pages: at an offset of the object, a multiple of a page's size. *)

let has_page t offset = Offsets.mem offset t.present

let knows t offset = has_page t offset || Offsets.mem offset t.zeros

(* The following, up to [put], under the lock. *)

let set_zeros t zeros count =
  t.zeros <- zeros;
  t.zero_count <- count

(* They are not charged, so there are not to be many: what is forgotten is read again. *)
let most_zeros = 4096

let add_zero t offset =
  if not (Offsets.mem offset t.zeros) then
    if t.zero_count < most_zeros then set_zeros t (Offsets.add offset t.zeros) (t.zero_count + 1)
    else set_zeros t (Offsets.singleton offset) 1

let drop_zeros t ~from ~stop =
  if t.zero_count > 0 then
    let kept = Offsets.filter (fun offset -> offset < from || offset >= stop) t.zeros in
    if kept != t.zeros then set_zeros t kept (Offsets.cardinal kept)

let add_page t offset =
  let added = Pages.growing t.charge 1 (fun () -> Space.map t.pages (first + offset) ~pages:1 Space.read_write = Done) in
  if added then (
    t.present <- Offsets.add offset t.present;
    if Offsets.mem offset t.zeros then set_zeros t (Offsets.remove offset t.zeros) (t.zero_count - 1));
  added

let put t at slice = ignore (Space.copy_out_data t.pages (first + at) (Slice.bigarray slice) 0 (Slice.length slice))

type answer = Shown | Not_loaded | Beyond_end | No_room

let may_change t offset =
  (not (is_file t))
  || Mutex.protect t.lock (fun () ->
         let is_there = has_page t offset in
         if is_there then t.changed <- Offsets.add offset t.changed;
         is_there)

let share t offset ~into at rights =
  if offset >= t.size then Beyond_end
  else
    Mutex.protect t.lock (fun () ->
        if is_file t && not (knows t offset) then Not_loaded
        else if
          (has_page t offset || add_page t offset) && Space.share t.pages (first + offset) ~into at ~pages:1 rights = Done
        then (
          if is_file t && rights = Space.read_write then t.changed <- Offsets.add offset t.changed;
          Shown)
        else No_room)

let has_zeros t offset = Offsets.mem offset t.zeros

(* Who shows its pages. *)

let add_mapper t mapper = Mutex.protect t.lock (fun () -> t.mappers <- mapper :: t.mappers)
let remove_mapper t mapper = Mutex.protect t.lock (fun () -> t.mappers <- List.filter (fun other -> other != mapper) t.mappers)

(* Who comes while others forget may have got pages from one who had not forgotten yet. *)
let forget_everywhere t ~from =
  let rec go done_ =
    match List.filter (fun mapper -> not (List.memq mapper done_)) (Mutex.protect t.lock (fun () -> t.mappers)) with
    | [] -> ()
    | fresh ->
        List.iter (fun mapper -> mapper.forget t ~from) fresh;
        go (fresh @ done_)
  in
  go []

(* A file may be huge, and its scheme may answer without ever waiting: who is killed goes between two pages. *)
let may_go_on () = Picos.Fiber.check (Picos.Fiber.current ())

(* Those that are there: a mapping may be much larger. *)
let each_page pages ~offset ~size f =
  let inside = Seq.take_while (fun at -> at < offset + size) (Offsets.to_seq_from offset pages) in
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

(* As much as the buffer holds; less at the end of the file. *)
let read_part handle at buffer =
  let wanted = Slice.length buffer in
  let rec go count =
    if count = wanted then Ok count
    else
      match Handle.read_at handle (at + count) (Slice.sub buffer count (wanted - count)) with
      | Ok 0 -> Ok count
      | Ok n -> go (count + n)
      | Error _ as error -> error
  in
  go 0

(* Loading: a page is read from the file when somebody touches it first, and some behind it with it: more if the last ones were
   those before it. *)

let few_pages = 4
let many_pages = 16
let overlaps load ~from ~stop = load.from < stop && load.stop > from

(* Under the lock. *)
let begin_load t offset ~stop =
  let is_loading at = List.find_opt (overlaps ~from:at ~stop:(at + page_size)) t.loads in
  if knows t offset then `Ready
  else
    match is_loading offset with
    | Some other -> `Underway other
    | None ->
        let most = offset + ((if offset = t.next_load then many_pages else few_pages) * page_size) in
        let rec reach at = if at < most && at < stop && (not (knows t at)) && is_loading at = None then reach (at + page_size) else at in
        let load = { from = offset; stop = reach (offset + page_size); is_stale = false; is_over = false; ended = Wait.queue () } in
        t.loads <- load :: t.loads;
        t.next_load <- load.stop;
        `Begun load

let end_load t load =
  Mutex.protect t.lock (fun () ->
      t.loads <- List.filter (fun other -> other != load) t.loads;
      load.is_over <- true);
  Wait.wake load.ended

(* What was read becomes pages, but for those that hold zeros: files that are mapped are often large and empty. Only the first must
   have room. Under the lock. *)
let keep t load buffer count =
  let rec go at =
    if at >= count then Ok ()
    else
      let content = Slice.sub buffer at (min page_size (count - at)) and offset = load.from + at in
      if is_zero content then (
        add_zero t offset;
        go (at + page_size))
      else if add_page t offset then (
        put t offset content;
        go (at + page_size))
      else if at = 0 then Error No_room
      else Ok ()
  in
  if count = 0 then Error Beyond_end else go 0

(* Again if somebody has written there meanwhile. *)
let rec read_load t (file : file) load buffer =
  may_go_on ();
  load.is_stale <- false;
  match read_part file.handle load.from buffer with
  | Error _ -> Error Beyond_end
  | Ok count -> (
      match Mutex.protect t.lock (fun () -> if load.is_stale then None else Some (keep t load buffer count)) with
      | None -> read_load t file load buffer
      | Some kept -> kept)

let rec load t offset ~stop =
  match t.file with
  | None -> Ok ()
  | Some file -> (
      match Mutex.protect t.lock (fun () -> begin_load t offset ~stop) with
      | `Ready -> Ok ()
      | `Underway other ->
          Wait.plainly other.ended (fun () -> other.is_over);
          may_go_on ();
          load t offset ~stop
      | `Begun fresh ->
          Fun.protect
            ~finally:(fun () -> end_load t fresh)
            (fun () -> read_load t file fresh (Slice.create (fresh.stop - fresh.from))))

(* What somebody reads there now is not to stay. Under the lock. *)
let spoil t ~from ~stop =
  List.iter (fun load -> if overlaps load ~from ~stop then load.is_stale <- true) t.loads;
  drop_zeros t ~from ~stop

type asking = (unit -> (unit, Error.t) result) -> (unit, Error.t) result

let plainly f = f ()

(* Of those that somebody may have written to, the pages that differ from the file's go into it; what is behind its end does not. *)
let write_back ?(asking : asking = plainly) t ~offset ~size =
  match t.file with
  | Some ({ is_written = true; _ } as file) ->
      let mine = Slice.create page_size and theirs = Slice.create page_size in
      let write_page offset () =
        match read_part file.handle offset theirs with
        | Error _ as error -> Result.map ignore error
        | Ok 0 -> Ok ()
        | Ok count ->
            let part = Slice.sub mine 0 count in
            let copied = Space.copy_in_data t.pages (first + offset) (Slice.bigarray mine) 0 count in
            (* It may have been cut off meanwhile. *)
            if copied < count || Slice.equal part (Slice.sub theirs 0 count) then Ok ()
            else Result.map ignore (Handle.write_at file.handle offset part)
      in
      each_page t.changed ~offset ~size (fun offset -> asking (write_page offset))
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

let is_written t = match t.file with Some file -> file.is_written | None -> false

(* What the file holds now between two places of a page shows in the object's, if there is one. *)
let reload_part t (file : file) at stop =
  if has_page t (page_down at) then
    let buffer = Slice.create (stop - at) in
    match read_part file.handle at buffer with
    | Error _ as error -> Result.map ignore error
    | Ok count ->
        Slice.fill (Slice.sub buffer count (stop - at - count)) '\000';
        Ok (Mutex.protect t.lock (fun () -> if has_page t (page_down at) then put t at buffer))
  else Ok ()

let reload t ~offset ~size =
  match t.file with
  | None -> Ok ()
  | Some file ->
      let from = page_down offset and stop = offset + size in
      let present =
        Mutex.protect t.lock (fun () ->
            spoil t ~from ~stop;
            t.present)
      in
      each_page present ~offset:from ~size:(stop - from) (fun page ->
          reload_part t file (max page offset) (min (page + page_size) stop))

(* The pages behind go, and those who show them ask again. Of the last one the rest is what the file holds there. *)
let cut_off t ~from =
  match t.file with
  | None -> Ok ()
  | Some file ->
      let stop = page_up from in
      Mutex.protect t.lock (fun () ->
          spoil t ~from:(page_down from) ~stop:max_int;
          let is_kept offset = offset < stop in
          (match Offsets.max_elt_opt t.present with
          | Some last when last >= stop ->
              Space.unmap t.pages (first + stop) ~pages:((last - stop) / page_size + 1);
              t.present <- Offsets.filter is_kept t.present;
              t.changed <- Offsets.filter is_kept t.changed;
              Pages.settle t.charge
          | _ -> ()));
      forget_everywhere t ~from:stop;
      if stop > from then reload_part t file from stop else Ok ()

let flush t ~offset ~size =
  let from = page_down offset in
  write_back t ~offset:from ~size:(offset + size - from)
