(* SPDX-License-Identifier: ISC *)

open Picos
module Fd = Picos_io_fd
module Select = Picos_io_select

include (Unix : module type of struct include Unix end with type file_descr := Unix.file_descr)

type file_descr = Fd.t

(* {1 Descriptors} *)

(* Which are in non-blocking mode, as far as this module knows, by number. What it does not know costs a system call. *)
let highest = 1023
let nonblocking = Bytes.make (highest + 1) '\000'
let number (raw : Unix.file_descr) : int = Obj.magic raw
let is_nonblocking raw = number raw <= highest && Bytes.get nonblocking (number raw) <> '\000'

let note_mode raw ~is_nonblocking =
  if number raw <= highest then Bytes.set nonblocking (number raw) (if is_nonblocking then '\001' else '\000')

let counted ?(is_nonblocking = false) raw =
  note_mode raw ~is_nonblocking;
  Fd.create raw

let both (a, b) =
  let a = counted a in
  (a, counted b)

(* The descriptor is not closed before [body] has ended. *)
let using fd name body =
  (try Fd.incr fd with Invalid_argument _ -> raise (Unix.Unix_error (EBADF, name, "")));
  match body (Fd.unsafe_get fd) with
  | value ->
      Fd.decr fd;
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      Fd.decr fd;
      Printexc.raise_with_backtrace exn bt

let close fd =
  try Fd.decr ~close:true fd with Invalid_argument _ -> raise (Unix.Unix_error (EBADF, "close", ""))

let close_pair (a, b) =
  close a;
  close b

let lasting raw = Fd.create ~dispose:false raw
let stdin = lasting Unix.stdin
let stdout = lasting Unix.stdout
let stderr = lasting Unix.stderr

let openfile path flags permissions =
  counted ~is_nonblocking:(List.mem O_NONBLOCK flags) (Unix.openfile path flags permissions)

let dup ?cloexec fd =
  using fd "dup" (fun raw -> counted ~is_nonblocking:(is_nonblocking raw) (Unix.dup ?cloexec raw))

let dup2 ?cloexec fd onto =
  using fd "dup2" (fun raw ->
      using onto "dup2" (fun raw_onto ->
          Unix.dup2 ?cloexec raw raw_onto;
          note_mode raw_onto ~is_nonblocking:(is_nonblocking raw)))

let pipe ?cloexec () = both (Unix.pipe ?cloexec ())
let socket ?cloexec domain kind protocol = counted (Unix.socket ?cloexec domain kind protocol)
let socketpair ?cloexec domain kind protocol = both (Unix.socketpair ?cloexec domain kind protocol)

let set_nonblock fd =
  using fd "set_nonblock" (fun raw ->
      Unix.set_nonblock raw;
      note_mode raw ~is_nonblocking:true)

let clear_nonblock fd =
  using fd "clear_nonblock" (fun raw ->
      note_mode raw ~is_nonblocking:false;
      Unix.clear_nonblock raw)

(* {1 What does not wait} *)

let fsync fd = using fd "fsync" Unix.fsync
let in_channel_of_descr fd = Unix.in_channel_of_descr (Fd.unsafe_get fd)
let out_channel_of_descr fd = Unix.out_channel_of_descr (Fd.unsafe_get fd)

(* The channel closes its descriptor. *)
let descr_of_channel raw =
  if raw = Unix.stdin then stdin
  else if raw = Unix.stdout then stdout
  else if raw = Unix.stderr then stderr
  else lasting raw

let descr_of_in_channel channel = descr_of_channel (Unix.descr_of_in_channel channel)
let descr_of_out_channel channel = descr_of_channel (Unix.descr_of_out_channel channel)
let lseek fd offset whence = using fd "lseek" (fun raw -> Unix.lseek raw offset whence)
let ftruncate fd size = using fd "ftruncate" (fun raw -> Unix.ftruncate raw size)
let fstat fd = using fd "fstat" Unix.fstat
let isatty fd = using fd "isatty" Unix.isatty

module LargeFile = struct
  include Unix.LargeFile

  let lseek fd offset whence = using fd "lseek" (fun raw -> lseek raw offset whence)
  let ftruncate fd size = using fd "ftruncate" (fun raw -> ftruncate raw size)
  let fstat fd = using fd "fstat" fstat
end

let map_file fd ?pos kind layout shared dims =
  using fd "map_file" (fun raw -> Unix.map_file raw ?pos kind layout shared dims)

let fchmod fd permissions = using fd "fchmod" (fun raw -> Unix.fchmod raw permissions)
let fchown fd user group = using fd "fchown" (fun raw -> Unix.fchown raw user group)
let set_close_on_exec fd = using fd "set_close_on_exec" Unix.set_close_on_exec
let clear_close_on_exec fd = using fd "clear_close_on_exec" Unix.clear_close_on_exec

let with_three a b c name body = using a name (fun a -> using b name (fun b -> using c name (fun c -> body a b c)))

let create_process program arguments input output error =
  with_three input output error "create_process" (Unix.create_process program arguments)

