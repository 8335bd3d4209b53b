(* SPDX-License-Identifier: ISC *)

(* Core files: a process stands still as long as somebody reads its memory, and what it has not touched costs nothing. *)

open Picos
open Process
open Harness

let magic = 0x1234_5678_9abc
let spawn system namespace ~files arguments = Result.get_ok (Tender.spawn system ~files ~namespace "/program" ~arguments:("program" :: arguments))

(* In the class of the caller. *)
let fork f = Picox_classes.spawn (Picox_classes.current ()) (Fiber.create ~forbid:true (Computation.create ())) (fun _ -> f ())

(* One that counts in its first page and its last one, one after the other. *)
let counting_process system namespace size =
  let output, count = counting () in
  let p = spawn system namespace ~files:[ (1, output) ] [ "D"; string_of_int size; string_of_int magic ] in
  await (fun () -> Atomic.get count > 0);
  p

(* The word before that number. *)
let word_before core number =
  let pattern = Bytes.create 8 in
  Bytes.set_int64_le pattern 0 (Int64.of_int number);
  let pattern = Bytes.to_string pattern in
  let rec look at =
    if at + 8 > String.length core then failwith "the core file has not got it"
    else if String.sub core at 8 = pattern then Int64.to_int (String.get_int64_le core (at - 8))
    else look (at + 8)
  in
  look 8

let dump p ~between =
  let core = Buffer.create 65536 in
  let out part =
    Buffer.add_string core part;
    between ();
    Ok ()
  in
  match Tender.dump p out with Ok () -> Buffer.contents core | Error () -> assert false

let counts core = (word_before core magic, word_before core (magic + 1))

let stands_still system namespace =
  let p = counting_process system namespace (64 * Space.page_size) in
  let is_whole _ =
    let first, last = counts (dump p ~between:(fun () -> Fiber.sleep ~seconds:0.002)) in
    first = last || first = last + 1
  in
  check "all of it is of one moment" (List.for_all is_whole (List.init 20 Fun.id));
  let one = fst (counts (dump p ~between:ignore)) in
  await (fun () -> fst (counts (dump p ~between:ignore)) > one);
  Tender.kill p 9;
  check "and it goes on" (Tender.wait p = Killed 9)

let costs_nothing system namespace =
  let p = counting_process system namespace (200 lsl 30) in
  let core, seconds = elapsed (fun () -> dump p ~between:ignore) in
  check "what is not there" (String.length core < 1 lsl 20 && seconds < 3.);
  Tender.kill p 9;
  ignore (Tender.wait p)

(* Another fiber of the same scheduler, while many pages are looked for, and nobody waits. *)
let gives_way system namespace =
  let p = counting_process system namespace (1024 * Space.page_size) in
  let turns = ref 0 and over = ref false in
  fork (fun () ->
      while not !over do
        incr turns;
        Fiber.yield ()
      done);
  Fiber.yield ();
  let core = dump p ~between:ignore in
  let turns = !turns in
  over := true;
  check "others have their turns" (String.length core > 1024 * Space.page_size && turns > 30);
  Tender.kill p 9;
  ignore (Tender.wait p)

(* A dump that lasts until it may end. *)
type slow = { begun : bool Atomic.t; may_end : bool Atomic.t; ended : bool Atomic.t }

let slow_dump p =
  let t = { begun = Atomic.make false; may_end = Atomic.make false; ended = Atomic.make false } in
  fork (fun () ->
      ignore
        (dump p ~between:(fun () ->
             Atomic.set t.begun true;
             await (fun () -> Atomic.get t.may_end)));
      Atomic.set t.ended true);
  await (fun () -> Atomic.get t.begun);
  t

let finish t =
  Atomic.set t.may_end true;
  await (fun () -> Atomic.get t.ended)

let is_quiet count =
  Fiber.sleep ~seconds:0.03;
  let before = Atomic.get count in
  Fiber.sleep ~seconds:0.05;
  Atomic.get count = before

let goes_on count =
  let before = Atomic.get count in
  await (fun () -> Atomic.get count > before + 2)

let two_at_once system namespace =
  let output, count = counting () in
  let p = spawn system namespace ~files:[ (1, output) ] [ "k" ] in
  goes_on count;
  let first = slow_dump p in
  let second = slow_dump p in
  finish first;
  check "it stands still until the second has ended" (is_quiet count);
  finish second;
  goes_on count;
  let third = slow_dump p in
  Tender.kill p 19;
  Tender.kill p 18;
  check "no signal lets it go on" (is_quiet count);
  Tender.kill p 19;
  finish third;
  check "who is stopped meanwhile is stopped afterwards" (is_quiet count);
  finish (slow_dump p);
  check "as is who was before" (is_quiet count);
  Tender.kill p 18;
  goes_on count;
  Tender.kill p 9;
  ignore (Tender.wait p)

(* The dump goes on with what is not there any more. *)
let killed_meanwhile system namespace =
  let output, count = counting () in
  let p = spawn system namespace ~files:[ (1, output) ] [ "k" ] in
  goes_on count;
  let slow = slow_dump p in
  Tender.kill p 9;
  await (fun () -> Tender.status p <> None);
  check "who is killed meanwhile is gone" (Tender.status p = Some (Killed 9) && not (Atomic.get slow.ended));
  finish slow;
  check "of one that is gone" (String.length (dump p ~between:ignore) > 0)

let run namespace =
  let system = Tender.create () in
  stands_still system namespace;
  costs_nothing system namespace;
  gives_way system namespace;
  two_at_once system namespace;
  killed_meanwhile system namespace;
  Tender.close system
