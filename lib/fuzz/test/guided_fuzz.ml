(* SPDX-License-Identifier: ISC *)

external begin_ : unit -> unit = "guided_fuzz_begin" [@@noalloc]
external end_ : unit -> int = "guided_fuzz_end" [@@noalloc]
external forget : unit -> unit = "guided_fuzz_forget" [@@noalloc]

(* Base64, as fuzz/corpus.py has it. *)

let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

let encode text =
  let size = String.length text in
  let byte i = if i < size then Char.code text.[i] else 0 in
  let group i =
    let n = (byte i lsl 16) lor (byte (i + 1) lsl 8) lor byte (i + 2) in
    String.init 4 (fun k -> if i + k > size then '=' else alphabet.[(n lsr (18 - (6 * k))) land 63])
  in
  String.concat "" (List.init ((size + 2) / 3) (fun i -> group (3 * i)))

let decode line =
  let out = Buffer.create (String.length line) in
  let bits = ref 0 and n = ref 0 in
  String.iter
    (fun c ->
      match String.index_opt alphabet c with
      | None -> ()
      | Some digit ->
          n := (!n lsl 6) lor digit;
          bits := !bits + 6;
          if !bits >= 8 then (
            bits := !bits - 8;
            Buffer.add_char out (Char.chr ((!n lsr !bits) land 255))))
    line;
  Buffer.contents out

(* Inputs as programs *)

type source = { content : string; mutable at : int }

let source content = { content; at = 0 }
let is_empty s = s.at >= String.length s.content

let byte s =
  if is_empty s then 0
  else
    let n = Char.code s.content.[s.at] in
    s.at <- s.at + 1;
    n

let word s =
  let low = byte s in
  low lor (byte s lsl 8)

let edges = [| 0; 1; -1; max_int; min_int; 0xffff_ffff; 0x8000_0000; 4095; 4096; 65535; 65536; 1 lsl 38 |]

let number s =
  match byte s with
  | n when n < 128 -> n
  | n when n < 192 -> word s
  | n when n < 240 -> edges.(n mod Array.length edges)
  | _ -> List.fold_left (fun n _ -> (n lsl 8) lor byte s) 0 [ 1; 2; 3; 4; 5; 6; 7; 8 ]

let text s size =
  let size = min (max 0 size) (String.length s.content - s.at) in
  let part = String.sub s.content s.at size in
  s.at <- s.at + size;
  part

let require what holds = if not holds then failwith what

(* Changes: flips, bytes, ends, repeats, numbers at edges, a part of another input. *)

let longest = 4096

let change random ~other input =
  let int n = Random.State.int random n in
  let replace input at part =
    let bytes = Bytes.of_string input in
    Bytes.blit_string part 0 bytes at (min (String.length part) (Bytes.length bytes - at));
    Bytes.to_string bytes
  in
  let insert input at part = String.sub input 0 at ^ part ^ String.sub input at (String.length input - at) in
  let piece text = if text = "" then "" else
    let at = int (String.length text) in
    String.sub text at (min (1 + int 32) (String.length text - at))
  in
  let once input =
    let size = String.length input in
    if size = 0 then String.make 1 (Char.chr (int 256))
    else
      let at = int size in
      match int 8 with
      | 0 -> replace input at (String.make 1 (Char.chr (Char.code input.[at] lxor (1 lsl int 8))))
      | 1 -> replace input at (String.make 1 (Char.chr (int 256)))
      | 2 when int 4 = 0 -> String.sub input 0 at
      | 2 ->
          let stop = min size (at + 1 + int 8) in
          String.sub input 0 at ^ String.sub input stop (size - stop)
      | 3 -> insert input (int (size + 1)) (piece input)
      | 4 -> replace input at (String.make (1 lsl int 4) (if int 2 = 0 then '\255' else '\000'))
      | 5 -> insert input at (String.init (1 + int 8) (fun _ -> Char.chr (int 256)))
      | 6 -> insert input at (piece other)
      | _ -> replace input at (piece other)
  in
  let rec go n input = if n = 0 then input else go (n - 1) (once input) in
  let changed = go (1 + int 4) input in
  String.sub changed 0 (min longest (String.length changed))

(* Running *)

let slowest = 60

let failed name input exn =
  Printf.printf "%s: %s\n%s input %s\n%!" name (Printexc.to_string exn) name (encode input);
  exit 1

let now = ref ""

let attempt name run input =
  now := input;
  ignore (Unix.alarm slowest);
  begin_ ();
  (try run input with exn -> failed name input exn);
  end_ ()

let all_changes = 5000

let replay name run inputs =
  let each = max 1 (all_changes / max 1 (List.length inputs)) in
  let arrayed = Array.of_list inputs in
  List.iteri
    (fun i input ->
      ignore (attempt name run input);
      let random = Random.State.make [| i; String.length input |] in
      for _ = 1 to each do
        let other = arrayed.(Random.State.int random (Array.length arrayed)) in
        ignore (attempt name run (change random ~other input))
      done)
    inputs;
  Printf.printf "%s: %d inputs\n" name (List.length inputs)

(* The shortest first: each that reaches something that those before it have not. *)
let smallest name run inputs =
  forget ();
  let sorted = List.sort_uniq (fun a b -> compare (String.length a, a) (String.length b, b)) inputs in
  List.filter (fun input -> attempt name run input > 0) sorted

let guided name run inputs ~seconds ~file =
  let random = Random.State.make_self_init () in
  let kept = ref (Array.of_list (smallest name run inputs)) in
  let until = Unix.gettimeofday () +. seconds in
  let count = ref 0 and told = ref (Unix.gettimeofday ()) in
  let pick () = !kept.(Random.State.int random (Array.length !kept)) in
  while Unix.gettimeofday () < until do
    for _ = 1 to 200 do
      let input = change random ~other:(pick ()) (pick ()) in
      incr count;
      if attempt name run input > 0 then kept := Array.append !kept [| input |]
    done;
    if Unix.gettimeofday () -. !told > 60. then (
      told := Unix.gettimeofday ();
      Printf.printf "%s: %d inputs run, %d kept\n%!" name !count (Array.length !kept))
  done;
  let best = smallest name run (Array.to_list !kept) in
  Out_channel.with_open_bin file (fun out -> List.iter (fun input -> if input <> "" then output_string out (encode input ^ "\n")) best);
  Printf.printf "%s: %d inputs run, %d kept, clean\n" name !count (List.length best)

let main name ~seeds ~corpus run =
  Sys.set_signal Sys.sigalrm (Signal_handle (fun _ -> failed name !now (Failure "it takes too long")));
  let inputs = seeds @ List.map decode (List.filter (( <> ) "") (String.split_on_char '\n' corpus)) in
  match Array.to_list Sys.argv with
  | [ _ ] -> replay name run inputs
  | [ _; "input"; text ] ->
      ignore (attempt name run (decode text));
      print_endline "nothing wrong"
  | [ _; seconds; file ] -> guided name run inputs ~seconds:(float_of_string seconds) ~file
  | _ ->
      prerr_endline "usage: [SECONDS FILE | input TEXT]";
      exit 2
