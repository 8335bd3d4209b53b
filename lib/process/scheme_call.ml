(* SPDX-License-Identifier: ISC *)

open Task
open Scheme

let request = 0xc0384201
let size = 56
let most_text = buffer_size
let most_handles = 16
let emsgsize = -90
let ( let* ) = Result.bind

type t = {
  text : int;
  text_size : int;
  sent : int;
  sent_count : int;
  answer : int;
  answer_room : int;
  received : int;
  received_room : int;
  close_on_exec : bool;
}

(* An address that is no number of OCaml's is none of the process'. *)
let decode bytes =
  let u32 at = Handler_call.get_u32 bytes at in
  let address at = match Int64.unsigned_to_int (Bytes.get_int64_le bytes at) with Some n -> n | None -> min_int in
  if u32 8 > most_text || u32 12 > most_handles || u32 36 > most_handles || u32 52 > 1 then Error Errno.einval
  else
    Ok
      {
        text = address 0;
        text_size = u32 8;
        sent = address 16;
        sent_count = u32 12;
        answer = address 24;
        answer_room = u32 32;
        received = address 40;
        received_room = u32 36;
        close_on_exec = u32 52 = 1;
      }

(* Copied once, and decoded from the copy. *)
let decode_at p at =
  let bytes = Bytes.create size in
  if Memory.read p.memory at bytes 0 size then decode bytes else Error Errno.efault

let read p at count =
  let bytes = Bytes.create count in
  if count = 0 || Memory.read p.memory at bytes 0 count then Ok bytes else Error Errno.efault

(* Copies of what the descriptors name; none of them if one is wrong. *)
let copies p descriptors count =
  let rec go i before =
    let fail error =
      List.iter Handle.close before;
      Error error
    in
    if i = count then Ok (List.rev before)
    else
      match Descriptors.find p.files (Int32.to_int (Bytes.get_int32_le descriptors (4 * i))) with
      | None -> fail Errno.ebadf
      | Some { content = Own _; _ } -> fail Errno.eopnotsupp
      | Some { content = Of_scheme file; _ } -> (
          match Handle.dup file.handle with
          | Ok handle -> go (i + 1) (handle :: before)
          | Error error -> fail (Errno.of_scheme error))
  in
  go 0 []

let close_descriptors p = List.iter (fun fd -> ignore (Descriptors.close p.files fd))

(* All of them, or none if they do not all get a number. *)
let rec add p t handles before =
  match handles with
  | [] -> List.rev before
  | handle :: rest -> (
      match Descriptors.add p.files ~close_on_exec:t.close_on_exec (Open_file.of_handle handle) with
      | fd when fd >= 0 -> add p t rest (fd :: before)
      | _ ->
          List.iter Handle.close rest;
          close_descriptors p before;
          [])

let put p at t text descriptors =
  let numbers = Bytes.create (4 * List.length descriptors) in
  List.iteri (fun i fd -> Bytes.set_int32_le numbers (4 * i) (Int32.of_int fd)) descriptors;
  let all at bytes = Bytes.length bytes = 0 || User.put p at bytes in
  all t.answer (Bytes.unsafe_of_string text)
  && all t.received numbers
  && Memory.write_int32 p.memory (at + 48) (List.length descriptors)

(* The text arrives even where there is no room for the descriptors: a server owes its request an answer. *)
let finish p at t ({ text; handles } : Handle.message) =
  if String.length text > t.answer_room then begin
    List.iter Handle.close handles;
    Error emsgsize
  end
  else
    let has_room = List.compare_length_with handles t.received_room <= 0 in
    if not has_room then List.iter Handle.close handles;
    let descriptors = if has_room then add p t handles [] else [] in
    if put p at t text descriptors then Ok (String.length text)
    else begin
      close_descriptors p descriptors;
      Error Errno.efault
    end

let perform p (thread : thread) (file : Open_file.t) at =
  match file.content with
  | Own _ -> Errno.enotty
  | Of_scheme { handle; _ } -> (
      let answer =
        let* t = decode_at p at in
        let* text = read p t.text t.text_size in
        let* descriptors = read p t.sent (4 * t.sent_count) in
        let* handles = copies p descriptors t.sent_count in
        let message = { Request.text = Bytes.unsafe_to_string text; handles } in
        let sent = ref false in
        let call () =
          sent := true;
          Handle.call handle message
        in
        let answer = Wait.interruptibly thread.sleeper call in
        if not !sent then List.iter Handle.close handles;
        Result.bind answer (finish p at t)
      in
      match answer with Ok n -> n | Error error -> error)
