(* SPDX-License-Identifier: ISC *)

(* What a client has of a server's files and memory, and what it has not. *)

external hostile_calls : Unix.file_descr -> int = "hostile_calls"

let path name = "/scheme/lender/" ^ name
let say format = Printf.printf ("borrower: " ^^ format ^^ "\n%!")
let failure f = match f () with _ -> "no error" | exception Unix.Unix_error (error, _, _) -> Unix.error_message error

let read file =
  let buffer = Bytes.create 100 in
  let n = Unix.read file buffer 0 100 in
  String.trim (Bytes.sub_string buffer 0 n)

let map file size = Bigarray.array1_of_genarray (Unix.map_file file Char C_layout true [| size |])
let front bytes = String.init 5 (fun i -> bytes.{i})
let open_calls () = Unix.openfile (path "calls") [ O_RDWR ] 0

let () =
  (* A file of the server's, with the rights of both. *)
  let reader = Unix.openfile (path "file") [ O_RDONLY ] 0 and both = Unix.openfile (path "file") [ O_RDWR ] 0 in
  say "the file: %s, %s" (read reader) (read both);
  let write file () = Unix.write_substring file "changed" 0 7 in
  say "to write: %s, %s" (failure (write reader)) (failure (write both));
  (* Calls. *)
  let calls = open_calls () in
  say "hostile calls that do not fail: %d" (hostile_calls calls);
  let motd = Unix.openfile "/etc/motd" [ O_RDONLY ] 0 in
  (match Scheme_call.call ~descriptors:[ motd ] calls "upper" with
  | text, [ file ] ->
      say "a call: %s, %s" (String.trim text) (read file);
      Unix.close file
  | _ -> say "a call without a descriptor");
  let pipe, _ = Unix.pipe () in
  say "a pipe: %s, %s"
    (failure (fun () -> Scheme_call.call ~descriptors:[ pipe ] calls "upper"))
    (failure (fun () -> Scheme_call.call calls "pipe"));
  (* Memory. *)
  let memory = Unix.openfile (path "memory") [ O_RDWR ] 0 in
  let bytes = map memory 4096 in
  say "memory: %s" (front bytes);
  String.iteri (fun i c -> bytes.{i} <- c) "there";
  say "the server sees %s" (fst (Scheme_call.call calls "peek"));
  let child = Unix.fork () in
  if child = 0 then begin
    bytes.{0} <- 'T';
    exit 0
  end;
  ignore (Unix.waitpid [] child);
  say "and the child: %s" (fst (Scheme_call.call calls "peek"));
  let refused name = failure (fun () -> map (Unix.openfile (path name) [ O_RDWR ] 0) 4096) in
  say "sealed: %s; odd: %s" (refused "sealed") (refused "odd");
  (* What is behind the end of the server's memory is nobody's. *)
  let child = Unix.fork () in
  if child = 0 then begin
    let bytes = map (Unix.openfile (path "short") [ O_RDWR ] 0) 4096 in
    Sys.set_signal Sys.sigsegv Signal_default;
    exit (Char.code bytes.{0})
  end;
  (match Unix.waitpid [] child with _, WSIGNALED _ -> say "behind the end: a signal" | _, _ -> say "behind the end: a page");
  (* All that outlives the server. *)
  say "the crash: %s" (failure (fun () -> Scheme_call.call calls "crash"));
  say "later: %s, %s" (front bytes) (match Unix.lseek reader 0 SEEK_SET with _ -> read reader | exception Unix.Unix_error _ -> "gone")
