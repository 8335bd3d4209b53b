(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos
open Syntax

type job = { number : int; task : Tasks.task; text : string }

type t = {
  namespace : Namespace.t;
  tasks : Tasks.t;
  commands : (string * Process.command) list;
  find : Process.t -> string -> Process.command option;
  pid : int;  (** of the task that it runs in; 0: none *)
  name : string;
  variables : (string, string) Hashtbl.t;
  mutable cwd : Path.t;
  mutable arguments : string list;
  mutable status : int;
  mutable last_background : int option;
  mutable jobs : job list;
  depth : int;  (** how many shells are around it *)
}

type streams = { input : Handle.t; output : Handle.t; error : Handle.t }

exception Exit_shell of int
exception Break of int
exception Continue of int

let max_depth = 50
let unread = 141

let create ?(cwd = Path.root) ?(variables = []) ?(name = "sh") ?(arguments = []) ?(find = fun _ _ -> None) ~namespace ~tasks ~commands () =
  {
    namespace;
    tasks;
    commands;
    find;
    pid = 0;
    name;
    variables = Hashtbl.of_seq (List.to_seq variables);
    cwd;
    arguments;
    status = 0;
    last_background = None;
    jobs = [];
    depth = 0;
  }

(* What a subshell changes is its own. *)
let copy t = { t with variables = Hashtbl.copy t.variables; depth = t.depth + 1 }
let status t = t.status
let set_status t status = t.status <- status
let cwd t = t.cwd
let namespace t = t.namespace
let variable t name = Hashtbl.find_opt t.variables name
let complain streams text = ignore (Handle.write_string streams.error ("sh: " ^ text ^ "\n"))

(* Handles of one's own, for a command that may go on longer than who started it. *)
let with_copies streams start =
  let copies = List.map (fun handle -> Handle.dup handle) [ streams.input; streams.output; streams.error ] in
  let close () = List.iter (Result.iter Handle.close) copies in
  match copies with
  | [ Ok input; Ok output; Ok error ] -> (
      match start { input; output; error } close with
      | result -> result
      | exception exn ->
          let bt = Printexc.get_raw_backtrace () in
          close ();
          Printexc.raise_with_backtrace exn bt)
  | _ ->
      close ();
      complain streams "too many handles";
      raise (Process.Quit 126)

let launch t streams ~name body =
  with_copies streams @@ fun streams close ->
  Tasks.start t.tasks ~parent:t.pid ~name (fun pid -> Fun.protect ~finally:close (fun () -> body pid streams))

let wait_for_all tasks = List.fold_left (fun _ task -> Tasks.wait task) 0 tasks

(* If the function raises, as it does when this fiber is canceled, the tasks are killed, and it raises when they have
   ended. *)
let or_killed tasks f =
  match f () with
  | result -> result
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      List.iter (Tasks.kill ~status:Tasks.interrupted) tasks;
      Fiber.forbid (Fiber.current ()) (fun () -> ignore (wait_for_all tasks));
      Printexc.raise_with_backtrace exn bt

(* Waits for all; the status of the last. *)
let wait_for tasks = or_killed tasks (fun () -> wait_for_all tasks)

let special t name =
  match name with
  | "?" -> Some (string_of_int t.status)
  | "$" -> Some (string_of_int t.pid)
  | "#" -> Some (string_of_int (List.length t.arguments))
  | "!" -> Option.map string_of_int t.last_background
  | "0" -> Some t.name
  | _ -> (
      match int_of_string_opt name with
      | Some n -> List.nth_opt t.arguments (n - 1)
      | None -> Hashtbl.find_opt t.variables name)

(* A pipe for the function, which is given both ends; they are closed after it. *)
let with_pipe t streams body =
  match Scheme_standard.Pipe.make t.namespace with
  | Error e ->
      complain streams ("pipe: " ^ Error.to_string e);
      raise (Process.Quit 126)
  | Ok (reader, writer) ->
      Fun.protect
        ~finally:(fun () ->
          Handle.close reader;
          Handle.close writer)
        (fun () -> body reader writer)

let rec expansion t streams : Expand.context =
  {
    lookup = special t;
    arguments = t.arguments;
    output = output_of t streams;
    namespace = t.namespace;
    cwd = t.cwd;
  }

and fields t streams words = Expand.fields (expansion t streams) words
and one t streams word = Expand.one (expansion t streams) word

and output_of t streams script =
  with_pipe t streams @@ fun reader writer ->
  let task = launch_subshell t { streams with output = writer } ~name:"(sh)" (fun t streams -> run_list t streams script) in
  Handle.close writer;
  let text =
    match or_killed [ task ] (fun () -> Handle.read_all ~most:(1 lsl 20) reader) with
    | Ok text -> text
    | Error e ->
        complain streams ("$(...): " ^ Error.to_string e);
        ""
  in
  Handle.close reader;
  t.status <- wait_for [ task ];
  text

and launch_subshell t streams ~name body =
  if t.depth >= max_depth then begin
    complain streams "shells are too deep in each other";
    raise (Process.Quit 126)
  end;
  (* As it is now, not when the task begins. *)
  let t = copy t in
  launch t streams ~name (fun pid streams ->
      let t = { t with pid } in
      match body t streams with
      | status ->
          status
      | exception (Exit_shell status | Process.Quit status) -> status
      | exception (Break _ | Continue _) -> t.status)

(* Lists and pipelines *)

and run_list t streams script =
  List.iter (run_item t streams) script;
  t.status

and run_item t streams item =
  (* So that a loop that waits for nothing can be interrupted, and lets others run. *)
  Fiber.yield ();
  if item.background then run_in_background t item streams else t.status <- connected t streams item

and connected t streams item =
  List.fold_left
    (fun status (connective, pipeline) ->
      t.status <- status;
      match connective with
      | And -> if status = 0 then run_pipeline t streams pipeline else status
      | Or -> if status <> 0 then run_pipeline t streams pipeline else status)
    (run_pipeline t streams item.first)
    item.rest

and run_pipeline t streams ({ negated; commands } : pipeline) =
  let status =
    try
      match commands with
      | [ command ] -> run_command t streams command
      | commands -> wait_for (start_all t streams commands [])
    with Process.Quit status -> status
  in
  if not negated then status else if status = 0 then 1 else 0

(* Each command of a pipeline is a task. *)
and start_all t streams commands started =
  let stage streams command =
    launch_subshell t streams ~name:(describe command) (fun t streams -> run_command t streams command)
  in
  try
    match commands with
    | [] -> List.rev started
    | [ last ] -> List.rev (stage streams last :: started)
    | command :: rest ->
        with_pipe t streams @@ fun reader writer ->
        let task = stage { streams with output = writer } command in
        Handle.close writer;
        start_rest t streams reader rest (task :: started)
  with Process.Quit _ as exn -> or_killed started (fun () -> raise exn)

and start_rest t streams reader rest started = start_all t { streams with input = reader } rest started

and run_in_background t item streams =
  match Namespace.open_ t.namespace "/scheme/null" with
  | Error e ->
      complain streams ("/scheme/null: " ^ Error.to_string e);
      t.status <- 126
  | Ok null ->
      Handle.using null @@ fun null ->
      let text = describe_item item in
      (match
        launch_subshell t { streams with input = null } ~name:text (fun t streams -> connected t streams item)
      with
      | exception Process.Quit status -> t.status <- status
      | task ->
          let number = 1 + List.fold_left (fun n job -> max n job.number) 0 t.jobs in
          t.jobs <- t.jobs @ [ { number; task; text } ];
          t.last_background <- Some (Tasks.pid task);
          t.status <- 0)

(* Commands *)

and run_command t streams command =
  match command with
  | Simple { assignments; words; redirections } -> simple t streams assignments words redirections
  | Redirected (command, redirections) ->
      with_redirections t streams redirections (fun streams -> run_command t streams command)
  | Group script ->
      t.status <- 0;
      run_list t streams script
  | Subshell script ->
      wait_for [ launch_subshell t streams ~name:"(sh)" (fun t streams -> run_list t streams script) ]
  | If { branches; otherwise } ->
      let rec go = function
        | (condition, body) :: rest -> if run_list t streams condition = 0 then run_body t streams body else go rest
        | [] -> ( match otherwise with Some body -> run_body t streams body | None -> 0)
      in
      go branches
  | While { until; condition; body } ->
      repeat t (fun () ->
          if (run_list t streams condition = 0) <> until then begin
            ignore (run_body t streams body);
            true
          end
          else false)
  | For { variable; words; body } ->
      let left = ref (fields t streams words) in
      repeat t (fun () ->
          match !left with
          | [] -> false
          | value :: rest ->
              left := rest;
              Hashtbl.replace t.variables variable value;
              ignore (run_body t streams body);
              true)

and run_body t streams body =
  t.status <- 0;
  run_list t streams body

(* The status is that of the last round's body. *)
and repeat t round =
  let last = ref 0 in
  let rec go () =
    match round () with
    | true ->
        last := t.status;
        go ()
    | false -> ()
    | exception Break n -> if n > 1 then raise (Break (n - 1))
    | exception Continue n -> if n > 1 then raise (Continue (n - 1)) else go ()
  in
  go ();
  !last

and with_redirections t streams redirections body =
  let opened = ref [] in
  let close () = List.iter Handle.close !opened in
  let open_ word flags =
    let file = one t streams word in
    match Namespace.open_ t.namespace ~cwd:t.cwd ~flags file with
    | Ok handle ->
        opened := handle :: !opened;
        handle
    | Error e ->
        complain streams (file ^ ": " ^ Error.to_string e);
        raise (Process.Quit 1)
  in
  let stream streams = function 0 -> streams.input | 1 -> streams.output | _ -> streams.error in
  let apply streams { stream = n; target } =
    let handle =
      match target with
      | From word -> open_ word Request.reading
      | Into word -> open_ word Request.writing
      | Append_to word -> open_ word Request.appending
      | Same_as other -> stream streams other
    in
    match n with
    | 0 -> { streams with input = handle }
    | 1 -> { streams with output = handle }
    | _ -> { streams with error = handle }
  in
  Fun.protect ~finally:close (fun () ->
      match List.fold_left apply streams redirections with
      | streams -> body streams
      | exception Process.Quit status -> status)

and simple t streams assignments words redirections =
  match fields t streams words with
  | exception Process.Quit status -> status
  | [] ->
      if words = [] then t.status <- 0;
      List.iter (fun (name, word) -> Hashtbl.replace t.variables name (one t streams word)) assignments;
      with_redirections t streams redirections (fun _ -> t.status)
  | name :: arguments -> (
      let assigned = List.map (fun (name, word) -> (name, one t streams word)) assignments in
      with_redirections t streams redirections @@ fun streams ->
      match List.assoc_opt name builtins with
      | Some builtin -> ( try builtin t streams arguments with Process.Quit status -> status)
      | None -> external_ t streams assigned name arguments)

(* Variables that are assigned before a command are for it alone. *)
and external_ t streams assigned name arguments =
  let variables =
    assigned
    @ List.filter (fun (name, _) -> not (List.mem_assoc name assigned)) (List.of_seq (Hashtbl.to_seq t.variables))
  in
  let process pid { input; output; error } : Process.t =
    { pid; name; arguments; namespace = t.namespace; cwd = t.cwd; variables; input; output; error; tasks = t.tasks }
  in
  let found =
    match List.assoc_opt name t.commands with Some command -> Some command | None -> t.find (process t.pid streams) name
  in
  match found with
  | Some command -> (
      let text = String.concat " " (name :: arguments) in
      match
        launch t streams ~name:text (fun pid streams ->
            let process = process pid streams in
            Process.guard process (fun () -> command process))
      with
      | exception Process.Quit status -> status
      | task ->
          let status = wait_for [ task ] in
          (* Nobody reads what this part of a pipeline writes: it ends, as a loop that goes on would not. *)
          if status = unread && t.depth > 0 then raise (Exit_shell unread);
          status)
  | None when String.contains name '/' -> script_file t streams assigned name arguments
  | None ->
      complain streams (name ^ ": not found");
      127

and script_file t streams assigned file arguments =
  match Namespace.read_file t.namespace ~cwd:t.cwd file with
  | Error e ->
      complain streams (file ^ ": " ^ Error.to_string e);
      if e = Not_found then 127 else 126
  | Ok text -> nested t streams assigned ~name:file ~arguments text

(* A shell of its own for a script. *)
and nested t streams assigned ~name ~arguments text =
  wait_for
    [
      launch_subshell t streams ~name:(String.concat " " ("sh" :: name :: arguments)) (fun t streams ->
          List.iter (fun (name, value) -> Hashtbl.replace t.variables name value) assigned;
          run_text { t with name; arguments; status = 0 } streams text);
    ]

and run_text t streams text =
  match Parse.script text with
  | Ok script -> run_list t streams script
  | Error Incomplete ->
      complain streams "the script ends too early";
      2
  | Error (Wrong { line; message }) ->
      complain streams (Printf.sprintf "line %d: %s" line message);
      2

(* Commands of the shell itself *)

and builtins : (string * (t -> streams -> string list -> int)) list =
  [
    (":", fun _ _ _ -> 0);
    ("true", fun _ _ _ -> 0);
    ("false", fun _ _ _ -> 1);
    ("cd", fun t streams arguments -> change_directory t streams arguments);
    ("exit", fun t streams arguments -> raise (Exit_shell (number_or streams arguments ~default:t.status land 255)));
    ("break", fun _ streams arguments -> raise (Break (max 1 (number_or streams arguments ~default:1))));
    ("continue", fun _ streams arguments -> raise (Continue (max 1 (number_or streams arguments ~default:1))));
    ("export", fun t _ arguments -> export t arguments);
    ( "unset",
      fun t _ arguments ->
        List.iter (Hashtbl.remove t.variables) arguments;
        0 );
    ("set", fun t streams arguments -> set t streams arguments);
    ("shift", fun t streams arguments -> shift t (number_or streams arguments ~default:1));
    ("read", fun t streams arguments -> read t streams arguments);
    (".", fun t streams arguments -> source t streams arguments);
    ("jobs", fun t streams _ -> jobs t streams);
    ("wait", fun t streams arguments -> wait t streams arguments);
    ("fg", fun t streams arguments -> foreground t streams arguments);
    ("sh", fun t streams arguments -> sh t streams arguments);
  ]

and number_or streams arguments ~default =
  match arguments with
  | [] -> default
  | [ text ] when int_of_string_opt text <> None -> int_of_string text
  | _ ->
      complain streams "a number was expected";
      raise (Process.Quit 2)

and change_directory t streams arguments =
  let target =
    match arguments with
    | [] -> Option.value (variable t "HOME") ~default:"/"
    | [ "-" ] -> Option.value (variable t "OLDPWD") ~default:(Path.to_string t.cwd)
    | word :: _ -> word
  in
  let found =
    let ( let* ) = Result.bind in
    let* path = Path.decode ~cwd:t.cwd target in
    let* (stat : Stat.t) = Namespace.stat t.namespace ~cwd:t.cwd target in
    if stat.kind <> Directory then Error Error.Not_directory
    else match Path.scheme path with Some scheme -> Path.make ~scheme (Path.names path) | None -> Ok path
  in
  match found with
  | Ok path ->
      Hashtbl.replace t.variables "OLDPWD" (Path.to_string t.cwd);
      t.cwd <- path;
      Hashtbl.replace t.variables "PWD" (Path.to_string path);
      0
  | Error e ->
      complain streams (Printf.sprintf "cd: %s: %s" target (Error.to_string e));
      1

and export t arguments =
  List.iter
    (fun word ->
      match String.index_opt word '=' with
      | Some at when at > 0 ->
          Hashtbl.replace t.variables (String.sub word 0 at) (String.sub word (at + 1) (String.length word - at - 1))
      | _ -> ())
    arguments;
  0

and set t streams arguments =
  match arguments with
  | [] ->
      let all = List.sort compare (List.of_seq (Hashtbl.to_seq t.variables)) in
      let text = String.concat "" (List.map (fun (name, value) -> Printf.sprintf "%s=%s\n" name value) all) in
      if Handle.write_string streams.output text = Ok () then 0 else 1
  | "--" :: arguments | arguments ->
      t.arguments <- arguments;
      0

and shift t n =
  if n < 0 || n > List.length t.arguments then 1
  else begin
    t.arguments <- List.filteri (fun i _ -> i >= n) t.arguments;
    0
  end

(* Byte by byte: what follows the line is for others. *)
and read t streams names =
  let slice = Slice.create 1 and line = Buffer.create 80 in
  let rec go () =
    match Handle.read streams.input slice with
    | Ok 1 when Slice.get slice 0 = '\n' -> true
    | Ok 1 ->
        Buffer.add_char line (Slice.get slice 0);
        go ()
    | Ok _ | Error _ -> false
  in
  let whole = go () in
  let rec assign names words =
    match (names, words) with
    | [], _ -> ()
    | [ name ], words -> Hashtbl.replace t.variables name (String.concat " " words)
    | name :: names, [] ->
        Hashtbl.replace t.variables name "";
        assign names []
    | name :: names, word :: words ->
        Hashtbl.replace t.variables name word;
        assign names words
  in
  let words = List.filter (( <> ) "") (String.split_on_char ' ' (String.map (fun c -> if c = '\t' then ' ' else c) (Buffer.contents line))) in
  assign (if names = [] then [ "REPLY" ] else names) words;
  if whole then 0 else 1

and source t streams arguments =
  match arguments with
  | [] ->
      complain streams ".: a file was expected";
      2
  | file :: _ -> (
      match Namespace.read_file t.namespace ~cwd:t.cwd file with
      | Ok text -> run_text t streams text
      | Error e ->
          complain streams (file ^ ": " ^ Error.to_string e);
          1)

and jobs t streams =
  let line job =
    let state = match Tasks.poll job.task with None -> "running" | Some status -> Printf.sprintf "ended %d" status in
    Printf.sprintf "[%d] %d %s  %s\n" job.number (Tasks.pid job.task) state job.text
  in
  let text = String.concat "" (List.map line t.jobs) in
  t.jobs <- List.filter (fun job -> Tasks.poll job.task = None) t.jobs;
  if Handle.write_string streams.output text = Ok () then 0 else 1

and chosen_jobs t arguments =
  match arguments with
  | [] -> t.jobs
  | words ->
      List.filter
        (fun job ->
          List.mem (Printf.sprintf "%%%d" job.number) words || List.mem (string_of_int (Tasks.pid job.task)) words)
        t.jobs

and wait t _ arguments =
  let chosen = chosen_jobs t arguments in
  if chosen = [] && arguments <> [] then 127
  else begin
    let status = List.fold_left (fun _ job -> Tasks.wait job.task) 0 chosen in
    t.jobs <- List.filter (fun job -> not (List.memq job chosen)) t.jobs;
    if arguments = [] then 0 else status
  end

and foreground t streams arguments =
  match List.rev (chosen_jobs t arguments) with
  | [] ->
      complain streams "fg: there is no such job";
      1
  | job :: _ ->
      ignore (Handle.write_string streams.output (job.text ^ "\n"));
      t.jobs <- List.filter (fun other -> other != job) t.jobs;
      wait_for [ job.task ]

and sh t streams arguments =
  match arguments with
  | "-c" :: text :: rest ->
      let name, arguments = match rest with [] -> ("sh", []) | name :: arguments -> (name, arguments) in
      nested t streams [] ~name ~arguments text
  | "-c" :: [] ->
      complain streams "sh: -c needs a script";
      2
  | file :: arguments -> script_file t streams [] file arguments
  | [] -> (
      match Handle.read_all streams.input with
      | Ok text -> nested t streams [] ~name:"sh" ~arguments:[] text
      | Error e ->
          complain streams ("sh: " ^ Error.to_string e);
          1)

(* For lists of jobs and tasks: not for reading again. *)

and describe_part = function
  | Text { text; _ } -> text
  | Variable { name; _ } -> "$" ^ name
  | Output _ -> "$(...)"

and describe = function
  | Simple { words; _ } -> String.concat " " (List.map (fun word -> String.concat "" (List.map describe_part word)) words)
  | Redirected (command, _) -> describe command
  | Group _ -> "{...}"
  | Subshell _ -> "(...)"
  | If _ -> "if ..."
  | While _ -> "while ..."
  | For _ -> "for ..."

and describe_pipeline ({ commands; _ } : pipeline) = String.concat " | " (List.map describe commands)

and describe_item item =
  String.concat ""
    (describe_pipeline item.first
    :: List.map
         (fun (connective, pipeline) -> (if connective = And then " && " else " || ") ^ describe_pipeline pipeline)
         item.rest)

let command_names t = List.sort_uniq compare (List.map fst builtins @ List.map fst t.commands)

let run t streams text =
  match Parse.script text with
  | Error Incomplete -> `Incomplete
  | Error (Wrong { line; message }) ->
      complain streams (Printf.sprintf "line %d: %s" line message);
      t.status <- 2;
      `Done 2
  | Ok script -> (
      match run_list t streams script with
      | status -> `Done status
      | exception Exit_shell status -> `Exit status
      | exception Process.Quit status ->
          t.status <- status;
          `Done status
      | exception (Break _ | Continue _) -> `Done t.status)

let run_script t streams text =
  match run t streams text with
  | `Done status | `Exit status -> status
  | `Incomplete ->
      complain streams "the script ends too early";
      2

let ended_jobs t =
  let ended, running = List.partition (fun job -> Tasks.poll job.task <> None) t.jobs in
  t.jobs <- running;
  List.map (fun job -> (job.number, Option.value (Tasks.poll job.task) ~default:0, job.text)) ended

let kill_jobs t =
  List.iter (fun job -> Tasks.kill job.task) t.jobs;
  List.iter (fun job -> ignore (Tasks.wait job.task)) t.jobs;
  t.jobs <- []
