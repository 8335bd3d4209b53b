(* SPDX-License-Identifier: ISC *)

open Scheme
module Operation = Core.Operation
module Flag = Core.Flag

let ( let* ) = Result.bind

(* The request's own words *)

let path_of names = String.concat "/" names
let flag condition bit = if condition then bit else 0

let rec split n = function
  | rest when n = 0 -> ([], rest)
  | [] -> ([], [])
  | name :: rest ->
      let above, below = split (n - 1) rest in
      (name :: above, below)

let text data length = Slice.to_string (Slice.sub (Slice.of_bigarray data) 0 (min length (Bigarray.Array1.dim data)))

(* The answer of a request by paths, which may have ended at a symbolic link. *)
let answer ~first ?(second = []) finished (r : Core.request) data =
  if r.link = 0 then
    let* value = finished r data in
    Ok (Request.Done value)
  else
    let which, names = if r.link = 1 then (Request.First, first) else (Request.Second, second) in
    match split r.link_at names with
    | above, _ :: rest -> Ok (Request.Elsewhere { which; above; target = text data r.answer; rest })
    | _, [] -> Error Error.Io

let by_path t ~operation ?(flags = 0) ?second names finished =
  let before (r : Core.request) _ =
    r.path <- path_of names;
    r.flags <- flags;
    Option.iter (fun names -> r.second <- path_of names) second
  in
  Volume.perform t ~operation ~before (answer ~first:names ?second finished)

let nothing _ _ = Ok ()

(* What is known of a node *)

let kind_of_mode mode : Stat.kind =
  match mode land 0xf000 with 0x4000 -> Directory | 0xa000 -> Link | 0x8000 -> File | _ -> Stream

let stat t (r : Core.request) : Stat.t =
  {
    kind = kind_of_mode r.mode;
    id = r.node;
    size = r.size;
    allocated = r.blocks * Blocks.size;
    links = r.links;
    read_only = not (Volume.is_writable t);
    accessed_ns = r.accessed_ns;
    modified_ns = r.modified_ns;
    changed_ns = r.changed_ns;
    created_ns = r.changed_ns;
    lends = false;
  }

let decode_entries (data : Core.bytes) ~size ~count =
  let bytes = text data size in
  let rec go at left =
    if left = 0 then []
    else
      let place = Int64.to_int (String.get_int64_le bytes at) in
      let id = Int32.to_int (String.get_int32_le bytes (at + 8)) land 0xffff_ffff in
      let mode = String.get_uint16_le bytes (at + 12) and length = String.get_uint16_le bytes (at + 14) in
      let entry : Stat.entry = { name = String.sub bytes (at + 16) length; kind = kind_of_mode mode; id } in
      (entry, place) :: go (at + ((16 + length + 7) / 8 * 8)) (left - 1)
  in
  go 0 count

(* Open files *)

let ready : Request.ready = { can_read = true; can_write = true; ended = false }

let refuse (message : Handle.message) : (Handle.message, Error.t) result =
  List.iter Handle.close message.handles;
  Error Unsupported

let of_node t node ~operation ?(before = fun _ _ -> ()) after =
  let before (r : Core.request) data =
    r.node <- node;
    before r data
  in
  Volume.perform t ~operation ~before after

let read t node at into =
  if at < 0 then Error Error.Invalid
  else
    let before (r : Core.request) _ =
      r.offset <- at;
      r.length <- min (Loan.length into) Volume.data_size
    in
    of_node t node ~operation:Operation.read ~before (fun r data ->
        Ok (Loan.fill into (Slice.sub (Slice.of_bigarray data) 0 r.answer)))

let write t node (at : Request.place) from =
  let operation = match at with At _ -> Operation.write | End | Stream -> Operation.append in
  let before (r : Core.request) data =
    (match at with At offset -> r.offset <- offset | End | Stream -> ());
    Loan.use from (fun from ->
        let length = min (Slice.length from) Volume.data_size in
        r.length <- length;
        Slice.blit (Slice.sub from 0 length) (Slice.of_bigarray data))
  in
  of_node t node ~operation ~before (fun r _ -> Ok r.answer)

let set_times t node accessed_ns modified_ns =
  let before (r : Core.request) _ =
    r.flags <- flag (accessed_ns <> None) Flag.accessed lor flag (modified_ns <> None) Flag.modified;
    r.accessed_ns <- Option.value accessed_ns ~default:0;
    r.modified_ns <- Option.value modified_ns ~default:0
  in
  of_node t node ~operation:Operation.set_times ~before nothing

let list t node ~from ~most =
  let before (r : Core.request) _ =
    r.offset <- from;
    r.length <- most
  in
  of_node t node ~operation:Operation.list ~before (fun r data -> Ok (decode_entries data ~size:r.size ~count:r.answer))

let truncate t node size =
  of_node t node ~operation:Operation.truncate ~before:(fun r _ -> r.offset <- size) nothing

let file t node ~directory : Handle.file =
  let wrong = if directory then Error.Is_directory else Error.Invalid in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Read { at = At at; into } when not directory -> read t node at into
    | Write { at; from } when not directory -> write t node at from
    | Truncate size when not directory -> truncate t node size
    | List { from; most } when directory -> list t node ~from ~most
    | Read _ -> Error wrong
    | Write _ -> Error wrong
    | Truncate _ -> Error wrong
    | List _ -> Error Not_directory
    | Stat -> of_node t node ~operation:Operation.stat (fun r _ -> Ok (stat t r))
    | Set_times { accessed_ns; modified_ns } -> set_times t node accessed_ns modified_ns
    | Sync -> Volume.sync t
    | Event _ -> Ok ready
    | Map _ -> Error Unsupported
    | Call message -> refuse message
    | Close -> Ok (Volume.drop_later t node)
  in
  { seekable = true; perform }

(* The scheme *)

let open_flags (flags : Request.flags) =
  flag flags.follow Flag.follow
  lor flag (flags.creation <> Never) Flag.create
  lor flag (flags.creation = Always_new) Flag.exclusive
  lor flag flags.truncate Flag.clear
  lor flag flags.directory Flag.directory
  lor flag ((flags.write && not flags.directory) || flags.append || flags.truncate) Flag.changes

let open_ t names flags =
  by_path t ~operation:Operation.open_ ~flags:(open_flags flags) names (fun r _ ->
      Ok (file t r.node ~directory:(kind_of_mode r.mode = Directory)))

let make_link t target into =
  let before (r : Core.request) _ =
    r.path <- path_of into;
    r.second <- target
  in
  Volume.perform t ~operation:Operation.symbolic_link ~before (answer ~first:into nothing)

let answer t (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
  match request with
  | Open { names; flags } -> open_ t names flags
  | Stat_path { names; follow } ->
      by_path t ~operation:Operation.stat_path ~flags:(flag follow Flag.follow) names (fun r _ -> Ok (stat t r))
  | Make_directory names -> by_path t ~operation:Operation.make_directory names nothing
  | Unlink { names; directory } ->
      by_path t ~operation:(if directory then Operation.remove_directory else Operation.unlink) names nothing
  | Rename { from; into; replace } ->
      by_path t ~operation:Operation.rename ~flags:(flag replace Flag.replace) ~second:into from nothing
  | Link { from; into } -> by_path t ~operation:Operation.link ~second:into from nothing
  | Symbolic_link { target; into } -> make_link t target into
  | Read_link names -> by_path t ~operation:Operation.read_link names (fun r data -> Ok (text data r.answer))

let service t = Service.direct { ask = (fun request -> answer t request) }
