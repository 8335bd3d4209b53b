(* SPDX-License-Identifier: ISC *)

open Scheme

type t = {
  pid : int;
  name : string;
  arguments : string list;
  namespace : Namespace.t;
  cwd : Path.t;
  variables : (string * string) list;
  input : Handle.t;
  output : Handle.t;
  error : Handle.t;
  tasks : Tasks.t;
}

type command = t -> int

exception Quit of int

let guard _ body = try body () with Quit status -> status
let complain t text = ignore (Handle.write_string t.error (Printf.sprintf "%s: %s\n" t.name text))

let fail t ?(status = 1) text =
  complain t text;
  raise (Quit status)

let check t what = function Ok value -> value | Error e -> fail t (Printf.sprintf "%s: %s" what (Error.to_string e))
let usage t text = fail t ~status:2 ("usage: " ^ t.name ^ " " ^ text)

let written t = function
  | Ok () -> ()
  | Error Error.Broken_pipe -> raise (Quit 141)
  | Error e -> fail t ("output: " ^ Error.to_string e)

module Out = struct
  type nonrec t = { process : t; buffer : Buffer.t }

  let most = 8192
  let make process = { process; buffer = Buffer.create 256 }

  let flush t =
    let text = Buffer.contents t.buffer in
    Buffer.clear t.buffer;
    if text <> "" then written t.process (Handle.write_string t.process.output text)

  let string t text =
    Buffer.add_string t.buffer text;
    if Buffer.length t.buffer >= most then flush t

  let line t text =
    string t text;
    string t "\n"

  let printf t format = Printf.ksprintf (string t) format
end

let with_out t body =
  let out = Out.make t in
  let status = body out in
  Out.flush out;
  status

let copy t handle =
  let slice = Slice.create 65536 in
  let rec go () =
    match check t "read" (Handle.read handle slice) with
    | 0 -> ()
    | n ->
        written t (Handle.write_all t.output (Slice.sub slice 0 n));
        go ()
  in
  go ()

let max_line = 1 lsl 20

let fold_lines t handle first f =
  let slice = Slice.create 8192 in
  (* [pending] is the beginning of a line. *)
  let pending = Buffer.create 80 and last = ref first in
  let rec lines value text at =
    match String.index_from_opt text at '\n' with
    | None ->
        Buffer.add_substring pending text at (String.length text - at);
        if Buffer.length pending > max_line then fail t "a line is too long";
        Some value
    | Some stop ->
        Buffer.add_substring pending text at (stop - at);
        let line = Buffer.contents pending in
        Buffer.clear pending;
        Option.bind (step value line) (fun value -> lines value text (stop + 1))
  and step value line =
    match f value line with
    | Some next ->
        last := next;
        Some next
    | None -> None
  in
  let rec go value =
    match check t "read" (Handle.read handle slice) with
    | 0 ->
        if Buffer.length pending > 0 then ignore (step value (Buffer.contents pending));
        !last
    | n -> ( match lines value (Slice.to_string (Slice.sub slice 0 n)) 0 with Some value -> go value | None -> !last)
  in
  go first

let with_inputs t ?(quiet = false) files body =
  let one status file =
    if file = "-" then begin
      body file t.input;
      status
    end
    else
      match Namespace.open_ t.namespace ~cwd:t.cwd file with
      | Error e ->
          if not quiet then complain t (Printf.sprintf "%s: %s" file (Error.to_string e));
          1
      | Ok handle ->
          Handle.using handle (body file);
          status
  in
  List.fold_left one 0 (if files = [] then [ "-" ] else files)

let letters text = List.of_seq (String.to_seq text)

(* What there is, for who has asked for something else. *)
let no_option t ~flags ~values word =
  let all = List.map (Printf.sprintf "-%c") (letters flags) @ List.map (Printf.sprintf "-%c VALUE") (letters values) in
  let those = if all = [] then "it has none" else "it has " ^ String.concat " " all in
  fail t ~status:2 (Printf.sprintf "there is no option %s; %s" word those)

let options_with t ~flags ~values =
  let rec word chosen given text i rest =
    if i = String.length text then go chosen given rest
    else
      let c = text.[i] in
      if String.contains flags c then word (c :: chosen) given text (i + 1) rest
      else if not (String.contains values c) then no_option t ~flags ~values (if text.[1] = '-' then text else Printf.sprintf "-%c" c)
      else
        let behind = String.sub text (i + 1) (String.length text - i - 1) in
        match (behind, rest) with
        | "", value :: rest -> go chosen ((c, value) :: given) rest
        | "", [] -> fail t ~status:2 (Printf.sprintf "a value is missing behind -%c" c)
        | value, rest -> go chosen ((c, value) :: given) rest
  and go chosen given = function
    | "--" :: rest -> (chosen, given, rest)
    | text :: rest when String.length text > 1 && text.[0] = '-' -> word chosen given text 1 rest
    | text :: rest ->
        let chosen, given, others = go chosen given rest in
        (chosen, given, text :: others)
    | [] -> (chosen, given, [])
  in
  let chosen, given, others = go [] [] t.arguments in
  (chosen, List.rev given, others)

let options t flags =
  let chosen, _, others = options_with t ~flags ~values:"" in
  (chosen, others)

let no_arguments t = match options t "" with _, [] -> () | _, word :: _ -> fail t ~status:2 (word ^ ": it takes no arguments")

let human_size n =
  let rec go x = function
    | unit :: (_ :: _ as rest) -> if x >= 1024. then go (x /. 1024.) rest else told x unit
    | [ unit ] -> told x unit
    | [] -> ""
  and told x unit = if x < 10. && unit <> "" then Printf.sprintf "%.1f%s" x unit else Printf.sprintf "%.0f%s" x unit in
  go (float n) [ ""; "K"; "M"; "G"; "T" ]
