(* SPDX-License-Identifier: ISC *)

let ( let* ) = Result.bind

type restart = Always | On_failure | Never

type t = {
  name : string;
  program : string;
  arguments : string list;
  environment : (string * string) list;
  after : string list;
  restart : restart;
  pause : float;
  longest_pause : float;
  schemes : string list;
  directories : string list;
  read_only : string list;
  serves : string list;
  devices : string list;
  memory : int option;
  handles : int option;
  tasks : int option;
  cpu : float option;
  weight : int option;
  health : string option;
  health_within : float;
  check : string option;
  check_every : float;
}

type error = { file : string; line : int; problem : string }

let error_text { file; line; problem } =
  if line = 0 then Printf.sprintf "%s: %s" file problem else Printf.sprintf "%s:%d: %s" file line problem

exception Wrong of int * string

let wrong line format = Printf.ksprintf (fun text -> raise (Wrong (line, text))) format
let name_of key = String.concat "." key

(* Values *)

let text (e : Toml.entry) =
  match e.value with Text text -> text | value -> wrong e.line "%s is %s, not a text" (name_of e.key) (Toml.describe value)

let texts (e : Toml.entry) =
  match e.value with
  | List items ->
      List.map
        (function
          | Toml.Text text -> text | value -> wrong e.line "%s holds %s, not a text" (name_of e.key) (Toml.describe value))
        items
  | value -> wrong e.line "%s is %s, not a list of texts" (name_of e.key) (Toml.describe value)

let seconds (e : Toml.entry) =
  let n =
    match e.value with
    | Float x -> x
    | Integer n -> float n
    | value -> wrong e.line "%s is %s, not a number of seconds" (name_of e.key) (Toml.describe value)
  in
  if n >= 0.0 && n <= 86_400.0 then n else wrong e.line "%s is not from 0 to 86400 seconds" (name_of e.key)

(* A count from 1 on: nothing can live with none. *)
let most_count = 1_000_000_000

let count (e : Toml.entry) =
  match e.value with
  | Integer n when n >= 1 && n <= most_count -> n
  | Integer _ -> wrong e.line "%s is not from 1 to %d" (name_of e.key) most_count
  | value -> wrong e.line "%s is %s, not a number" (name_of e.key) (Toml.describe value)

let units = [ ("KiB", 1 lsl 10); ("MiB", 1 lsl 20); ("GiB", 1 lsl 30) ]

let size_of_text (e : Toml.entry) text =
  match String.split_on_char ' ' text with
  | [ digits; unit ] when digits <> "" && String.for_all (fun c -> c >= '0' && c <= '9') digits -> (
      match (int_of_string_opt digits, List.assoc_opt unit units) with
      | Some n, Some unit when n >= 1 && n <= most_count -> n * unit
      | _ -> wrong e.line "%s is no size like \"64 MiB\": %S" (name_of e.key) text)
  | _ -> wrong e.line "%s is no size like \"64 MiB\": %S" (name_of e.key) text

let size (e : Toml.entry) =
  match e.value with
  | Text text -> size_of_text e text
  | Integer n when n >= 1 -> n
  | Integer _ -> wrong e.line "%s is not positive" (name_of e.key)
  | value -> wrong e.line "%s is %s, not a size" (name_of e.key) (Toml.describe value)

let cpus (e : Toml.entry) =
  let n =
    match e.value with
    | Float x -> x
    | Integer n -> float n
    | value -> wrong e.line "%s is %s, not a number of CPUs" (name_of e.key) (Toml.describe value)
  in
  if n >= 0.01 && n <= 1024. then n else wrong e.line "%s is not from 0.01 to 1024 CPUs" (name_of e.key)

let most_weight = 10_000

let weight (e : Toml.entry) =
  match e.value with
  | Integer n when n >= 1 && n <= most_weight -> n
  | Integer _ -> wrong e.line "%s is not from 1 to %d" (name_of e.key) most_weight
  | value -> wrong e.line "%s is %s, not a number" (name_of e.key) (Toml.describe value)

let schemes e =
  let names = texts e in
  List.iter (fun name -> if not (Scheme.Path.is_scheme_name name) then wrong e.line "%s is no name of a scheme" name) names;
  names

(* What the scheme [disk] or [net] calls it. *)
let devices e =
  let names = texts e in
  List.iter
    (fun name ->
      match String.split_on_char '/' name with
      | [ ("net" | "disk"); device ] when device <> "" -> ()
      | _ -> wrong e.line "%S is no device: it is net/NAME or disk/NAME" name)
    names;
  names

let absolute (e : Toml.entry) path =
  if path <> "" && path.[0] = '/' && not (String.contains path '\000') then path
  else wrong e.line "%s is not an absolute path: %S" (name_of e.key) path

