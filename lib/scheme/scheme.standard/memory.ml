(* SPDX-License-Identifier: ISC *)

open Scheme

let most = 1 lsl 40

let buffer budget : Handle.file =
  let memory = Atomic.make None in
  let contents () = Option.value (Atomic.get memory) ~default:Slice.empty in
  let within offset f =
    let slice = contents () in
    if offset >= Slice.length slice then Ok 0 else f (Slice.sub slice offset (Slice.length slice - offset))
  in
  let give_size size : (unit, Error.t) result =
    if size > most then Error Too_large
    else if Atomic.get memory <> None then Error Busy
    else if not (Budget.take budget size) then Error No_memory
    else
      match Slice.create size with
      | slice when Atomic.compare_and_set memory None (Some slice) -> Ok ()
      | _ ->
          Budget.give_back budget size;
          Error Busy
      | exception Out_of_memory ->
          Budget.give_back budget size;
          Error No_memory
  in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Read { at = At n; into } -> within n (fun slice -> Ok (Loan.fill into slice))
    | Write { at = At n; from } -> (
        let copy slice =
          Ok
            (Loan.use from (fun from ->
                 let n = min (Slice.length from) (Slice.length slice) in
                 Slice.blit (Slice.sub from 0 n) slice;
                 n))
        in
        match within n copy with Ok 0 when Loan.length from > 0 -> Error No_space | result -> result)
    | Read _ -> Error Invalid
    | Write _ -> Error No_space
    | Stat -> Ok (Stat.make ~size:(Slice.length (contents ())) File)
    | Truncate size -> give_size size
    | Map { offset; length; write } ->
        let slice = contents () in
        if offset + length > Slice.length slice then Error Invalid
        else
          let part = Slice.sub slice offset length in
          Ok (Memory (if write then part else Slice.read_only part))
    | Event _ -> Ok { can_read = true; can_write = true; ended = false }
    | Sync -> Ok ()
    | Close ->
        Budget.give_back budget (Slice.length (contents ()));
        Ok ()
    | Call { handles; _ } ->
        List.iter Handle.close handles;
        Error Unsupported
    | Set_times _ -> Error Unsupported
    | List _ -> Error Not_directory
  in
  { seekable = true; perform }

let service budget =
  Tree.service
    (Directory
       [
         ("new", File (fun _ -> Ok (buffer budget)));
         ("used", Tree.text (fun () -> Printf.sprintf "%d\n" (Budget.used budget)));
         ("limit", Tree.text (fun () -> Printf.sprintf "%d\n" (Budget.limit budget)));
       ])
