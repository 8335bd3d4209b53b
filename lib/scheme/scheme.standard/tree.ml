(* SPDX-License-Identifier: ISC *)

open Scheme

type t =
  | Text of (unit -> (string, Error.t) result)
  | File of (Request.flags -> (Handle.file, Error.t) result)
  | Directory of (string * t) list
  | Generated of { list : unit -> string list; find : string -> t option }

let text f = Text (fun () -> Ok (f ()))
let always_ready : Request.ready = { can_read = true; can_write = true; ended = false }

let refuse (message : Handle.message) : (Handle.message, Error.t) result =
  List.iter Handle.close message.handles;
  Error Unsupported

let text_file text : Handle.file =
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Read { at = At n; into } -> Ok (Loan.fill_string into text n)
    | Read _ -> Error Invalid
    | Stat -> Ok (Stat.make ~size:(String.length text) ~read_only:true File)
    | Event _ -> Ok always_ready
    | Sync -> Ok ()
    | Close -> Ok ()
    | List _ -> Error Not_directory
    | Call message -> refuse message
    | Write _ -> Error Read_only
    | Truncate _ -> Error Read_only
    | Set_times _ -> Error Read_only
    | Map _ -> Error Unsupported
  in
  { seekable = true; perform }

let stream ?(read : (Loan.t -> (int, Error.t) result) option) ?(write : (Loan.t -> (int, Error.t) result) option)
    ?(event : Request.interest -> (Request.ready, Error.t) result = fun _ -> Ok always_ready)
    ?(call : Handle.message -> (Handle.message, Error.t) result = refuse) ?(close = ignore)
    ?(stat = fun () -> Stat.make Stream) () : Handle.file =
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Read { into; _ } -> ( match read with Some read -> read into | None -> Error Unsupported)
    | Write { from; _ } -> ( match write with Some write -> write from | None -> Error Unsupported)
    | Stat -> Ok (stat ())
    | Event interest -> event interest
    | Call message -> call message
    | Truncate _ -> Ok ()
    | Sync -> Ok ()
    | Close ->
        close ();
        Ok ()
    | List _ -> Error Not_directory
    | Set_times _ -> Ok ()
    | Map _ -> Error Unsupported
  in
  { seekable = false; perform }

let names = function
  | Directory entries -> List.map fst entries
  | Generated { list; _ } -> list ()
  | Text _ | File _ -> []

let child t name =
  match t with
  | Directory entries -> List.assoc_opt name entries
  | Generated { find; _ } -> find name
  | Text _ | File _ -> None

let kind : t -> Stat.kind = function Text _ -> File | File _ -> Stream | Directory _ | Generated _ -> Directory

let directory_file t : Handle.file =
  let entries =
    List.mapi
      (fun i name ->
        let kind = match child t name with Some node -> kind node | None -> File in
        (({ name; kind; id = i + 1 } : Stat.entry), i + 1))
      (names t)
  in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Stat -> Ok (Stat.make ~read_only:true Directory)
    | List { from; most } -> Ok (List.filteri (fun i _ -> i >= from && i - from < most) entries)
    | Read _ -> Error Is_directory
    | Write _ -> Error Is_directory
    | Event _ -> Ok always_ready
    | Sync -> Ok ()
    | Close -> Ok ()
    | Call message -> refuse message
    | Truncate _ -> Error Is_directory
    | Set_times _ -> Error Read_only
    | Map _ -> Error Is_directory
  in
  { seekable = true; perform }

let rec find t names : (t, Error.t) result =
  match (t, names) with
  | _, [] -> Ok t
  | (Text _ | File _), _ :: _ -> Error Not_directory
  | _, name :: rest -> ( match child t name with Some node -> find node rest | None -> Error Not_found)

let open_ t names (flags : Request.flags) : (Handle.file, Error.t) result =
  match find t names with
  | Error Not_found when flags.creation <> Never -> Error Read_only
  | Error _ as error -> error
  | Ok _ when flags.creation = Always_new -> Error Exists
  | Ok (Text _ | File _) when flags.directory -> Error Not_directory
  | Ok (Text _) when flags.write -> Error Read_only
  | Ok (Text make) -> Result.map text_file (make ())
  | Ok (File make) -> make flags
  | Ok (Directory _ | Generated _) when flags.write -> Error Is_directory
  | Ok ((Directory _ | Generated _) as node) -> Ok (directory_file node)

let stat t names =
  match find t names with
  | Error _ as error -> error
  | Ok node -> Ok (Stat.make ~read_only:(match node with File _ -> false | _ -> true) (kind node))

let service t =
  let ask (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
    let done_ result = Result.map (fun value -> Request.Done value) result in
    match request with
    | Open { names; flags } -> done_ (open_ t names flags)
    | Stat_path { names; _ } -> done_ (stat t names)
    | Read_link names -> ( match find t names with Ok _ -> Error Invalid | Error _ as error -> error)
    | Make_directory _ -> Error Read_only
    | Unlink _ -> Error Read_only
    | Rename _ -> Error Read_only
    | Link _ -> Error Read_only
    | Symbolic_link _ -> Error Read_only
  in
  Service.direct { ask }
