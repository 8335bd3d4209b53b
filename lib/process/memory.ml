(* SPDX-License-Identifier: ISC *)

type t = {
  space : Space.t;
  staging : Space.t;  (* where a page is filled before the process sees it *)
  lock : Mutex.t;
  mutable regions : Regions.t;
  mutable forked : bool;  (* pages may be others' too: none becomes writable but by a fault *)
  top : int;  (* mappings go below *)
}

let page_size = Space.page_size
let staging_at = Space.lowest
let most_at_once = 16
let page_down at = at land lnot (page_size - 1)
let page_up at = page_down (at + page_size - 1)

(* Up to 4 GiB below the last eighth: enough room stays, and nobody knows the addresses. *)
let random_top () = (Space.limit / 8 * 7) - (Entropy.int 0x100000 * page_size)

let create () =
  let space = Space.create () in
  { space; staging = Space.create (); lock = Mutex.create (); regions = Regions.empty; forked = false; top = random_top () }

let space t = t.space

let share_range t into (range : Regions.range) =
  let pages = (range.stop - range.start) / page_size in
  let rights = if range.rights = Space.read_write then Space.read else range.rights in
  if rights <> range.rights then Space.protect t.space range.start ~pages rights;
  if Space.share t.space range.start ~into range.start ~pages rights <> Done then raise Out_of_memory

let copy t =
  let fresh = { t with space = Space.create (); staging = Space.create (); lock = Mutex.create () } in
  Mutex.protect t.lock (fun () ->
      fresh.regions <- t.regions;
      fresh.forked <- true;
      t.forked <- true;
      Regions.iter (share_range t fresh.space) t.regions);
  fresh

let clear t =
  Mutex.protect t.lock (fun () ->
      t.regions <- Regions.empty;
      Space.clear t.space;
      Space.clear t.staging)

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

let locked_fault t at kind =
  let page = page_down at in
  match Regions.find t.regions at with
  | Some range when allows range.rights kind -> (
      match Space.query t.space page with
      | Some { rights; _ } ->
          (* Else it was shared by a fork. *)
          allows rights kind || Space.unshare t.space page range.rights = Done
      | None -> (
          match Regions.page_content range page with
          | None -> bring_zeros t page range
          | Some part -> bring_bytes t page range.rights part))
  | _ -> false

let fault t at kind = Mutex.protect t.lock (fun () -> locked_fault t at kind)

(* A range that may be a process': page-aligned, not empty. *)
let is_range at size = at land (page_size - 1) = 0 && size > 0 && at >= Space.lowest && at < Space.limit && size <= Space.limit - at

let place t ~hint ~fixed size =
  let hint = if fixed then hint else page_down hint in
  let stop = hint + size in
  let is_free () = Regions.find_room t.regions ~above:hint ~below:stop size = Some hint in
  if fixed then if is_range hint size then Some hint else None
  else if is_range hint size && is_free () then Some hint
  else Regions.find_room t.regions ~above:Space.lowest ~below:t.top size

let pages size = size / page_size

let map t ~hint ~fixed size rights =
  if size <= 0 || size > Space.limit then Calls.einval
  else
    let size = page_up size in
    Mutex.protect t.lock (fun () ->
        match place t ~hint ~fixed size with
        | None -> if fixed then Calls.einval else Calls.enomem
        | Some at ->
            if fixed then Space.unmap t.space at ~pages:(pages size);
            t.regions <- Regions.add t.regions { start = at; stop = at + size; rights; content = Zeros };
            at)

let map_bytes t at size rights ~source ~offset ~length =
  if not (is_range at size && size land (page_size - 1) = 0) then invalid_arg "Memory.map_bytes";
  Mutex.protect t.lock (fun () ->
      let content = Regions.Bytes { source; offset; length } in
      t.regions <- Regions.add t.regions { start = at; stop = at + size; rights; content })

let change t at size f = if is_range at (page_up (max 0 (min size Space.limit))) then Mutex.protect t.lock (fun () -> f (page_up size)) else Calls.einval

let unmap t at size =
  change t at size (fun size ->
      Space.unmap t.space at ~pages:(pages size);
      t.regions <- Regions.remove t.regions at (at + size);
      0)

let protect t at size rights =
  if size = 0 then 0
  else
    change t at size (fun size ->
        if not (Regions.is_covered t.regions at (at + size)) then Calls.enomem
        else (
          let now = if t.forked && rights = Space.read_write then Space.read else rights in
          Space.protect t.space at ~pages:(pages size) now;
          t.regions <- Regions.set_rights t.regions at (at + size) rights;
          0))

let discard t at size =
  if size = 0 then 0
  else
    change t at size (fun size ->
        Space.unmap t.space at ~pages:(pages size);
        if Regions.is_covered t.regions at (at + size) then 0 else Calls.enomem)

let rec through t copy kind at bytes first count =
  let done_ = copy t.space at bytes first count in
  done_ = count
  || fault t (at + done_) kind
     && through t copy kind (at + done_) bytes (first + done_) (count - done_)

let read t at bytes first count = through t Space.copy_in Read at bytes first count
let write t at bytes first count = through t Space.copy_out Write at bytes first count

let read_string t at ~most =
  let text = Buffer.create 64 and bytes = Bytes.create page_size in
  let rec go at =
    let count = page_size - (at land (page_size - 1)) in
    if Buffer.length text > most || not (read t at bytes 0 count) then None
    else
      match Bytes.index_opt (Bytes.sub bytes 0 count) '\000' with
      | Some stop ->
          Buffer.add_subbytes text bytes 0 stop;
          if Buffer.length text > most then None else Some (Buffer.contents text)
      | None ->
          Buffer.add_subbytes text bytes 0 count;
          go (at + count)
  in
  if at < 0 then None else go at

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
