(* SPDX-License-Identifier: ISC *)

module Names = Map.Make (String)

let ( let* ) = Result.bind

type entry = {
  service : Service.t;
  directories : string list list;  (** what is in one of these *)
  read_only : bool;
}

type t = { entries : entry Names.t; budget : Budget.t }

let empty = { entries = Names.empty; budget = Budget.unlimited }
let budget t = t.budget
let with_budget t budget = { t with budget }

let add t name service =
  if not (Path.is_scheme_name name) then invalid_arg "Namespace.add: no name of a scheme";
  { t with entries = Names.add name { service; directories = [ [] ]; read_only = false } t.entries }

let schemes t = List.map fst (Names.bindings t.entries)
let only t names = { t with entries = Names.filter (fun name _ -> List.mem name names) t.entries }
let without t names = { t with entries = Names.filter (fun name _ -> not (List.mem name names)) t.entries }

let read_only ?schemes t =
  let chosen name = match schemes with None -> true | Some names -> List.mem name names in
  { t with entries = Names.mapi (fun name e -> if chosen name then { e with read_only = true } else e) t.entries }

let rec is_prefix prefix names =
  match (prefix, names) with
  | [], _ -> true
  | a :: prefix, b :: names -> a = b && is_prefix prefix names
  | _ :: _, [] -> false

(* What is in both is in the longer of two of which one is in the other. *)
let both a b = if is_prefix a b then [ b ] else if is_prefix b a then [ a ] else []

let within t scheme directories =
  let restrict entry =
    let directories =
      List.concat_map (fun a -> List.concat_map (fun b -> both a b) directories) entry.directories
    in
    if directories = [] then None else Some { entry with directories }
  in
  { t with entries = Names.update scheme (fun entry -> Option.bind entry restrict) t.entries }

(* Requests. What is sent to a scheme has been decoded, found ([find]) and permitted ([permitted]). *)

let max_links = 40

let reaches entry names = List.exists (fun directory -> is_prefix directory names) entry.directories

(* Whether the name itself can come and go: the directory that has it must be reached, too. *)
let reaches_above entry names =
  List.exists (fun directory -> is_prefix directory names && List.compare_lengths names directory > 0) entry.directories

let find t path =
  match Path.scheme path with
  | None -> Error Error.Access
  | Some scheme -> (
      match Names.find_opt scheme t.entries with
      | Some entry when reaches entry (Path.names path) -> Ok (scheme, entry)
      | _ -> Error Error.Not_found)

let changes (type a) (request : (Handle.t, a) Request.by_path) =
  match request with
  | Open { flags; _ } -> Request.writes flags
  | Stat_path _ | Read_link _ -> false
  | Make_directory _ | Unlink _ | Rename _ | Link _ | Symbolic_link _ -> true

(* Whether the names of the request come or go. *)
let changes_name (type a) (request : (Handle.t, a) Request.by_path) (which : Request.which) =
  match request with
  | Make_directory _ | Unlink _ | Rename _ | Symbolic_link _ -> true
  | Link _ -> which = Second
  | Open _ | Stat_path _ | Read_link _ -> false

let permitted entry request which names =
  if changes request && entry.read_only then Error Error.Read_only
  else if changes_name request which && names <> [] && not (reaches_above entry names) then Error Error.Access
  else Ok ()

let decode_link ~scheme ~above ~target ~rest =
  let* cwd = Path.make ~scheme above in
  let* link = Path.decode ~cwd target in
  match Path.scheme link with
  | None -> ( match rest with [] -> Error Error.Access | scheme :: rest -> Path.make ~scheme rest)
  | Some scheme -> Path.make ~scheme (Path.names link @ rest)

