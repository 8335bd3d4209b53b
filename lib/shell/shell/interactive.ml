(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos
open Picos_std_structured

type t = {
  shell : Interpreter.t;
  console : Handle.t;
  streams : Interpreter.streams;
  columns : int;
  keys : Keys.t;
  mutable typed : Keys.key list;  (** keys that came with others *)
  mutable history : string list;
  foreground : unit Computation.t option Atomic.t;  (** what [^C] cancels *)
}

exception Interrupt

let show t text = ignore (Handle.write_string t.console text)

(* Whether the console has that mode now. *)
let set_mode t mode =
  match Handle.call t.console { text = mode; handles = [] } with Ok { text; _ } -> text = mode | Error _ -> false

let read_bytes t =
  let slice = Slice.create 256 in
  match Handle.read t.console slice with
  | Ok n when n > 0 -> Some (Slice.to_string (Slice.sub slice 0 n))
  | Ok _ | Error _ -> None

let escape_seconds = 0.1

(* Waits for a byte; but if a key has begun, not for long. *)
let rec next_key t =
  match t.typed with
  | key :: rest ->
      t.typed <- rest;
      Some key
  | [] -> (
      let came =
        if not (Keys.is_pending t.keys) then `Bytes (read_bytes t)
        else
          match Control.terminate_after ~seconds:escape_seconds (fun () -> read_bytes t) with
          | bytes -> `Bytes bytes
          | exception Control.Terminate -> `Nothing
      in
      match came with
      | `Bytes None -> None
      | `Bytes (Some bytes) ->
          t.typed <- List.concat_map (Keys.feed t.keys) (List.of_seq (String.to_seq bytes));
          next_key t
      | `Nothing ->
          t.typed <- Keys.flush t.keys;
          next_key t)

(* Completion: names of commands for the first word, else files. *)

let rec common a b i = if i < String.length a && i < String.length b && a.[i] = b.[i] then common a b (i + 1) else i

let longest_common = function
  | [] -> ""
  | first :: rest -> List.fold_left (fun prefix word -> String.sub prefix 0 (common prefix word 0)) first rest

let starting prefix names = List.filter (fun name -> String.starts_with ~prefix name) names

let candidates t word ~is_first =
  if is_first && not (String.contains word '/') then List.map (fun name -> name ^ " ") (starting word (Interpreter.command_names t.shell))
  else
    let directory, name =
      match String.rindex_opt word '/' with
      | Some at -> (String.sub word 0 (at + 1), String.sub word (at + 1) (String.length word - at - 1))
      | None -> ("", word)
    in
    let cwd = Interpreter.cwd t.shell in
    let namespace = Interpreter.namespace t.shell in
    (* The folder of all schemes is no entry of a file system's root. *)
    let schemes : Stat.entry list =
      match Path.decode ~cwd (if directory = "" then "." else directory) with
      | Ok path when Path.scheme path = Some "file" && Path.names path = [] && not (String.starts_with ~prefix:"/scheme" directory) ->
          [ { name = "scheme"; kind = Directory; id = 0 } ]
      | Ok _ | Error _ -> []
    in
    Result.value (Namespace.list namespace ~cwd (if directory = "" then "." else directory)) ~default:[] @ schemes
    |> List.filter_map
          (fun (e : Stat.entry) ->
            if String.starts_with ~prefix:name e.name && (name <> "" || e.name.[0] <> '.') then
              Some (directory ^ e.name ^ if e.kind = Directory then "/" else " ")
            else None)

let complete t editor =
  let before = Editor.before editor in
  let start = match String.rindex_opt before ' ' with Some at -> at + 1 | None -> 0 in
  let word = String.sub before start (String.length before - start) in
  let is_first = String.trim (String.sub before 0 start) = "" in
  let found = List.sort compare (candidates t word ~is_first) in
  let prefix = longest_common found in
  if String.length prefix > String.length word then
    Editor.insert editor (String.sub prefix (String.length word) (String.length prefix - String.length word))
  else begin
    if List.length found > 1 then show t ("\n" ^ String.concat " " (List.map String.trim found) ^ "\n");
    editor
  end

let read_line t prompt =
  let rec go editor =
    show t (Editor.render editor);
    wait editor
  and wait editor =
    match next_key t with
    | None -> `End
    | Some key -> (
        match Editor.key editor key with
        | Going next -> if t.typed = [] then go next else wait next
        | Completing next -> go (complete t next)
        | Cleared next ->
            show t "\027[H\027[2J";
            go next
        | Accepted text ->
            (* With keys that came at once the line is not shown yet. *)
            show t (Editor.render editor ^ "\n");
            `Line text
        | Interrupted ->
            show t "^C\n";
            `Interrupted
        | Ended ->
            show t "\n";
            `End)
  in
  go (Editor.start ~prompt ~columns:t.columns ~history:t.history)

(* Without keys: one line of what comes, which may be several at once. *)
let plain_line t pending prompt =
  show t prompt;
  let rec go () =
    match String.index_opt !pending '\n' with
    | Some at ->
        let line = String.sub !pending 0 at in
        pending := String.sub !pending (at + 1) (String.length !pending - at - 1);
        `Line line
    | None -> (
        match read_bytes t with
        | Some bytes ->
            pending := !pending ^ bytes;
            go ()
        | None when !pending <> "" ->
            let line = !pending in
            pending := "";
            `Line line
        | None -> `End)
  in
  go ()

let remember t line =
  if String.trim line <> "" && not (match t.history with last :: _ -> last = line | [] -> false) then
    t.history <- line :: List.filteri (fun i _ -> i < 999) t.history

let prompt t = Path.to_string (Interpreter.cwd t.shell) ^ " $ "

let tell_jobs t =
  List.iter
    (fun (number, status, text) -> show t (Printf.sprintf "[%d] ended %d  %s\n" number status text))
    (Interpreter.ended_jobs t.shell)

(* Runs a line as a computation of its own, which an interrupt cancels. *)
let run_line t text =
  let computation = Computation.create () in
  Atomic.set t.foreground (Some computation);
  let fiber = Fiber.current () in
  let (Packed outer as packed) = Fiber.get_computation fiber in
  let canceler = Computation.attach_canceler ~from:outer ~into:computation in
  Fiber.set_computation fiber (Packed computation);
  let back () =
    Fiber.set_computation fiber packed;
    Computation.detach outer canceler;
    Atomic.set t.foreground None
  in
  match Interpreter.run t.shell t.streams text with
  | result ->
      back ();
      result
  | exception Interrupt when not (Computation.is_canceled outer) ->
      back ();
      Interpreter.set_status t.shell Tasks.interrupted;
      `Done Tasks.interrupted
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      back ();
      Printexc.raise_with_backtrace exn bt

let watch_interrupts t =
  match Namespace.open_ (Interpreter.namespace t.shell) "/scheme/console/interrupts" with
  | Error _ -> ()
  | Ok handle ->
      Handle.using handle @@ fun handle ->
      let slice = Slice.create 64 in
      let rec go () =
        match Handle.read handle slice with
        | Ok n when n > 0 ->
            Option.iter (fun c -> Computation.cancel c Interrupt (Printexc.get_callstack 0)) (Atomic.get t.foreground);
            go ()
        | Ok _ | Error _ -> ()
      in
      go ()

let loop t ~edits =
  let pending = ref "" in
  let line prompt =
    if edits then begin
      ignore (set_mode t "keys");
      let line = read_line t prompt in
      ignore (set_mode t "lines");
      line
    end
    else plain_line t pending prompt
  in
  (* [text] is what has come of something that goes on for several lines. *)
  let rec go text =
    if text = "" then tell_jobs t;
    match line (if text = "" then prompt t else "> ") with
    | `End -> if text = "" then Interpreter.status t.shell else go ""
    | `Interrupted ->
        Interpreter.set_status t.shell Tasks.interrupted;
        go ""
    | `Line line -> (
        remember t line;
        let text = if text = "" then line else text ^ "\n" ^ line in
        match run_line t text with `Exit status -> status | `Incomplete -> go text | `Done _ -> go "")
  in
  go ""

let run ?(columns = 80) ?(greeting = "") shell =
  match Namespace.open_ (Interpreter.namespace shell) ~flags:{ Request.reading with write = true } "/scheme/console" with
  | Error _ -> 1
  | Ok console ->
      Handle.using console @@ fun console ->
      let t =
        {
          shell;
          console;
          streams = { input = console; output = console; error = console };
          columns;
          keys = Keys.create ();
          typed = [];
          history = [];
          foreground = Atomic.make None;
        }
      in
      Bundle.join_after ~on_return:`Terminate (fun bundle ->
          Bundle.fork bundle (fun () -> watch_interrupts t);
          let edits = set_mode t "keys" in
          ignore (set_mode t "lines");
          show t greeting;
          let status = loop t ~edits in
          Interpreter.kill_jobs shell;
          status)
