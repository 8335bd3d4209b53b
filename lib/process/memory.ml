(* SPDX-License-Identifier: ISC *)

open Scheme
module Mutex = Picox_lock

(* Those of any type call a function to compare. *)
let min = Int.min
let max = Int.max

(* A string that pages begin with: there as long as somebody has it. *)
type source = { text : string; budget : Budget.t; cost : int; users : int Atomic.t }

type t = {
  budget : Budget.t;
  space : Space.t;
  users : int Atomic.t;  (* processes that have it *)
  charge : Pages.t;
  counted : counted;
  staging : Space.t Lazy.t;  (* where a page is filled before the process sees it *)
  lock : Mutex.t;
  mutable regions : Regions.t;
  mutable in_common : bool;  (* pages may be others' too: none becomes writable but by a fault *)
  top : int;  (* mappings go below *)
  mutable brought_first : int;  (* the last pages of zeros that were brought *)
  mutable brought_stop : int;
  mutable next : int;  (* nothing is free between this and the top, but perhaps for small holes *)
  mutable break_start : int;
  mutable break : int;
  mutable most : int;  (* bytes of ranges *)
  mutable most_data : int;  (* bytes of those that [is_data], but for the stack *)
  mutable stack_start : int;
  mutable stack_stop : int;
  mutable sigreturn_code : int;
  mutable shared : Shared.t list;  (* what ranges have pages of; one user each, and the mapper *)
  mutable mapper : Shared.mapper;
  mutable unused : Shared.t list;  (* users that [locked] gives up *)
  mutable sources : source list;
}

and counted = {
  mutable foreign : int;  (* pages of objects that others have, too: they are charged there *)
  mutable ranges : int;  (* as of some changes ago *)
  mutable changes : int;
}

let page_size = Space.page_size
let staging_at = Space.lowest
let most_at_once = 16

(* Of a range that is not touched in a row. *)
let few_at_once = 4
let page_down at = at land lnot (page_size - 1)
let page_up at = page_down (at + page_size - 1)

(* Up to 4 GiB below the last eighth: enough room stays, and nobody knows the addresses. *)
let random_top () = (Space.limit / 8 * 7) - (Entropy.int 0x100000 * page_size)

let largest_break = 1 lsl 30

(* So many ranges cost the tender a page. *)
let ranges_a_page = 64
let held space counted () = Space.pages space - counted.foreign + Space.tables space + (counted.ranges / ranges_a_page)

let create_with budget mapper =
  let space = Space.create () and top = random_top () in
  let counted = { foreign = 0; ranges = 0; changes = 0 } in
  {
    budget;
    space;
    charge = Pages.create budget ~held:(held space counted);
    counted;
    users = Atomic.make 1;
    staging = lazy (Space.create ());
    lock = Mutex.create ();
    regions = Regions.empty;
    in_common = false;
    top;
    brought_first = 0;
    brought_stop = 0;
    next = top;
    break_start = 0;
    break = 0;
    most = max_int;
    most_data = max_int;
    stack_start = 0;
    stack_stop = 0;
    sigreturn_code = 0;
    shared = [];
    mapper;
    unused = [];
    sources = [];
  }

(* What is released asks schemes, which is nothing to be done under a lock. *)
let release_unused t =
  let unused =
    Mutex.protect t.lock (fun () ->
        let unused = t.unused in
        t.unused <- [];
        unused)
  in
  List.iter Shared.release unused

let locked t f =
  let answer = Mutex.protect t.lock f in
  if t.unused <> [] then release_unused t;
  answer

let space t = t.space

let is_shared (range : Regions.range) = match range.content with Shared _ -> true | Zeros | Bytes _ | Copied _ -> false

let pages size = size / page_size

let unmap_pages t at size =
  let unmap_counted (range : Regions.range) =
    if is_shared range then (
      let before = Space.pages t.space in
      Space.unmap t.space range.start ~pages:(pages (range.stop - range.start));
      t.counted.foreign <- t.counted.foreign - (before - Space.pages t.space))
  in
  if t.counted.foreign > 0 then List.iter unmap_counted (Regions.parts t.regions at (at + size));
  Space.unmap t.space at ~pages:(pages size);
  Pages.settle t.charge

(* Called for an object, by whoever has made it end there. *)
let forget t memory ~from =
  let forget_range (range : Regions.range) =
    match range.content with
    | (Shared { memory = other; offset; _ } | Copied { memory = other; offset }) when other == memory ->
        let at = max range.start (range.start + from - offset) in
        if at < range.stop then unmap_pages t at (range.stop - at)
    | _ -> ()
  in
  Mutex.protect t.lock (fun () -> Regions.iter forget_range t.regions)

let no_mapper = { Shared.forget = (fun _ ~from:_ -> ()) }

let with_mapper t =
  t.mapper <- { forget = (fun memory ~from -> forget t memory ~from) };
  t

let create budget = with_mapper (create_with budget no_mapper)

(* Of a file's pages it is known who may write to them: a fault tells of each. *)
let first_rights (range : Regions.range) =
  match range.content with
  | Shared { memory; _ } when not (Shared.is_file memory) -> range.rights
  | Shared _ | Zeros | Bytes _ | Copied _ -> if range.rights = Space.read_write then Space.read else range.rights

let share_range t into (range : Regions.range) =
  let pages = pages (range.stop - range.start) in
  let rights = first_rights range in
  if rights <> range.rights && not (is_shared range) then Space.protect t.space range.start ~pages rights;
  if Space.share t.space range.start ~into range.start ~pages rights <> Done then raise Out_of_memory

let release_source (source : source) =
  if Atomic.fetch_and_add source.users (-1) = 1 then Budget.give_back source.budget source.cost

(* A cached one is the tender's, for all. *)
let hold_source t (source : Source.t) =
  let text = source.text in
  if Option.is_none source.cache && text <> "" && not (List.exists (fun (held : source) -> held.text == text) t.sources) then (
    let cost = (String.length text + page_size - 1) / page_size in
    if not (Budget.take t.budget cost) then raise Out_of_memory;
    t.sources <- { text; budget = t.budget; cost; users = Atomic.make 1 } :: t.sources)

let lend t =
  Atomic.incr t.users;
  t

let clear t =
  if Atomic.fetch_and_add t.users (-1) = 1 then
    locked t (fun () ->
        t.regions <- Regions.empty;
        Space.clear t.space;
        if Lazy.is_val t.staging then Space.clear (Lazy.force t.staging);
        Pages.clear t.charge;
        List.iter release_source t.sources;
        t.sources <- [];
        List.iter (fun memory -> Shared.remove_mapper memory t.mapper) t.shared;
        t.unused <- t.shared @ t.unused;
        t.shared <- [])

let copy t =
  let fresh =
    with_mapper
    {
      (create_with t.budget no_mapper) with
      top = t.top;
      next = t.next;
      break_start = t.break_start;
      most = t.most;
      most_data = t.most_data;
      stack_start = t.stack_start;
      stack_stop = t.stack_stop;
      sigreturn_code = t.sigreturn_code;
    }
  in
  (* Nobody forgets pages in the one before he has got them from the other. *)
  let locked f = Mutex.protect t.lock (fun () -> Mutex.protect fresh.lock f) in
  match
    locked (fun () ->
        fresh.regions <- t.regions;
        fresh.break <- t.break;
        List.iter (fun (source : source) -> Atomic.incr source.users) t.sources;
        fresh.sources <- t.sources;
        List.iter
          (fun memory ->
            Shared.retain memory;
            Shared.add_mapper memory fresh.mapper)
          t.shared;
        fresh.shared <- t.shared;
        fresh.in_common <- true;
        t.in_common <- true;
        let share () =
          Regions.iter (share_range t fresh.space) t.regions;
          fresh.counted.foreign <- t.counted.foreign;
          fresh.counted.ranges <- t.counted.ranges;
          true
        in
        if not (Pages.growing fresh.charge (Pages.count t.charge) share) then raise Out_of_memory)
  with
  | () -> fresh
  | exception exn ->
      clear fresh;
      raise exn

type kind = Read | Write | Fetch

let allows (rights : Space.rights) kind =
  let rights = (rights :> int) in
  match kind with Read -> rights <> 0 | Write -> rights land 2 <> 0 | Fetch -> rights land 4 <> 0

(* A page that holds a part of a string is made where the process does not see it, and then given to it as a whole. *)
let bring_bytes t page rights (source, offset, count) =
  match Lazy.force t.staging with
  | exception Out_of_memory -> false
  | staging -> (
      match Space.map staging staging_at ~pages:1 Space.read_write with
      | Done ->
          let copied = Space.copy_string_out staging staging_at source offset count in
          let shared =
            Pages.growing t.charge 1 (fun () -> Space.share staging staging_at ~into:t.space page ~pages:1 rights = Done)
          in
          Space.unmap staging staging_at ~pages:1;
          copied = count && shared
      | _ -> false)

(* It may be there, as one of several that there was not memory for. *)
let bring_zero t page (range : Regions.range) =
  Pages.growing t.charge 1 (fun () ->
      match Space.map t.space page ~pages:1 range.rights with Done | Page_exists -> true | No_memory | No_page -> false)

let block_down page count = page land lnot ((count * page_size) - 1)
let block_up page count = block_down (page + ((count - 1) * page_size)) count

(* Several pages of zeros at once, if none of them is there: the more so if those beside it were the last ones. A process
   that only waits is to have few that it never touches. *)
let bring_zeros t page (range : Regions.range) =
  let below = page + page_size in
  let first = if page = t.brought_stop then page else block_down page (if below = t.brought_first then most_at_once else few_at_once) in
  let stop = if below = t.brought_first then below else block_up below (if page = t.brought_stop then most_at_once else few_at_once) in
  let first = max range.start first and stop = min range.stop stop in
  let pages = (stop - first) / page_size in
  let brought first stop =
    t.brought_first <- first;
    t.brought_stop <- stop;
    true
  in
  (pages > 1
  && (match range.content with Zeros -> true | Bytes _ | Shared _ | Copied _ -> false)
  && Pages.growing t.charge pages (fun () -> Space.map t.space first ~pages range.rights = Done)
  && brought first stop)
  || (bring_zero t page range && brought page below)

type outcome = Resolved | Denied | No_memory | No_file | Canceled
type step = Now of outcome | To_load of Shared.t * int * int  (* an object's page, and where the mapping ends in it *)

let or_no_memory brought = Now (if brought then Resolved else No_memory)

let bring_object t page (range : Regions.range) memory offset ~cost rights ~then_ =
  let answer = ref Shared.No_room in
  let share () =
    answer := Shared.share memory offset ~into:t.space page rights;
    !answer = Shown
  in
  let shared = Pages.growing t.charge cost share in
  match !answer with
  | Shown -> or_no_memory (shared && then_ ())
  | Not_loaded -> To_load (memory, offset, offset + range.stop - page)
  | Beyond_end -> Now No_file
  | No_room -> Now No_memory

(* The object's page, until it is written to. *)
let bring_copied t page (range : Regions.range) kind memory offset =
  if kind = Write && Shared.has_zeros memory offset then or_no_memory (bring_zero t page range)
  else
    bring_object t page range memory offset ~cost:1 (first_rights range) ~then_:(fun () ->
        kind <> Write || Space.unshare t.space page range.rights = Done)

let rights_for (range : Regions.range) kind = if kind = Write then range.rights else first_rights range

let bring_shared t page (range : Regions.range) kind memory offset =
  bring_object t page range memory offset ~cost:0 (rights_for range kind) ~then_:(fun () ->
      t.counted.foreign <- t.counted.foreign + 1;
      true)

(* Pages that others have, too: those around it as far as they are whole in the source, else that one. To write to it, a copy of that one. *)
let bring_common t page (range : Regions.range) kind source ~offset ~length =
  let rights = if range.rights = Space.read_write then Space.read else range.rights in
  let stop = offset + length in
  let share first last =
    let pages = (last - first) / page_size in
    Pages.growing t.charge pages (fun () ->
        Source.share source ~offset:(offset + first - range.start) ~stop ~pages ~into:t.space first rights = Done)
  in
  let first = max range.start (page land lnot ((most_at_once * page_size) - 1)) in
  let last = min (min range.stop (page_up (range.start + length))) (page land lnot ((most_at_once * page_size) - 1) + (most_at_once * page_size)) in
  match kind with
  | Read | Fetch -> share first last || share page (page + page_size)
  | Write -> share page (page + page_size) && Space.unshare t.space page range.rights = Done

let bring t page (range : Regions.range) kind =
  match range.content with
  | Shared { memory; offset; _ } -> bring_shared t page range kind memory (offset + page - range.start)
  | Copied { memory; offset } -> bring_copied t page range kind memory (offset + page - range.start)
  | Zeros -> or_no_memory (bring_zeros t page range)
  | Bytes { source; offset; length } ->
      or_no_memory
        (match Regions.page_content range page with
        | None -> bring_zeros t page range
        | Some part -> bring_common t page range kind source ~offset ~length || bring_bytes t page range.rights part)

(* One that is there, but not with such rights. *)
let give_rights t page (range : Regions.range) kind =
  match range.content with
  | Shared { memory; offset; _ } when kind = Write && not (Shared.may_change memory (offset + page - range.start)) ->
      (* It was cut off. *)
      unmap_pages t page page_size;
      bring t page range kind
  | Shared _ ->
      Space.protect t.space page ~pages:1 (rights_for range kind);
      Now Resolved
  (* It was shared by a fork. *)
  | Zeros | Bytes _ | Copied _ -> or_no_memory (Space.unshare t.space page range.rights = Done)

let locked_fault t at kind =
  let page = page_down at in
  match Regions.find t.regions at with
  | Some range when allows range.rights kind -> (
      match Space.query t.space page with
      | Some { rights; _ } -> if allows rights kind then Now Resolved else give_rights t page range kind
      | None -> bring t page range kind)
  | _ -> Now Denied

(* Without waiting: what would have to be read from a file is not there. *)
let fault_now t at kind =
  match Mutex.protect t.lock (fun () -> locked_fault t at kind) with Now outcome -> outcome | To_load _ -> No_file

(* The lock is not held while a scheme is asked, so all may be different then. *)
let rec fault t at kind =
  let begin_ () =
    match locked_fault t at kind with
    | To_load (memory, _, _) as step ->
        Shared.retain memory;
        step
    | Now _ as step -> step
  in
  match Mutex.protect t.lock begin_ with
  | Now outcome -> outcome
  | To_load (memory, offset, stop) -> (
      let load () = Wait.unless_canceled (fun () -> Shared.load memory offset ~stop) in
      match Fun.protect ~finally:(fun () -> Shared.release memory) load with
      | Some (Ok ()) -> fault t at kind
      | Some (Error No_room) -> No_memory
      | Some (Error _) -> No_file
      | None -> Canceled)

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

(* Ranges are the tender's memory; counting them now and then is enough. *)
let most_ranges = 16384
let count_every = 256

let has_too_many_ranges t =
  t.counted.changes <- t.counted.changes + 1;
  if t.counted.changes mod count_every = 0 then (
    t.counted.ranges <- Regions.count t.regions;
    Pages.settle t.charge);
  t.counted.ranges > most_ranges || Pages.owes t.charge

(* From where the last room was found, else from the top: who has many mappings does not go through all of them each time. *)
let find_room t size =
  match Regions.find_room t.regions ~above:Space.lowest ~below:t.next size with
  | Some _ as found -> found
  | None -> Regions.find_room t.regions ~above:Space.lowest ~below:t.top size

(* Where no range can be. *)
let misplaced at = if at land (page_size - 1) <> 0 then Errno.einval else if at >= 0 && at < Space.lowest then Errno.eperm else Errno.enomem

(* What is a process' own, and may be written. *)
let is_data rights (content : Regions.content) =
  rights = Space.read_write && match content with Shared _ -> false | Zeros | Bytes _ | Copied _ -> true

let size_but_stack t (range : Regions.range) =
  let of_stack = min range.stop t.stack_stop - max range.start t.stack_start in
  range.stop - range.start - max 0 of_stack

let data_size t =
  let size = ref 0 in
  let add (range : Regions.range) = if is_data range.rights range.content then size := !size + size_but_stack t range in
  Regions.iter add t.regions;
  !size

(* Whether so many bytes of ranges may come on top of all but those that are replaced. *)
let may_grow t ?(replaced = 0) ~data size =
  (t.most = max_int || size <= t.most - Regions.size t.regions + replaced)
  && ((not data) || t.most_data = max_int || size <= t.most_data - data_size t + replaced)

let keeps_limits t = Regions.size t.regions - (t.stack_stop - t.stack_start) <= t.most && data_size t <= t.most_data

(* Whether a part that nobody might write may become data. *)
let may_become_data t at size =
  t.most_data = max_int
  ||
  let becomes (range : Regions.range) = (not (is_data range.rights range.content)) && is_data Space.read_write range.content in
  let add sum range = if becomes range then sum + size_but_stack t range else sum in
  let more = List.fold_left add 0 (Regions.parts t.regions at (at + size)) in
  more = 0 || more <= t.most_data - data_size t

let replaced t at size =
  List.fold_left (fun sum (range : Regions.range) -> sum + range.stop - range.start) 0 (Regions.parts t.regions at (at + size))

let is_limited t = t.most < max_int || t.most_data < max_int

let place t ~hint placing ~data size =
  match placing with
  | _ when has_too_many_ranges t -> Error Errno.enomem
  | Fixed when not (is_range hint size) -> Error (misplaced hint)
  | _ when not (may_grow t size ~data ~replaced:(if is_limited t && placing = Fixed then replaced t hint size else 0)) -> Error Errno.enomem
  | Fixed -> Ok hint
  | Fixed_if_free ->
      if not (is_range hint size) then Error (misplaced hint)
      else if is_free t hint size then Ok hint
      else Error Errno.eexist
  | Hint -> (
      let hint = page_down hint in
      if is_range hint size && is_free t hint size then Ok hint
      else
        match find_room t size with
        | Some at ->
            t.next <- at;
            Ok at
        | None -> Error Errno.enomem)

let add t at size rights content =
  t.regions <- Regions.add t.regions { start = at; stop = at + size; rights; content }

(* Whose pages nothing shows any more, that memory is given up. *)
let remove t at size =
  let objects = if t.shared = [] then [] else Regions.objects t.regions at (at + size) in
  unmap_pages t at size;
  if at < t.top then t.next <- max t.next (min t.top (at + size));
  t.regions <- Regions.remove t.regions at (at + size);
  List.iter
    (fun memory ->
      if List.memq memory t.shared && not (Regions.has_object t.regions memory) then (
        t.shared <- List.filter (fun other -> other != memory) t.shared;
        Shared.remove_mapper memory t.mapper;
        t.unused <- memory :: t.unused))
    objects

let map t ~hint ~placing ?source size rights =
  if size <= 0 || size > Space.limit then Errno.einval
  else
    let size = page_up size in
    locked t (fun () ->
        match place t ~hint placing ~data:(is_data rights Zeros) size with
        | Error error -> error
        | Ok at ->
            if placing = Fixed then remove t at size;
            let content =
              match source with
              | None | Some "" -> Regions.Zeros
              | Some text -> Bytes { source = Source.plain text; offset = 0; length = min size (String.length text) }
            in
            add t at size rights content;
            at)

let map_object t ~hint ~placing memory size rights content =
  let size = page_up size in
  locked t (fun () ->
      match place t ~hint placing ~data:(is_data rights content) size with
      | Error error -> error
      | Ok at ->
          if placing = Fixed then remove t at size;
          if List.memq memory t.shared then t.unused <- memory :: t.unused
          else (
            t.shared <- memory :: t.shared;
            Shared.add_mapper memory t.mapper);
          add t at size rights content;
          at)

let map_shared t ~hint ~placing memory ~offset ~may_write size rights =
  if Shared.is_file memory then t.in_common <- true;
  map_object t ~hint ~placing memory size rights (Shared { memory; offset; may_write })

let map_copied t ~hint ~placing memory ~offset size rights =
  t.in_common <- true;
  map_object t ~hint ~placing memory size rights (Copied { memory; offset })

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

let is_lent t = Atomic.get t.users > 1

(* Who has lent it writes at its own end. *)
let written_parts t =
  let parts =
    if is_lent t then []
    else List.filter (fun (memory, _, _) -> Shared.is_written memory) (shared_parts t 0 Space.limit) in
  List.iter (fun (memory, _, _) -> Shared.retain memory) parts;
  parts

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
      hold_source t source;
      t.in_common <- true;
      add t at size rights (Regions.Bytes { source; offset; length }))

let change t at size f =
  if size >= 0 && size <= Space.limit && is_range at (page_up size) then locked t (fun () -> f (page_up size))
  else Errno.einval

let unmap t at size =
  change t at size (fun size ->
      let sticks_out at = match Regions.find t.regions at with Some range -> range.start < at | None -> false in
      if has_too_many_ranges t && sticks_out at && sticks_out (at + size) then Errno.enomem
      else (
        remove t at size;
        0))

let protect t at size rights =
  if size = 0 then 0
  else
    change t at size (fun size ->
        if (not (Regions.is_covered t.regions at (at + size))) || has_too_many_ranges t then Errno.enomem
        else if rights = Space.read_write && Regions.is_unwritable t.regions at (at + size) then Errno.eacces
        else if rights = Space.read_write && not (may_become_data t at size) then Errno.enomem
        else (
          let now = if t.in_common && rights = Space.read_write then Space.read else rights in
          Space.protect t.space at ~pages:(pages size) now;
          t.regions <- Regions.set_rights t.regions at (at + size) rights;
          0))

let discard t at size =
  if size = 0 then 0
  else
    change t at size (fun size ->
        unmap_pages t at size;
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
        if may_grow t (into - from) ~data:true && Pages.fits t.charge (pages (into - from)) && is_range from (into - from) && is_free t from (into - from) then (
          add t from (into - from) Space.read_write Zeros;
          t.break <- at);
        t.break)
  else (
    if into < from then
      locked t (fun () -> remove t into (from - into));
    t.break <- at;
    at)

(* To another size: in its place if there is room, else its pages go to another one. *)

(* Never of what is in common. The pages are twice there for a moment, which is not to cost more than tables: so long they count as
   in common. *)
let move t at size new_size (range : Regions.range) =
  match find_room t new_size with
  | None -> Errno.enomem
  | Some into ->
      let rights = if t.in_common && range.rights = Space.read_write then Space.read else range.rights in
      let before = Space.pages t.space in
      let share () =
        let shared = Space.share t.space at ~into:t.space into ~pages:(pages size) rights = Done in
        t.counted.foreign <- t.counted.foreign + (Space.pages t.space - before);
        shared
      in
      if not (Pages.growing t.charge (pages size / 512) share) then Errno.enomem
      else (
        t.counted.foreign <- t.counted.foreign - (Space.pages t.space - before);
        add t into new_size range.rights Zeros;
        t.regions <- Regions.add t.regions { range with start = into; stop = into + size };
        remove t at size;
        into)

let remap t at size new_size ~may_move =
  if size <= 0 || size > Space.limit || new_size > Space.limit || not (is_range at (page_up size)) then Errno.einval
  else
    let size = page_up size and new_size = page_up new_size in
    locked t (fun () ->
        match Regions.find t.regions at with
        | None -> Errno.efault
        | Some range when range.stop < at + size -> Errno.efault
        | Some range when is_shared range && new_size > size -> Errno.einval
        | Some range ->
            if new_size <= size then (
              if new_size < size then remove t (at + new_size) (size - new_size);
              at)
            else if not (may_grow t (new_size - size) ~data:(is_data range.rights range.content) && Pages.fits t.charge (pages (new_size - size))) then Errno.enomem
            else
              let behind = at + size and more = new_size - size in
              if is_range behind more && is_free t behind more then (
                add t behind more range.rights Zeros;
                at)
              else if may_move then move t at size new_size (Regions.part range at (at + size))
              else Errno.enomem)

let rec through ?(fault = fault) t copy kind at bytes first count done_ =
  let copied = copy t.space at bytes first count in
  if copied = count then done_ + count
  else if fault t (at + copied) kind = Resolved then
    through ~fault t copy kind (at + copied) bytes (first + copied) (count - copied) (done_ + copied)
  else done_ + copied

let read_some t at bytes first count = through t Space.copy_in Read at bytes first count 0
let write_some t at bytes first count = through t Space.copy_out Write at bytes first count 0
let read_data_some t at data first count = through t Space.copy_in_data Read at data first count 0
let write_data_some t at data first count = through t Space.copy_out_data Write at data first count 0
let fits t size = Pages.fits t.charge (pages (page_up size))
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

let pages t = Mutex.protect t.lock (fun () -> Pages.count t.charge)
let size t = Regions.size t.regions

let set_most t ~all ~data =
  t.most <- all;
  t.most_data <- data

let set_stack t at size =
  t.stack_start <- at;
  t.stack_stop <- at + size

let ranges t = Regions.parts t.regions 0 Space.limit
let peak_pages t = Mutex.protect t.lock (fun () -> Pages.peak t.charge)

let read_int t at =
  let bytes = Bytes.create 8 in
  if not (read t at bytes 0 8) then min_int
  else
    let word = Bytes.get_int64_le bytes 0 in
    match Int64.unsigned_to_int word with Some n -> n | None -> if Int64.compare word (Int64.of_int min_int) > 0 then Int64.to_int word else min_int

let read_int32_by fault t at =
  let bytes = Bytes.create 4 in
  if through ~fault t Space.copy_in Read at bytes 0 4 0 = 4 then Int32.to_int (Bytes.get_int32_le bytes 0) land 0xffffffff else min_int

let write_int32_by fault t at n =
  let bytes = Bytes.create 4 in
  Bytes.set_int32_le bytes 0 (Int32.of_int n);
  through ~fault t Space.copy_out Write at bytes 0 4 0 = 4

let read_int32 t at = read_int32_by fault t at
let write_int32 t at n = write_int32_by fault t at n
let read_int32_now t at = read_int32_by fault_now t at
let write_int32_now t at n = write_int32_by fault_now t at n

let write_int t at n =
  let bytes = Bytes.create 8 in
  Bytes.set_int64_le bytes 0 (Int64.of_int n);
  write t at bytes 0 8