let create_process_env program arguments environment input output error =
  with_three input output error "create_process" (Unix.create_process_env program arguments environment)

let bind fd address = using fd "bind" (fun raw -> Unix.bind raw address)
let listen fd pending = using fd "listen" (fun raw -> Unix.listen raw pending)
let shutdown fd command = using fd "shutdown" (fun raw -> Unix.shutdown raw command)
let getsockname fd = using fd "getsockname" Unix.getsockname
let getpeername fd = using fd "getpeername" Unix.getpeername
let getsockopt fd option = using fd "getsockopt" (fun raw -> Unix.getsockopt raw option)
let setsockopt fd option value = using fd "setsockopt" (fun raw -> Unix.setsockopt raw option value)
let getsockopt_int fd option = using fd "getsockopt" (fun raw -> Unix.getsockopt_int raw option)
let setsockopt_int fd option value = using fd "setsockopt" (fun raw -> Unix.setsockopt_int raw option value)
let getsockopt_optint fd option = using fd "getsockopt" (fun raw -> Unix.getsockopt_optint raw option)
let setsockopt_optint fd option value = using fd "setsockopt" (fun raw -> Unix.setsockopt_optint raw option value)
let getsockopt_float fd option = using fd "getsockopt" (fun raw -> Unix.getsockopt_float raw option)
let setsockopt_float fd option value = using fd "setsockopt" (fun raw -> Unix.setsockopt_float raw option value)
let getsockopt_error fd = using fd "getsockopt" Unix.getsockopt_error
let tcgetattr fd = using fd "tcgetattr" Unix.tcgetattr
let tcsetattr fd time io = using fd "tcsetattr" (fun raw -> Unix.tcsetattr raw time io)
let tcsendbreak fd duration = using fd "tcsendbreak" (fun raw -> Unix.tcsendbreak raw duration)
let tcdrain fd = using fd "tcdrain" Unix.tcdrain
let tcflush fd queue = using fd "tcflush" (fun raw -> Unix.tcflush raw queue)
let tcflow fd action = using fd "tcflow" (fun raw -> Unix.tcflow raw action)

(* {1 What waits for a descriptor} *)

(* Who waits has the descriptor in use already, and goes on with it if it is closed meanwhile: so it is not counted once more, which
   a closed one refuses. *)
let await raw operation =
  let ready = Computation.create ~mode:`LIFO () in
  Picox_timers.return_on raw operation ready ();
  try Computation.await ready
  with exn ->
    let bt = Printexc.get_raw_backtrace () in
    Computation.cancel ready Exit (Printexc.get_callstack 0);
    Printexc.raise_with_backtrace exn bt

(* Whether it would not block now. Of the highest numbers nobody knows. *)
let is_ready raw operation =
  number raw > highest
  ||
  let one operation' = if operation = operation' then [ raw ] else [] in
  match Unix.select (one `R) (one `W) [] 0.0 with
  | [], [], _ -> false
  | _ -> true
  | exception Unix.Unix_error (EINTR, _, _) -> false

let rec attempt operation body raw =
  if is_nonblocking raw || is_ready raw operation then
    match body raw with
    | value -> value
    | exception Unix.Unix_error ((EAGAIN | EWOULDBLOCK), _, _) ->
        await raw operation;
        attempt operation body raw
    | exception Unix.Unix_error (EINTR, _, _) -> attempt operation body raw
  else begin
    await raw operation;
    attempt operation body raw
  end

let reading fd name body = using fd name (attempt `R body)
let writing fd name body = using fd name (attempt `W body)
let read fd bytes at length = reading fd "read" (fun raw -> Unix.read raw bytes at length)
let read_bigarray fd array at length = reading fd "read" (fun raw -> Unix.read_bigarray raw array at length)

(* A pipe or a socket that is ready takes so much, but a blocking write of more would wait for all of it. *)
let ready_bytes = 4096

let at_once raw length =
  if length <= ready_bytes || is_nonblocking raw then length
  else match (Unix.fstat raw).st_kind with S_FIFO | S_SOCK | S_CHR -> ready_bytes | _ -> length

let write_some single fd data at length =
  writing fd "single_write" (fun raw -> single raw data at (at_once raw length))

let write_all single size fd data at length =
  if at < 0 || length < 0 || at > size data - length then invalid_arg "Unix.write";
  let rec from written =
    if written = length then written
    else from (written + write_some single fd data (at + written) (length - written))
  in
  from 0

let single_write fd = write_some Unix.single_write fd
let single_write_substring fd = write_some Unix.single_write_substring fd
let single_write_bigarray fd = write_some Unix.single_write_bigarray fd
let write fd = write_all Unix.single_write Bytes.length fd
let write_substring fd = write_all Unix.single_write_substring String.length fd
let write_bigarray fd array = write_all Unix.single_write_bigarray Bigarray.Array1.dim fd array

let accept ?cloexec fd =
  let raw, address = reading fd "accept" (Unix.accept ?cloexec) in
  (counted raw, address)

(* The descriptor is not ready before it is connected, or is not to be. *)
let connect fd address =
  using fd "connect" (fun raw ->
      let was_nonblocking = is_nonblocking raw in
      if not was_nonblocking then Unix.set_nonblock raw;
      Fun.protect
        (fun () ->
          try Unix.connect raw address
          with Unix.Unix_error ((EINPROGRESS | EINTR | EAGAIN | EWOULDBLOCK), _, _) -> (
            await raw `W;
            match Unix.getsockopt_error raw with
            | None -> ()
            | Some error -> raise (Unix.Unix_error (error, "connect", ""))))
        ~finally:(fun () -> if not was_nonblocking then Unix.clear_nonblock raw))

