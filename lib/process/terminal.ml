(* SPDX-License-Identifier: ISC *)

open Task
open Scheme

(* Requests.  Spec: [linux/uapi "asm-generic/ioctls.h"] *)
let tcgets = 0x5401
let tcsets = 0x5402
let tcsetsf = 0x5404
let tiocgpgrp = 0x540f
let tiocspgrp = 0x5410
let tiocgwinsz = 0x5413
let tiocswinsz = 0x5414
let tiocgsid = 0x5429

(* A server is given a moment to say what it is. *)
let moment_ns = 1_000_000_000

let call (thread : thread) (file : Open_file.of_scheme) text =
  let ask () = Handle.call file.handle { text; handles = [] } in
  match Wait.interruptibly thread.sleeper ~deadline:(Vcpu.now () + moment_ns) ask with
  | Error _ -> None
  | Ok { text; handles } ->
      List.iter Handle.close handles;
      Some text

type mode = Lines | Keys

let mode thread file =
  if not (Open_file.is_stream file) then None
  else match call thread file "mode" with Some "lines" -> Some Lines | Some "keys" -> Some Keys | _ -> None

(* struct termios of the kernel: four words of flags, the line discipline, and 19 characters.  Spec: [linux/uapi
   "asm-generic/termbits.h"] *)
let size = 36
let input_flags = 0x0500l (* ICRNL, IXON *)
let output_flags = 0x0005l (* OPOST, ONLCR *)
let control_flags = 0x00bfl (* 38400 bauds, 8 bits, CREAD *)
let local_flags = 0x8a3bl (* ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHOCTL, ECHOKE, IEXTEN *)
let canonical = 0x2l
let canonical_and_echo = 0xal
let local_at = 12
let characters_at = 17
let characters = "\003\028\127\021\004\000\001\000\017\019\026\000\018\015\023\022"

let settings mode =
  let bytes = Bytes.make size '\000' in
  let local = match mode with Lines -> local_flags | Keys -> Int32.logand local_flags (Int32.lognot canonical_and_echo) in
  List.iteri (fun i word -> Bytes.set_int32_le bytes (4 * i) word) [ input_flags; output_flags; control_flags; local ];
  Bytes.blit_string characters 0 bytes characters_at (String.length characters);
  bytes

let set p thread file at =
  let bytes = Bytes.create size in
  if not (Memory.read p.memory at bytes 0 size) then Errno.efault
  else
    let is_canonical = Int32.logand (Bytes.get_int32_le bytes local_at) canonical <> 0l in
    match call thread file (if is_canonical then "lines" else "keys") with Some _ -> 0 | None -> Errno.eio

(* Nobody tells how large the screen is. *)
let window = (24, 80)

let put_window p at =
  let bytes = Bytes.make 8 '\000' in
  Bytes.set_uint16_le bytes 0 (fst window);
  Bytes.set_uint16_le bytes 2 (snd window);
  User.ok_or_fault (User.put p at bytes) 0

let ioctl p thread file request argument =
  let of_terminal f = match mode thread file with None -> Some Errno.enotty | Some mode -> Some (f mode) in
  match request with
  | n when n = tcgets -> of_terminal (fun mode -> User.ok_or_fault (User.put p argument (settings mode)) 0)
  | n when n >= tcsets && n <= tcsetsf -> of_terminal (fun _ -> set p thread file argument)
  | n when n = tiocgwinsz -> of_terminal (fun _ -> put_window p argument)
  | n when n = tiocswinsz -> of_terminal (fun _ -> 0)
  | n when n = tiocgpgrp -> of_terminal (fun _ -> User.ok_or_fault (Memory.write_int32 p.memory argument p.group) 0)
  | n when n = tiocgsid -> of_terminal (fun _ -> User.ok_or_fault (Memory.write_int32 p.memory argument p.session) 0)
  | n when n = tiocspgrp -> of_terminal (fun _ -> 0)
  | _ -> None
