(* SPDX-License-Identifier: ISC
   Pipes and select: between threads, more than the pipe holds, end of file, broken pipe, time-outs. *)

open Unix

let write_all fd s =
  let rec go at = if at < String.length s then go (at + write_substring fd s at (String.length s - at)) in
  go 0

let read_all fd =
  let b = Buffer.create 100 and chunk = Bytes.create 1000 in
  let rec go () =
    match read fd chunk 0 1000 with
    | 0 -> Buffer.contents b
    | n ->
        Buffer.add_subbytes b chunk 0 n;
        go ()
  in
  go ()

let () =
  let r, w = pipe () in
  let text = String.init 300_000 (fun i -> Char.chr (32 + (i mod 95))) in
  let writer = Thread.create (fun () -> write_all w text; close w) () in
  let got = read_all r in
  Thread.join writer;
  close r;
  Printf.printf "through the pipe: %b\n%!" (got = text);
  (* Select: nothing, then something, then the end. *)
  let r, w = pipe () in
  let ready () = match select [ r ] [] [] 0.01 with [], _, _ -> false | _ -> true in
  Printf.printf "empty: %b\n%!" (ready ());
  write_all w "x";
  Printf.printf "written: %b\n%!" (ready ());
  ignore (read r (Bytes.create 10) 0 10 : int);
  Printf.printf "read: %b\n%!" (ready ());
  let _, writable, _ = select [] [ w ] [] 0. in
  Printf.printf "writable: %b\n%!" (writable = [ w ]);
  let waker = Thread.create (fun () -> Thread.delay 0.05; write_all w "y") () in
  let readable, _, _ = select [ r ] [] [] 60. in
  Printf.printf "woken: %b\n%!" (readable = [ r ]);
  Thread.join waker;
  let before = gettimeofday () in
  ignore (select [] [] [] 0.05);
  Printf.printf "time-out: %b\n%!" (gettimeofday () -. before >= 0.0495);
  close w;
  ignore (read r (Bytes.create 10) 0 10 : int);
  let at_end = ready () in
  Printf.printf "end: %b %d\n%!" at_end (read r (Bytes.create 1) 0 1);
  close r;
  (* Nobody reads: an error where SIGPIPE is ignored. *)
  Sys.set_signal Sys.sigpipe Sys.Signal_ignore;
  let r, w = pipe () in
  close r;
  (match write_substring w "z" 0 1 with
  | _ -> print_endline "written to nobody"
  | exception Unix_error (EPIPE, _, _) -> print_endline "EPIPE");
  close w;
  Sys.set_signal Sys.sigpipe Sys.Signal_default;
  (* Not blocking. *)
  let r, w = pipe () in
  set_nonblock r;
  (match read r (Bytes.create 1) 0 1 with
  | _ -> print_endline "read nothing"
  | exception Unix_error ((EAGAIN | EWOULDBLOCK), _, _) -> print_endline "would block");
  set_nonblock w;
  let rec fill n =
    match write w (Bytes.make 1000 'f') 0 1000 with
    | m -> fill (n + m)
    | exception Unix_error ((EAGAIN | EWOULDBLOCK), _, _) -> n
  in
  let n = fill 0 in
  Printf.printf "fills up: %b\n" (n >= 4096);
  close w;
  clear_nonblock r;
  Printf.printf "drains: %b\n" (String.length (read_all r) = n);
  close r;
  (* Channels over a pipe. *)
  let r, w = pipe () in
  let ic = in_channel_of_descr r and oc = out_channel_of_descr w in
  output_string oc "line one\nline two\n";
  close_out oc;
  let one = input_line ic in
  let two = input_line ic in
  Printf.printf "%s, %s, %b\n" one two (In_channel.input_line ic = None);
  close_in ic