(* What a scheme answers with: of what it was asked for, or, where that is an open file, a handle of another's. *)
type 'a found = Value of 'a | Handed of Handle.t

(* Asks the scheme of [path] (and of [second]), with the paths of the request in place; follows links. *)
let ask t (type a) path ?second (request : (Handle.t, a) Request.by_path) :
    (Service.t * entry * a found, Error.t) result =
  let rec go left path second : (Service.t * entry * a found, Error.t) result =
    if left = 0 then Error Error.Too_many_links
    else
      let* scheme, entry = find t path in
      let* () =
        match second with
        | None -> Ok ()
        | Some second ->
            let* _, other = find t second in
            if other.service != entry.service then Error Error.Cross_device
            else permitted other request Second (Path.names second)
      in
      let* () = permitted entry request First (Path.names path) in
      let place (which : Request.which) _ =
        match which with First -> Path.names path | Second -> Path.names (Option.value second ~default:path)
      in
      let* answer = Service.ask entry.service (Request.map_paths place request) in
      match answer with
      | Done value -> Ok (entry.service, entry, Value value)
      | Given handle -> Ok (entry.service, entry, Handed handle)
      | Elsewhere { which; above; target; rest } -> (
          let scheme_of path = Option.value (Path.scheme path) ~default:scheme in
          match (which, second) with
          | First, _ ->
              let* path = decode_link ~scheme ~above ~target ~rest in
              go (left - 1) path second
          | Second, Some old ->
              let* second = decode_link ~scheme:(scheme_of old) ~above ~target ~rest in
              go (left - 1) path (Some second)
          | Second, None -> Error Error.Server_gone)
  in
  go max_links path second

let schemes_file t : Handle.file =
  let entries = List.mapi (fun i name -> (({ name; kind = Directory; id = i } : Stat.entry), i + 1)) (schemes t) in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Stat -> Ok (Stat.make ~read_only:true Directory)
    | List { from; most } -> Ok (List.filteri (fun i _ -> i >= from && i < from + most) entries)
    | Read _ -> Error Is_directory
    | Event _ -> Ok { can_read = true; can_write = false; ended = false }
    | Sync -> Ok ()
    | Close -> Ok ()
    | _ -> Error Unsupported
  in
  { seekable = true; perform }

let open_ t ?cwd ?(flags = Request.reading) text =
  let* path = Path.decode ?cwd text in
  let flags = { flags with directory = flags.directory || Path.wants_directory path } in
  if Path.scheme path = None then
    if Request.writes flags then Error Error.Is_directory
    else Handle.make ~write:false ~budget:t.budget (schemes_file t)
  else if flags.truncate && not flags.write then Error Error.Invalid
  else
    let* service, entry, found = ask t path (Open { names = []; flags }) in
    let read = flags.read and write = (flags.write || flags.append) && not entry.read_only and append = flags.append in
    match found with
    | Value file -> Handle.make ~read ~write ~append ~service:(Service.number service) ~budget:t.budget file
    | Handed handle -> Handle.using handle (Handle.reopen ~read ~write ~append ~budget:t.budget)

(* Of what is no open file. *)
let value_of = function
  | Value value -> Ok value
  | Handed handle ->
      Handle.close handle;
      Error Error.Server_gone

let on_path t cwd text request =
  let* path = Path.decode ?cwd text in
  let* _, _, found = ask t path request in
  value_of found

let stat t ?cwd ?(follow = true) text =
  let* path = Path.decode ?cwd text in
  if Path.scheme path = None then Ok (Stat.make ~read_only:true Directory)
  else
    let* _, entry, found = ask t path (Stat_path { names = []; follow = follow || Path.wants_directory path }) in
    let* (stat : Stat.t) = value_of found in
    if Path.wants_directory path && stat.kind <> Directory then Error Error.Not_directory
    else Ok { stat with read_only = stat.read_only || entry.read_only }

let make_directory t ?cwd text = on_path t cwd text (Make_directory [])

(* A file with a slash behind its name is none: what there is is a directory, or not what the name says. *)
let unlink t ?cwd text =
  let* path = Path.decode ?cwd text in
  if Path.wants_directory path then Result.bind (stat t ?cwd text) (fun _ -> Error Error.Is_directory)
  else on_path t cwd text (Unlink { names = []; directory = false })

let remove_directory t ?cwd text = on_path t cwd text (Unlink { names = []; directory = true })

let on_two t cwd from into request =
  let* path = Path.decode ?cwd from in
  let* second = Path.decode ?cwd into in
  let* _, _, found = ask t path ~second request in
  value_of found

let rename t ?cwd ?(replace = true) from into = on_two t cwd from into (Rename { from = []; into = []; replace })
let link t ?cwd from into = on_two t cwd from into (Link { from = []; into = [] })

let symbolic_link t ?cwd ~target text =
  if target = "" || String.contains target '\000' then Error Error.Invalid
  else if String.length target > Path.max_length then Error Error.Name_too_long
  else on_path t cwd text (Symbolic_link { target; into = [] })

let read_link t ?cwd text = on_path t cwd text (Read_link [])

let read_file t ?cwd text =
  let* handle = open_ t ?cwd text in
  Handle.using handle Handle.read_all

let write_file t ?cwd text content =
  let* handle = open_ t ?cwd ~flags:Request.writing text in
  Handle.using handle (fun handle -> Handle.write_string handle content)

let list t ?cwd text =
  let* handle = open_ t ?cwd ~flags:{ Request.reading with directory = true } text in
  Handle.using handle Handle.list
