(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

let read t path = check t path (Namespace.read_file t.namespace path)

let show_file path t =
  let handle = check t path (Namespace.open_ t.namespace path) in
  Handle.using handle (copy t);
  0

(* Lines of a name and a number. *)
let numbers text =
  List.filter_map
    (fun line ->
      match String.split_on_char ' ' line with
      | [ name; number ] -> Option.map (fun n -> (name, n)) (int_of_string_opt number)
      | _ -> None)
    (String.split_on_char '\n' text)

let kib n = (n + 1023) / 1024

let free t =
  with_out t @@ fun out ->
  List.iter (fun (name, n) -> Out.printf out "%-12s %10d KiB\n" name (kib n)) (numbers (read t "/scheme/sys/memory"));
  0

(* Lines of a name, a limit and what is used. *)
let df t =
  let text = read t "/scheme/sys/filesystems" in
  with_out t @@ fun out ->
  Out.printf out "%-12s %10s %10s %10s\n" "NAME" "KIB" "USED" "FREE";
  List.iter
    (fun line ->
      match String.split_on_char ' ' line with
      | [ name; limit; used ] -> (
          match (int_of_string_opt limit, int_of_string_opt used) with
          | Some limit, Some used ->
              Out.printf out "%-12s %10d %10d %10d\n" name (kib limit) (kib used) (kib (limit - used))
          | _ -> ())
      | _ -> ())
    (String.split_on_char '\n' text);
  0

let top t =
  with_out t @@ fun out ->
  Out.string out ("up " ^ read t "/scheme/sys/uptime");
  List.iter (fun (name, n) -> Out.printf out "%s %d KiB  " name (kib n)) (numbers (read t "/scheme/sys/memory"));
  Out.string out "\n\n";
  Out.string out (read t "/scheme/sys/fibers");
  (* Where there are any. *)
  (match Namespace.read_file t.namespace "/scheme/sys/processes" with
  | Ok processes -> Out.string out ("\n" ^ processes)
  | Error _ -> ());
  0

let days = [| "Sun"; "Mon"; "Tue"; "Wed"; "Thu"; "Fri"; "Sat" |]
let months = [| "Jan"; "Feb"; "Mar"; "Apr"; "May"; "Jun"; "Jul"; "Aug"; "Sep"; "Oct"; "Nov"; "Dec" |]

let date_text format ns =
  let seconds = ns / 1_000_000_000 in
  let day_number = seconds / 86_400 and in_day = seconds mod 86_400 in
  let date = Calendar.of_days day_number in
  let text = Buffer.create 40 in
  let rec go i =
    if i < String.length format then
      if format.[i] <> '%' || i + 1 = String.length format then begin
        Buffer.add_char text format.[i];
        go (i + 1)
      end
      else begin
        Buffer.add_string text
          (match format.[i + 1] with
          | 'Y' -> Printf.sprintf "%04d" date.year
          | 'm' -> Printf.sprintf "%02d" date.month
          | 'd' -> Printf.sprintf "%02d" date.day
          | 'H' -> Printf.sprintf "%02d" (in_day / 3600)
          | 'M' -> Printf.sprintf "%02d" (in_day / 60 mod 60)
          | 'S' -> Printf.sprintf "%02d" (in_day mod 60)
          | 'N' -> Printf.sprintf "%09d" (ns mod 1_000_000_000)
          | 's' -> string_of_int seconds
          | 'a' -> days.(Calendar.weekday day_number)
          | 'b' -> months.(date.month - 1)
          | '%' -> "%"
          | c -> Printf.sprintf "%%%c" c);
        go (i + 2)
      end
  in
  go 0;
  Buffer.contents text

let date t =
  let format =
    match t.arguments with
    | [] | [ "-u" ] -> "%a %b %d %H:%M:%S UTC %Y"
    | [ word ] when String.starts_with ~prefix:"+" word -> String.sub word 1 (String.length word - 1)
    | _ -> usage t "[+FORMAT]"
  in
  let ns = check t "/scheme/time/now" (Calendar.now t.namespace) in
  with_out t @@ fun out ->
  Out.line out (date_text format ns);
  0

let kill t =
  if t.arguments = [] then usage t "PID...";
  List.fold_left
    (fun status word ->
      match Option.bind (int_of_string_opt word) (Tasks.find t.tasks) with
      | Some task ->
          Tasks.kill task;
          status
      | None ->
          complain t (word ^ ": no such command");
          1)
    0
    (List.filter (fun word -> word <> "-9") t.arguments)

let sleep t =
  match t.arguments with
  | [ word ] -> (
      match float_of_string_opt word with
      | Some seconds when seconds >= 0.0 && seconds < 1e9 ->
          Picos.Fiber.sleep ~seconds;
          0
      | _ -> fail t "a number of seconds was expected")
  | _ -> usage t "SECONDS"

let env t =
  with_out t @@ fun out ->
  List.iter (fun (name, value) -> Out.printf out "%s=%s\n" name value) (List.sort compare t.variables);
  0

let clear t =
  with_out t @@ fun out ->
  Out.string out "\027[H\027[2J";
  0

let test_ t =
  let stat path = Result.to_option (Namespace.stat t.namespace ~cwd:t.cwd path) in
  let is_kind kind path = match stat path with Some stat -> stat.kind = kind | None -> false in
  let number text = match int_of_string_opt text with Some n -> n | None -> fail t ~status:2 (text ^ ": not a number") in
  let rec holds = function
    | [] -> false
    | "!" :: rest -> not (holds rest)
    | [ text ] -> text <> ""
    | [ "-e"; path ] -> stat path <> None
    | [ "-f"; path ] -> is_kind File path
    | [ "-d"; path ] -> is_kind Directory path
    | [ "-s"; path ] -> ( match stat path with Some stat -> stat.size > 0 | None -> false)
    | [ "-z"; text ] -> text = ""
    | [ "-n"; text ] -> text <> ""
    | [ a; "="; b ] -> a = b
    | [ a; "!="; b ] -> a <> b
    | [ a; "-eq"; b ] -> number a = number b
    | [ a; "-ne"; b ] -> number a <> number b
    | [ a; "-lt"; b ] -> number a < number b
    | [ a; "-le"; b ] -> number a <= number b
    | [ a; "-gt"; b ] -> number a > number b
    | [ a; "-ge"; b ] -> number a >= number b
    | _ -> fail t ~status:2 "this is not understood"
  in
  let words =
    if t.name <> "[" then t.arguments
    else match List.rev t.arguments with "]" :: rest -> List.rev rest | _ -> fail t ~status:2 "] is missing"
  in
  if holds words then 0 else 1

let all =
  [
    ("[", test_);
    ("clear", clear);
    ("date", date);
    ("df", df);
    ("dmesg", show_file "/scheme/log");
    ("env", env);
    ("free", free);
    ("kill", kill);
    ("lspci", show_file "/scheme/pci");
    ("ps", show_file "/scheme/sys/fibers");
    ("sleep", sleep);
    ("test", test_);
    ("top", top);
    ("uname", show_file "/scheme/sys/uname");
    ("uptime", show_file "/scheme/sys/uptime");
  ]