let restart (e : Toml.entry) =
  match text e with
  | "always" -> Always
  | "on-failure" -> On_failure
  | "never" -> Never
  | _ -> wrong e.line "restart is \"always\", \"on-failure\" or \"never\""

let empty name =
  {
    name;
    program = "";
    arguments = [];
    environment = [];
    after = [];
    restart = Always;
    pause = 0.1;
    longest_pause = 10.0;
    schemes = [];
    directories = [];
    read_only = [];
    serves = [];
    devices = [];
    memory = None;
    handles = None;
    tasks = None;
    cpu = None;
    weight = None;
    health = None;
    health_within = 5.0;
    check = None;
    check_every = 10.0;
  }

let set t (e : Toml.entry) =
  match e.key with
  | [ "program" ] -> { t with program = absolute e (text e) }
  | [ "arguments" ] -> { t with arguments = texts e }
  | [ "after" ] -> { t with after = texts e }
  | [ "restart" ] -> { t with restart = restart e }
  | [ "pause" ] -> { t with pause = seconds e }
  | [ "longest_pause" ] -> { t with longest_pause = seconds e }
  | [ "environment"; name ] when name <> "" && not (String.contains name '=') ->
      { t with environment = t.environment @ [ (name, text e) ] }
  | [ "namespace"; "schemes" ] -> { t with schemes = schemes e }
  | [ "namespace"; "directories" ] -> { t with directories = List.map (absolute e) (texts e) }
  | [ "namespace"; "read_only" ] -> { t with read_only = schemes e }
  | [ "namespace"; "serves" ] -> { t with serves = schemes e }
  | [ "namespace"; "devices" ] -> { t with devices = devices e }
  | [ "limits"; "memory" ] -> { t with memory = Some (size e) }
  | [ "limits"; "handles" ] -> { t with handles = Some (count e) }
  | [ "limits"; "tasks" ] -> { t with tasks = Some (count e) }
  | [ "limits"; "cpu" ] -> { t with cpu = Some (cpus e) }
  | [ "limits"; "weight" ] -> { t with weight = Some (weight e) }
  | [ "health"; "scheme" ] -> { t with health = Some (text e) }
  | [ "health"; "check" ] -> { t with check = Some (text e) }
  | [ "health"; "every" ] -> { t with check_every = seconds e }
  | [ "health"; "within" ] -> { t with health_within = seconds e }
  | key -> wrong e.line "unknown name %s" (name_of key)

let line_of entries key = List.find_map (fun (e : Toml.entry) -> if e.key = key then Some e.line else None) entries |> Option.value ~default:0

let check entries t =
  if t.program = "" then wrong 0 "program is missing";
  (match t.health with
  | Some scheme when not (List.mem scheme t.serves) ->
      wrong (line_of entries [ "health"; "scheme" ]) "health.scheme is %s, which is not one that it serves" scheme
  | _ -> ());
  if t.check <> None && t.health = None then wrong (line_of entries [ "health"; "check" ]) "health.check is a path of health.scheme, which is missing";
  if t.check <> None && t.check_every < 0.1 then wrong (line_of entries [ "health"; "every" ]) "health.every is less than 0.1 seconds";
  List.iter
    (fun name ->
      if List.mem name t.schemes then
        wrong (line_of entries [ "namespace"; "serves" ]) "it cannot both reach the scheme %s and serve it" name)
    t.serves;
  if t.devices <> [] && List.mem "device" t.serves then
    wrong (line_of entries [ "namespace"; "serves" ]) "it cannot both have devices and serve the scheme device";
  if t.directories <> [] && not (List.mem "file" t.schemes) then
    wrong (line_of entries [ "namespace"; "directories" ]) "directories are of the scheme file, which is not among its schemes";
  t

let parse ~file ~name text =
  match Toml.parse text with
  | Error { line; problem } -> Error { file; line; problem }
  | Ok entries -> (
      match check entries (List.fold_left set (empty name) entries) with
      | t -> Ok t
      | exception Wrong (line, problem) -> Error { file; line; problem })

let in_order all =
  let find name = List.find_opt (fun t -> t.name = name) all in
  let problem t text = Error { file = t.name; line = 0; problem = text } in
  (* [above]: those that wait for it. *)
  let rec visit above done_ t =
    if List.exists (fun other -> other.name = t.name) done_ then Ok done_
    else if List.mem t.name above then problem t "the servers wait for each other in a circle"
    else
      let* done_ =
        List.fold_left
          (fun done_ name ->
            let* done_ = done_ in
            match find name with
            | None -> problem t (Printf.sprintf "there is no server %s for it to be after" name)
            | Some before -> visit (t.name :: above) done_ before)
          (Ok done_) t.after
      in
      Ok (t :: done_)
  in
  let* reversed =
    List.fold_left
      (fun done_ t ->
        let* done_ = done_ in
        visit [] done_ t)
      (Ok []) all
  in
  Ok (List.rev reversed)
