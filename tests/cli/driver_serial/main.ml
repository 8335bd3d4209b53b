(* SPDX-License-Identifier: ISC
   main DOMAINS HOW: the console's UART and the real-time clock by drivers in fibers. Lines of standard input come back in
   capitals, then much at once; then it ends as HOW says, with output under way. *)

open Picos_std_structured
module Io = Picos_io.Unix

let fail format = Printf.ksprintf failwith format
let expect what holds = if not holds then failwith what
let ok what = function Ok x -> x | Error error -> fail "%s: %s" what (Device.error_text error)
let how = Sys.argv.(2)

(* Lines of the standard input, until its end: fibers of others run while this one waits. *)
let lines take =
  let buffer = Bytes.create 1000 and rest = Buffer.create 1000 in
  let rec go () =
    match Io.read Io.stdin buffer 0 1000 with
    | 0 -> expect "ends with a line" (Buffer.length rest = 0)
    | n ->
        for i = 0 to n - 1 do
          match Bytes.get buffer i with
          | '\n' ->
              take (Buffer.contents rest);
              Buffer.clear rest
          | c -> Buffer.add_char rest c
        done;
        go ()
  in
  go ()

let clock () =
  let clock = match Rtc.all () with clock :: _ -> clock | [] -> fail "no clock" in
  let before = Unix.gettimeofday () in
  let seconds = float (ok "clock" (Rtc.read clock)) *. 1e-9 in
  expect "it is the time that the program had" (Float.abs (seconds -. before) < 5.);
  Control.sleep ~seconds:2.1;
  let later = float (ok "clock" (Rtc.read clock)) *. 1e-9 in
  expect "it goes on" (later -. seconds >= 1. && later -. seconds < 60.);
  Printf.eprintf "%s %.0f\n%!" (Rtc.name clock) seconds

let main () =
  let counts = Serial.Carrier.no_counts () in
  Bundle.join_after ~on_return:`Terminate @@ fun drivers ->
  let driver = Bundle.fork_as_promise drivers (fun () -> Serial.Console.run ~counts ()) in
  while counts.turns = 0 do Control.yield () done;
  expect "only one has it" (Serial.Console.run () = `Unsupported);
  prerr_endline "ready";
  lines (fun line -> print_endline (String.uppercase_ascii line));
  Control.sleep ~seconds:0.05;
  let { Serial.Carrier.sent; received; damaged; _ } = counts in
  Printf.eprintf "sent %d received %d damaged %d\n%!" sent received damaged;
  (* More than waits for the driver, without letting it run. *)
  for n = 1 to 1_000 do print_endline (Printf.sprintf "%05d %s" n (String.make 40 'x')) done;
  clock ();
  (match how with
  | "back" ->
      Promise.terminate driver;
      Control.sleep ~seconds:0.05;
      print_endline "by the nucleus again";
      Bundle.fork drivers (fun () -> ignore (Serial.Console.run ~counts ()));
      Control.sleep ~seconds:0.05
  | "crash" ->
      print_endline "before the crash";
      ignore (Machine.Mmio.read8 (Machine.Mmio.unsafe_at 8n 1) 0)
  | _ -> ());
  print_endline "the end";
  if how = "exit" then exit 3

let () = Picox_classes.run_on ~n_domains:(int_of_string Sys.argv.(1)) ~main_class:Drivers main
