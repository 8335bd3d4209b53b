(* SPDX-License-Identifier: ISC
   A walk through the standard library, Str and Unix helpers: hash tables, maps, scanning, printing, regular
   expressions, marshalling, dates, lazy values, sequences. *)

module Strings = Map.Make (String)

let () =
  let table = Hashtbl.create 1 in
  for i = 0 to 99_999 do
    Hashtbl.replace table (string_of_int (i * 7919 mod 65_537)) i
  done;
  Printf.printf "hashtbl: %d, %d\n" (Hashtbl.length table) (Hashtbl.fold (fun _ v a -> a + v) table 0);
  for i = 0 to 65_536 do
    if i mod 3 = 0 then Hashtbl.remove table (string_of_int i)
  done;
  Printf.printf "removed: %d, hash %d\n" (Hashtbl.length table) (Hashtbl.hash "camel");
  let map = Seq.fold_left (fun m i -> Strings.add (string_of_int i) i m) Strings.empty (Seq.take 1000 (Seq.ints 5)) in
  Printf.printf "map: %s %d\n" (fst (Strings.max_binding map)) (Strings.cardinal map);
  Scanf.sscanf "12 0x1f 3.5 name \"quoted\\n\" c" "%d %i %f %s %S %c" (fun a b c d e f ->
      Printf.printf "scanned: %d %d %g %s %S %c\n" a b c d e f);
  (match Scanf.sscanf "twelve" "%d" Fun.id with
  | (_ : int) -> print_endline "scanned a word as a number"
  | exception Scanf.Scan_failure _ -> print_endline "scan failure");
  Printf.printf "printed: [%5d] [%-5d] [%05d] [%x] [%X] [%o] [%S] [%C] [%b] [%a] [%t] [%10s] [%Ld] [%nd] [%%]\n" 42 42
    42 255 255 8 "a\"b" '\n' true
    (fun oc -> Printf.fprintf oc "<%d>")
    5
    (fun oc -> output_string oc "t")
    "right" 64L 7n;
  let words = Str.split (Str.regexp "[ ,]+") "one, two,three  four" in
  Printf.printf "split: %s\n" (String.concat "|" words);
  Printf.printf "replaced: %s\n" (Str.global_replace (Str.regexp "\\([a-z]+\\)=\\([0-9]+\\)") "\\2:\\1" "a=1 b=22");
  Printf.printf "found: %d\n" (Str.search_forward (Str.regexp_string "needle") "hay needle hay" 0);
  let shared = [ 1; 2; 3 ] in
  let value = (shared, shared, [| 1.5; 2.5 |], "text", Some (Int64.of_int 7), lazy (1 + 1)) in
  ignore (Lazy.force (let _, _, _, _, _, l = value in l) : int);
  let a, b, c, d, e, f = Marshal.from_string (Marshal.to_string value []) 0 in
  Printf.printf "marshalled: %b %b %g %s %Ld %d\n" (a == b) (a = shared) c.(1) d (Option.get e) (Lazy.force f);
  let closure = Marshal.to_string (fun x -> x + 1) [ Closures ] in
  Printf.printf "closure: %d\n" ((Marshal.from_string closure 0 : int -> int) 41);
  Format.printf "@[<v 2>box@,inner @[<hov>%s@]@]@." (String.concat " " (List.init 8 string_of_int));
  Printf.printf "digest: %s\n" (Digest.to_hex (Digest.string "camel"));
  Printf.printf "blake: %s\n" (Digest.BLAKE256.to_hex (Digest.BLAKE256.string "camel"));
  let st = Random.State.make [| 1; 2; 3 |] in
  Printf.printf "random: %d %d %.6f\n" (Random.State.int st 1000) (Random.State.bits st) (Random.State.float st 1.);
  Printf.printf "sorted: %s\n" (String.concat " " (List.map string_of_int (List.sort compare [ 3; 1; 2 ])));
  let a = Array.init 1000 (fun i -> i * 7919 mod 1009) in
  Array.stable_sort compare a;
  Printf.printf "array: %d %d\n" a.(0) a.(999);
  let b = Buffer.create 1 in
  Buffer.add_utf_8_uchar b (Uchar.of_int 0x1F42B);
  Printf.printf "camel: %S %d\n" (Buffer.contents b) (String.length (Buffer.contents b));
  Printf.printf "bytes: %lx %d\n" (Bytes.get_int32_le (Bytes.of_string "\x01\x02\x03\x04") 0) (String.get_uint16_be "\x01\x02" 0);
  Printf.printf "filename: %s %s %s\n" (Filename.basename "/a/b.c") (Filename.remove_extension "/a/b.c") (Filename.quote "it's");
  Printf.printf "int64: %Ld %Lu %LX\n" Int64.min_int (-1L) 0xdeadbeefL;
  Printf.printf "sys: %d bits, %s, %b\n" Sys.word_size Sys.os_type Sys.big_endian;
  Printf.printf "inet: %s\n" (Unix.string_of_inet_addr (Unix.inet_addr_of_string "127.0.0.1"));
  (match raise_notrace Exit with () -> () | exception Exit -> print_endline "exit");
  Printexc.record_backtrace true;
  (match List.find (fun x -> x > 5) [ 1; 2 ] with
  | (_ : int) -> ()
  | exception Not_found -> Printf.printf "backtrace: %b\n" (Printexc.get_backtrace () <> ""));
  Printf.printf "object: %d\n" (object method answer = 42 end)#answer
