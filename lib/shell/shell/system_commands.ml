(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

let read t path = check t path (Namespace.read_file t.namespace path)

let show path t =
  let handle = check t path (Namespace.open_ t.namespace path) in
  Handle.using handle (copy t);
  0

let show_file path t =
  no_arguments t;
  show path t

let dmesg t =
  match options t "w" with
  | [], [] -> show "/scheme/log" t
  | _, [] -> show "/scheme/log/follow" t
  | _ -> usage t "[-w]"

(* All that is told is one line already; so they are taken, and change nothing. *)
let uname t =
  match options t "asrmn" with
  | _, [] -> show "/scheme/sys/uname" t
  | _ -> usage t "[-a]"

(* As people are used to ask for all. *)
let ps t =
  match t.arguments with
  | [] | [ ("aux" | "ax" | "-e" | "-ef" | "-A") ] -> show "/scheme/sys/fibers" t
  | _ -> usage t "[-e]"

(* Lines of a name and a number. *)
let numbers text =
  List.filter_map
    (fun line ->
      match String.split_on_char ' ' line with
      | [ name; number ] -> Option.map (fun n -> (name, n)) (int_of_string_opt number)
      | _ -> None)
    (String.split_on_char '\n' text)

let kib n = (n + 1023) / 1024

let in_unit chosen n =
  if List.mem 'h' chosen then human_size n
  else if List.mem 'b' chosen then string_of_int n
  else if List.mem 'm' chosen then string_of_int (n / 1_048_576)
  else string_of_int (kib n)

let free t =
  let chosen = match options t "bkmh" with chosen, [] -> chosen | _ -> usage t "[-bkmh]" in
  let unit_ = if List.mem 'h' chosen || List.mem 'b' chosen then "" else if List.mem 'm' chosen then " MiB" else " KiB" in
  with_out t @@ fun out ->
  List.iter (fun (name, n) -> Out.printf out "%-15s %10s%s\n" name (in_unit chosen n) unit_) (numbers (read t "/scheme/sys/memory"));
  0

(* Lines of a name, a limit and what is used. *)
let df t =
  let chosen = match options t "bkmh" with chosen, [] -> chosen | _ -> usage t "[-bkmh]" in
  let text = read t "/scheme/sys/filesystems" in
  let unit_ = if List.mem 'h' chosen then "SIZE" else if List.mem 'b' chosen then "BYTES" else if List.mem 'm' chosen then "MIB" else "KIB" in
  with_out t @@ fun out ->
  Out.printf out "%-12s %10s %10s %10s %5s\n" "NAME" unit_ "USED" "FREE" "USE%";
  List.iter
    (fun line ->
      match String.split_on_char ' ' line with
      | [ name; limit; used ] -> (
          match (int_of_string_opt limit, int_of_string_opt used) with
          | Some limit, Some used ->
              let told = in_unit chosen in
              Out.printf out "%-12s %10s %10s %10s %4d%%\n" name (told limit) (told used) (told (limit - used)) (if limit > 0 then 100 * used / limit else 0)
          | _ -> ())
      | _ -> ())
    (String.split_on_char '\n' text);
  0

let picture t out =
  Out.string out ("up " ^ read t "/scheme/sys/uptime");
  List.iter (fun (name, n) -> Out.printf out "%s %d KiB  " name (kib n)) (numbers (read t "/scheme/sys/memory"));
  Out.string out "\n\n";
  Out.string out (read t "/scheme/sys/fibers");
  (* Where there are any. *)
  match Namespace.read_file t.namespace "/scheme/sys/processes" with
  | Ok processes -> Out.string out ("\n" ^ processes)
  | Error _ -> ()

(* A terminal tells its mode. *)
let is_terminal handle =
  match Handle.call handle { text = "mode"; handles = [] } with
  | Ok { handles; _ } ->
      List.iter Handle.close handles;
      true
  | Error _ -> false

let clear_screen = "\027[H\027[2J"

(* On a terminal again and again, until it is interrupted; elsewhere once. *)
let top t =
  let chosen, given, rest = options_with t ~flags:"b" ~values:"dn" in
  if rest <> [] then usage t "[-b] [-d SECONDS] [-n TIMES]";
  let number c decode ~default =
    match List.assoc_opt c given with
    | None -> default
    | Some text -> ( match decode text with Some n -> n | None -> fail t ~status:2 (Printf.sprintf "-%c: a number was expected, not %s" c text))
  in
  let seconds = number 'd' (fun text -> match float_of_string_opt text with Some s when s > 0. && s < 1e6 -> Some s | _ -> None) ~default:2. in
  let live = (not (List.mem 'b' chosen)) && is_terminal t.output in
  let times = number 'n' (fun text -> match int_of_string_opt text with Some n when n > 0 -> Some n | _ -> None) ~default:(if live then max_int else 1) in
  with_out t @@ fun out ->
  let rec go left =
    if live then Out.string out clear_screen;
    picture t out;
    Out.flush out;
    if left > 1 then begin
      Picos.Fiber.sleep ~seconds;
      if not live then Out.string out "\n";
      go (left - 1)
    end
  in
  go times;
  0

let days = [| "Sun"; "Mon"; "Tue"; "Wed"; "Thu"; "Fri"; "Sat" |]
let months = [| "Jan"; "Feb"; "Mar"; "Apr"; "May"; "Jun"; "Jul"; "Aug"; "Sep"; "Oct"; "Nov"; "Dec" |]

let full_days = [| "Sunday"; "Monday"; "Tuesday"; "Wednesday"; "Thursday"; "Friday"; "Saturday" |]

let full_months =
  [| "January"; "February"; "March"; "April"; "May"; "June"; "July"; "August"; "September"; "October"; "November"; "December" |]

let rec date_text format ns =
  let seconds = Calendar.floor_div ns 1_000_000_000 in
  let day_number = Calendar.floor_div seconds 86_400 in
  let in_day = seconds - (day_number * 86_400) in
  let date = Calendar.of_days day_number in
  let hour = in_day / 3600 in
  let hour_12 = if hour mod 12 = 0 then 12 else hour mod 12 in
  let again format = date_text format ns in
  let two = Printf.sprintf "%02d" in
  let day_of_year () =
    let rec first n = match Calendar.of_days n with { month = 1; day = 1; _ } -> n | _ -> first (n - 1) in
    day_number - first day_number + 1
  in
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
          | 'y' -> two (date.year mod 100)
          | 'm' -> two date.month
          | 'd' -> two date.day
          | 'e' -> Printf.sprintf "%2d" date.day
          | 'j' -> Printf.sprintf "%03d" (day_of_year ())
          | 'H' -> two hour
          | 'I' -> two hour_12
          | 'p' -> if hour < 12 then "AM" else "PM"
          | 'M' -> two (in_day / 60 mod 60)
          | 'S' -> two (in_day mod 60)
          | 'N' -> Printf.sprintf "%09d" (ns - (seconds * 1_000_000_000))
          | 's' -> string_of_int seconds
          | 'a' -> days.(Calendar.weekday day_number)
          | 'A' -> full_days.(Calendar.weekday day_number)
          | 'b' | 'h' -> months.(date.month - 1)
          | 'B' -> full_months.(date.month - 1)
          | 'u' -> string_of_int (match Calendar.weekday day_number with 0 -> 7 | n -> n)
          | 'F' -> again "%Y-%m-%d"
          | 'T' -> again "%H:%M:%S"
          | 'R' -> again "%H:%M"
          | 'D' -> again "%m/%d/%y"
          | 'Z' -> "UTC"
          | 'z' -> "+0000"
          | 'n' -> "\n"
          | 't' -> "\t"
          | '%' -> "%"
          | c -> Printf.sprintf "%%%c" c);
        go (i + 2)
      end
  in
  go 0;
  Buffer.contents text