let recv fd bytes at length flags = reading fd "recv" (fun raw -> Unix.recv raw bytes at length flags)
let recvfrom fd bytes at length flags = reading fd "recvfrom" (fun raw -> Unix.recvfrom raw bytes at length flags)
let send fd bytes at length flags = writing fd "send" (fun raw -> Unix.send raw bytes at length flags)

let send_substring fd text at length flags =
  writing fd "send" (fun raw -> Unix.send_substring raw text at length flags)

let sendto fd bytes at length flags address =
  writing fd "sendto" (fun raw -> Unix.sendto raw bytes at length flags address)

let sendto_substring fd text at length flags address =
  writing fd "sendto" (fun raw -> Unix.sendto_substring raw text at length flags address)

exception Time_is_over

let no_backtrace = Printexc.get_callstack 0

(* Until one of them is ready, or the time is over. *)
let await_any waits seconds =
  let any = Computation.create ~mode:`LIFO () in
  List.iter (fun (fds, operation) -> List.iter (fun fd -> Select.return_on any fd operation ()) fds) waits;
  if seconds >= 0.0 then Select.cancel_after any ~seconds Time_is_over no_backtrace;
  match Computation.await any with
  | () | (exception Time_is_over) -> ()
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      Computation.cancel any Exit no_backtrace;
      Printexc.raise_with_backtrace exn bt

let select reads writes errors seconds =
  let raw = List.map Fd.unsafe_get in
  let deadline = Picox_timers.now_ns () + int_of_float (Float.min seconds 1e9 *. 1e9) in
  let rec look () =
    match Unix.select (raw reads) (raw writes) (raw errors) 0.0 with
    | exception Unix.Unix_error (EINTR, _, _) -> look ()
    | readable, writable, erroneous ->
        let left = if seconds < 0.0 then -1.0 else float (deadline - Picox_timers.now_ns ()) *. 1e-9 in
        if (readable = [] && writable = [] && erroneous = []) && (seconds < 0.0 || left > 0.0) then begin
          await_any [ (reads, `R); (writes, `W); (errors, `E) ] left;
          look ()
        end
        else
          let counted fds ready = List.filter (fun fd -> List.mem (Fd.unsafe_get fd) ready) fds in
          (counted reads readable, counted writes writable, counted errors erroneous)
  in
  look ()

(* {1 What waits for something else} *)

let sleepf seconds =
  if not (seconds >= 0.0) then raise (Unix.Unix_error (EINVAL, "sleep", ""));
  Fiber.sleep ~seconds

let sleep seconds = sleepf (float seconds)

let rec waitpid flags pid =
  match Unix.waitpid (WNOHANG :: flags) pid with
  | 0, _ when not (List.mem WNOHANG flags) ->
      let changed = Computation.create ~mode:`LIFO () in
      Select.return_on_sigchld changed ();
      (* It may have changed before. *)
      let result = try Unix.waitpid (WNOHANG :: flags) pid with Unix.Unix_error (EINTR, _, _) -> (0, WEXITED 0) in
      if fst result <> 0 then begin
        Computation.finish changed;
        result
      end
      else begin
        (try Computation.await changed
         with exn ->
           let bt = Printexc.get_raw_backtrace () in
           Computation.finish changed;
           Printexc.raise_with_backtrace exn bt);
        waitpid flags pid
      end
  | result -> result
  | exception Unix.Unix_error (EINTR, _, _) -> waitpid flags pid

let wait () = waitpid [] (-1)

let system command =
  let shell = "/bin/sh" in
  let pid = Unix.create_process shell [| shell; "-c"; command |] Unix.stdin Unix.stdout Unix.stderr in
  snd (waitpid [] pid)

(* Nothing tells that a lock is free: looked at after 1 ms, 2 ms and so on to 50 ms. *)
let lockf fd command length =
  let rec patiently command seconds =
    match using fd "lockf" (fun raw -> Unix.lockf raw command length) with
    | () -> ()
    | exception Unix.Unix_error ((EACCES | EAGAIN | EWOULDBLOCK), _, _) ->
        Fiber.sleep ~seconds;
        patiently command (Float.min 0.05 (2.0 *. seconds))
    | exception Unix.Unix_error (EINTR, _, _) -> patiently command seconds
  in
  match command with
  | F_LOCK -> patiently F_TLOCK 0.001
  | F_RLOCK -> patiently F_TRLOCK 0.001
  | F_ULOCK | F_TLOCK | F_TEST | F_TRLOCK -> using fd "lockf" (fun raw -> Unix.lockf raw command length)
