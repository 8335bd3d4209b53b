(* SPDX-License-Identifier: ISC *)

(* Those of any type call a function to compare. *)
let min = Int.min
let max = Int.max

type t = {
  space : Space.t;
  users : int Atomic.t;  (* processes that have it *)
  staging : Space.t;  (* where a page is filled before the process sees it *)
  lock : Mutex.t;
  mutable regions : Regions.t;
  mutable in_common : bool;  (* pages may be others' too: none becomes writable but by a fault *)
  top : int;  (* mappings go below *)
  mutable break_start : int;
  mutable break : int;
  mutable sigreturn_code : int;
  mutable shared : Shared.t list;  (* one user each *)
}

let page_size = Space.page_size
let staging_at = Space.lowest
let most_at_once = 16
let page_down at = at land lnot (page_size - 1)
let page_up at = page_down (at + page_size - 1)

(* Up to 4 GiB below the last eighth: enough room stays, and nobody knows the addresses. *)
let random_top () = (Space.limit / 8 * 7) - (Entropy.int 0x100000 * page_size)

let largest_break = 1 lsl 30

let create () =
  let space = Space.create () in
  {
    space;
    users = Atomic.make 1;
    staging = Space.create ();
    lock = Mutex.create ();
    regions = Regions.empty;
    in_common = false;
    top = random_top ();
    break_start = 0;
    break = 0;
    sigreturn_code = 0;
    shared = [];
  }

let space t = t.space

let is_shared (range : Regions.range) = match range.content with Shared _ -> true | Zeros | Bytes _ -> false

let share_range t into (range : Regions.range) =
  let pages = (range.stop - range.start) / page_size in
  let rights =
    if range.rights = Space.read_write && not (is_shared range) then Space.read else range.rights
  in
  if rights <> range.rights then Space.protect t.space range.start ~pages rights;
  if Space.share t.space range.start ~into range.start ~pages rights <> Done then raise Out_of_memory

let copy t =
  let fresh = { t with space = Space.create (); users = Atomic.make 1; staging = Space.create (); lock = Mutex.create () } in
  Mutex.protect t.lock (fun () ->
      fresh.regions <- t.regions;
      List.iter Shared.retain t.shared;
      fresh.shared <- t.shared;
      fresh.in_common <- true;
      t.in_common <- true;
      Regions.iter (share_range t fresh.space) t.regions);
  fresh

let lend t =
  Atomic.incr t.users;
  t

let clear t =
  if Atomic.fetch_and_add t.users (-1) = 1 then
    Mutex.protect t.lock (fun () ->
        t.regions <- Regions.empty;
        Space.clear t.space;
        Space.clear t.staging;
        List.iter Shared.release t.shared;
        t.shared <- [])

type kind = Read | Write | Fetch

let allows (rights : Space.rights) kind =
  let rights = (rights :> int) in
  match kind with Read -> rights <> 0 | Write -> rights land 2 <> 0 | Fetch -> rights land 4 <> 0

(* A page that holds a part of a string is made where the process does not see it, and then given to it as a whole. *)
let bring_bytes t page rights (source, offset, count) =
  match Space.map t.staging staging_at ~pages:1 Space.read_write with
  | Done ->
      let copied = Space.copy_string_out t.staging staging_at source offset count in
      let answer = Space.share t.staging staging_at ~into:t.space page ~pages:1 rights in
      Space.unmap t.staging staging_at ~pages:1;
      copied = count && answer = Done
  | _ -> false

(* Several pages of zeros at once, if none of them is there. *)
let bring_zeros t page (range : Regions.range) =
  let first = max range.start (page land lnot ((most_at_once * page_size) - 1)) in
  let stop = min range.stop (first + (most_at_once * page_size)) in
  let pages = (stop - first) / page_size in
  (range.content = Regions.Zeros && pages > 1 && Space.map t.space first ~pages range.rights = Done)
  || Space.map t.space page ~pages:1 range.rights = Done

(* Pages that others have, too: those around it as far as they are whole in the source, else that one. *)
let bring_common t page (range : Regions.range) source ~offset ~length =
  let rights = if range.rights = Space.read_write then Space.read else range.rights in
  let stop = offset + length in
  let share first last =
    Source.share source ~offset:(offset + first - range.start) ~stop ~pages:((last - first) / page_size) ~into:t.space first rights
    = Done
  in
  let first = max range.start (page land lnot ((most_at_once * page_size) - 1)) in
  let last = min (min range.stop (page_up (range.start + length))) (page land lnot ((most_at_once * page_size) - 1) + (most_at_once * page_size)) in
  share first last || share page (page + page_size)

let locked_fault t at kind =
  let page = page_down at in
  match Regions.find t.regions at with
  | Some range when allows range.rights kind -> (
      match Space.query t.space page with
      | Some { rights; _ } ->
          (* Else it was shared by a fork. *)
          allows rights kind
          ||
          if is_shared range then (
            Space.protect t.space page ~pages:1 range.rights;
            true)
          else Space.unshare t.space page range.rights = Done
      | None -> (
          match range.content with
          | Shared { memory; offset; _ } ->
              Shared.share memory (offset + page - range.start) ~into:t.space page range.rights
          | Zeros -> bring_zeros t page range
          | Bytes { source; offset; length } -> (
              match Regions.page_content range page with
              | None -> bring_zeros t page range
              | Some part -> (kind <> Write && bring_common t page range source ~offset ~length) || bring_bytes t page range.rights part)))
  | _ -> false

let fault t at kind = Mutex.protect t.lock (fun () -> locked_fault t at kind)

(* A range that may be a process': page-aligned, not empty. *)
let is_range at size = at land (page_size - 1) = 0 && size > 0 && at >= Space.lowest && at < Space.limit && size <= Space.limit - at

type placing = Hint | Fixed | Fixed_if_free

let is_covered t at size = Mutex.protect t.lock (fun () -> Regions.is_covered t.regions at (at + size))
let is_mapped t at = Mutex.protect t.lock (fun () -> Option.is_some (Regions.find t.regions at))
let iter_ranges t f =
  let regions = Mutex.protect t.lock (fun () -> t.regions) in
  Regions.iter (fun (range : Regions.range) -> f range.start range.stop range.rights) regions

let sigreturn_code t = t.sigreturn_code
let set_sigreturn_code t at = t.sigreturn_code <- at
let is_free t at size = Regions.find_room t.regions ~above:at ~below:(at + size) size = Some at

let place t ~hint placing size =
  match placing with
  | Fixed -> if is_range hint size then Ok hint else Error Errno.einval
  | Fixed_if_free ->
      if not (is_range hint size) then Error Errno.einval
      else if is_free t hint size then Ok hint
      else Error Errno.eexist
  | Hint -> (
      let hint = page_down hint in
      if is_range hint size && is_free t hint size then Ok hint
      else
        match Regions.find_room t.regions ~above:Space.lowest ~below:t.top size with
        | Some at -> Ok at
        | None -> Error Errno.enomem)

let pages size = size / page_size

let add t at size rights content =
  t.regions <- Regions.add t.regions { start = at; stop = at + size; rights; content }

let map t ~hint ~placing ?source size rights =
  if size <= 0 || size > Space.limit then Errno.einval
  else
    let size = page_up size in
    Mutex.protect t.lock (fun () ->
        match place t ~hint placing size with
        | Error error -> error
        | Ok at ->
            if placing = Fixed then Space.unmap t.space at ~pages:(pages size);
            let content =
              match source with
              | None | Some "" -> Regions.Zeros
              | Some text -> Bytes { source = Source.plain text; offset = 0; length = min size (String.length text) }
            in
            add t at size rights content;
            at)

let map_shared t ~hint ~placing memory ~offset ~may_write size rights =
  let size = page_up size in
  Mutex.protect t.lock (fun () ->
      match place t ~hint placing size with
      | Error error -> error
      | Ok at ->
          if placing = Fixed then Space.unmap t.space at ~pages:(pages size);
          t.shared <- memory :: t.shared;
          add t at size rights (Shared { memory; offset; may_write });
          at)

(* Of a range: what of it is shared, as object, offset and size. *)
let shared_parts t at size =
  Mutex.protect t.lock (fun () ->
      if t.shared = [] then []
      else
        let parts = ref [] in
        Regions.iter
          (fun range ->
            match range.content with
            | Shared { memory; offset; _ } when range.start < at + size && range.stop > at ->
                let from = max at range.start and stop = min (at + size) range.stop in
                parts := (memory, offset + from - range.start, stop - from) :: !parts
            | _ -> ())
          t.regions;
        !parts)

let write_back_all t =
  let parts = List.filter (fun (memory, _, _) -> Shared.is_written memory) (shared_parts t 0 Space.limit) in
  if parts <> [] then
    Picos_mux_thread.run (fun () ->
        List.iter (fun (memory, offset, size) -> ignore (Shared.write_back memory ~offset ~size)) parts)

let shared_place t at =
  if t.shared = [] then None
  else
    Mutex.protect t.lock (fun () ->
        match Regions.find t.regions at with
        | Some { start; content = Shared { memory; offset; _ }; _ } -> Some (memory, offset + at - start)
        | _ -> None)

let map_source t at size rights ~source ~offset ~length =
  if not (is_range at size && size land (page_size - 1) = 0) then invalid_arg "Memory.map_source";
  Mutex.protect t.lock (fun () ->
      t.in_common <- true;
      add t at size rights (Regions.Bytes { source; offset; length }))

let change t at size f =
  if size >= 0 && size <= Space.limit && is_range at (page_up size) then Mutex.protect t.lock (fun () -> f (page_up size))
  else Errno.einval

let unmap t at size =
  change t at size (fun size ->
      Space.unmap t.space at ~pages:(pages size);
      t.regions <- Regions.remove t.regions at (at + size);
      0)

let protect t at size rights =
  if size = 0 then 0
  else
    change t at size (fun size ->
        if not (Regions.is_covered t.regions at (at + size)) then Errno.enomem
        else if rights = Space.read_write && Regions.is_unwritable t.regions at (at + size) then Errno.eacces
        else (
          let now = if t.in_common && rights = Space.read_write then Space.read else rights in
          Space.protect t.space at ~pages:(pages size) now;
          t.regions <- Regions.set_rights t.regions at (at + size) rights;
          0))

let discard t at size =
  if size = 0 then 0
  else
    change t at size (fun size ->
        Space.unmap t.space at ~pages:(pages size);
        if Regions.is_covered t.regions at (at + size) then 0 else Errno.enomem)

(* The break: what lies behind the program, and grows. *)

let set_break t at =
  t.break_start <- at;
  t.break <- at

let move_break t at =
  let from = page_up t.break and into = page_up at in
  if at < t.break_start || at > t.break_start + largest_break then t.break
  else if into > from then
    Mutex.protect t.lock (fun () ->
        if is_range from (into - from) && is_free t from (into - from) then (
          add t from (into - from) Space.read_write Zeros;
          t.break <- at);
        t.break)
  else (
    if into < from then
      Mutex.protect t.lock (fun () ->
          Space.unmap t.space into ~pages:(pages (from - into));
          t.regions <- Regions.remove t.regions into from);
    t.break <- at;
    at)

(* To another size: in its place if there is room, else its pages go to another one. *)

let locked_remove t at size =
  Space.unmap t.space at ~pages:(pages size);
  t.regions <- Regions.remove t.regions at (at + size)

let move t at size new_size (range : Regions.range) =
  match Regions.find_room t.regions ~above:Space.lowest ~below:t.top new_size with
  | None -> Errno.enomem
  | Some into ->
      let rights = if t.in_common && range.rights = Space.read_write then Space.read else range.rights in
      if Space.share t.space at ~into:t.space into ~pages:(pages size) rights <> Done then Errno.enomem
      else (
        add t into new_size range.rights Zeros;
        t.regions <- Regions.add t.regions { range with start = into; stop = into + size };
        locked_remove t at size;
        into)

let remap t at size new_size ~may_move =
  if size <= 0 || size > Space.limit || new_size > Space.limit || not (is_range at (page_up size)) then Errno.einval
  else
    let size = page_up size and new_size = page_up new_size in
    Mutex.protect t.lock (fun () ->
        match Regions.find t.regions at with
        | None -> Errno.efault
        | Some range when range.stop < at + size -> Errno.efault
        | Some range when is_shared range && new_size > size -> Errno.einval
        | Some range ->
            if new_size <= size then (
              if new_size < size then locked_remove t (at + new_size) (size - new_size);
              at)
            else
              let behind = at + size and more = new_size - size in
              if is_range behind more && is_free t behind more then (
                add t behind more range.rights Zeros;
                at)
              else if may_move then move t at size new_size (Regions.part range at (at + size))
              else Errno.enomem)

let rec through t copy kind at bytes first count done_ =
  let copied = copy t.space at bytes first count in
  if copied = count then done_ + count
  else if fault t (at + copied) kind then
    through t copy kind (at + copied) bytes (first + copied) (count - copied) (done_ + copied)
  else done_ + copied

let read_some t at bytes first count = through t Space.copy_in Read at bytes first count 0
let write_some t at bytes first count = through t Space.copy_out Write at bytes first count 0
let read_data_some t at data first count = through t Space.copy_in_data Read at data first count 0
let write_data_some t at data first count = through t Space.copy_out_data Write at data first count 0
let read t at bytes first count = read_some t at bytes first count = count
let write t at bytes first count = write_some t at bytes first count = count

let read_string t at ~most =
  let text = Buffer.create 64 and bytes = Bytes.create page_size in
  let rec go at =
    let count = page_size - (at land (page_size - 1)) in
    if Buffer.length text > most then Error `Long
    else if not (read t at bytes 0 count) then Error `Fault
    else
      match Bytes.index_opt (Bytes.sub bytes 0 count) '\000' with
      | Some stop ->
          Buffer.add_subbytes text bytes 0 stop;
          if Buffer.length text > most then Error `Long else Ok (Buffer.contents text)
      | None ->
          Buffer.add_subbytes text bytes 0 count;
          go (at + count)
  in
  if at < 0 then Error `Fault else go at

let read_int t at =
  let bytes = Bytes.create 8 in
  if not (read t at bytes 0 8) then min_int
  else
    let word = Bytes.get_int64_le bytes 0 in
    match Int64.unsigned_to_int word with Some n -> n | None -> if Int64.compare word (Int64.of_int min_int) > 0 then Int64.to_int word else min_int

let read_int32 t at =
  let bytes = Bytes.create 4 in
  if read t at bytes 0 4 then Int32.to_int (Bytes.get_int32_le bytes 0) land 0xffffffff else min_int

let write_int32 t at n =
  let bytes = Bytes.create 4 in
  Bytes.set_int32_le bytes 0 (Int32.of_int n);
  write t at bytes 0 4

let write_int t at n =
  let bytes = Bytes.create 8 in
  Bytes.set_int64_le bytes 0 (Int64.of_int n);
  write t at bytes 0 8