(* -I, -R: forms that are standards. *)
let date t =
  let is_format word = String.starts_with ~prefix:"+" word in
  let formats, words = List.partition is_format t.arguments in
  let chosen, given, rest = options_with { t with arguments = words } ~flags:"uIR" ~values:"rd" in
  let format =
    match formats with
    | _ when rest <> [] -> usage t "[-uIR] [-r FILE | -d @SECONDS] [+FORMAT]"
    | [ word ] -> String.sub word 1 (String.length word - 1)
    | _ :: _ :: _ -> fail t ~status:2 "one format is enough"
    | [] -> if List.mem 'I' chosen then "%F" else if List.mem 'R' chosen then "%a, %d %b %Y %T +0000" else "%a %b %d %H:%M:%S UTC %Y"
  in
  let ns =
    match given with
    | [] -> check t "/scheme/time/now" (Calendar.now t.namespace)
    | [ ('r', path) ] -> (check t path (Namespace.stat t.namespace ~cwd:t.cwd path)).modified_ns
    | [ (_, text) ] when String.starts_with ~prefix:"@" text -> (
        match int_of_string_opt (String.sub text 1 (String.length text - 1)) with
        | Some seconds when abs seconds < max_int / 1_000_000_000 -> seconds * 1_000_000_000
        | _ -> fail t ~status:2 (text ^ ": @ and a number of seconds was expected"))
    | _ -> fail t ~status:2 "a time is -r FILE or -d @SECONDS"
  in
  with_out t @@ fun out ->
  Out.line out (date_text format ns);
  0

(* To a command, which only can be ended; or to a process, where there are any. *)
let send t signal number =
  let absent = Error "no such command or process" in
  match Tasks.find t.tasks number with
  | Some task ->
      let ends = List.exists (fun name -> List.assoc name Signal_name.all = signal) [ "HUP"; "INT"; "QUIT"; "KILL"; "TERM" ] in
      if ends then Tasks.kill task;
      if ends || signal = 0 then Ok () else Error "a command can only be ended (TERM, KILL, INT, HUP, QUIT)"
  | None -> (
      let path = Printf.sprintf "/scheme/process/%d/signal" number in
      match Namespace.open_ t.namespace ~flags:{ Request.reading with read = false; write = true } path with
      | Error Not_found -> absent
      | Error error -> Error (Error.to_string error)
      | Ok handle -> (
          match Handle.using handle (fun handle -> Handle.write_string handle (string_of_int signal)) with
          | Ok () -> Ok ()
          | Error Not_found -> absent
          | Error error -> Error (Error.to_string error)))

let kill_usage = "[-SIGNAL] NUMBER... | -l"

let kill t =
  let named name = match Signal_name.decode name with Some signal -> signal | None -> fail t ~status:2 (name ^ ": no such signal; kill -l lists them") in
  let signal, words =
    match t.arguments with
    | "-s" :: name :: words -> (named name, words)
    | "--" :: words -> (List.assoc "TERM" Signal_name.all, words)
    | word :: words when String.length word > 1 && word.[0] = '-' && word <> "-l" -> (named (String.sub word 1 (String.length word - 1)), words)
    | words -> (List.assoc "TERM" Signal_name.all, words)
  in
  match words with
  | [] -> usage t kill_usage
  | [ "-l" ] ->
      with_out t @@ fun out ->
      List.iter (fun (name, n) -> Out.printf out "%2d %s\n" n name) Signal_name.all;
      0
  | words ->
      List.fold_left
        (fun status word ->
          match match int_of_string_opt word with Some number -> send t signal number | None -> Error "not a number" with
          | Ok () -> status
          | Error why ->
              complain t (word ^ ": " ^ why);
              1)
        0 words

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
  Out.string out clear_screen;
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
    ("dmesg", dmesg);
    ("env", env);
    ("free", free);
    ("kill", kill);
    ("lspci", show_file "/scheme/pci");
    ("ps", ps);
    ("sleep", sleep);
    ("test", test_);
    ("top", top);
    ("uname", uname);
    ("uptime", show_file "/scheme/sys/uptime");
  ]
