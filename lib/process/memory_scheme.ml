(* SPDX-License-Identifier: ISC *)

open Scheme
module Tree = Scheme_standard.Tree

let inodes = Atomic.make 1
let ready : Request.ready = { can_read = true; can_write = true; ended = false }

let refuse (message : Handle.message) : (Handle.message, Error.t) result =
  List.iter Handle.close message.handles;
  Error Unsupported

let pages_of size = (size + Space.page_size - 1) / Space.page_size * Space.page_size

let give_size registry budget memory ~service ~inode size : (unit, Error.t) result =
  let whole = pages_of size in
  if size > Shared.largest then Error Too_large
  else if Atomic.get memory <> None then Error Busy
  else if not (Budget.take budget whole) then Error No_memory
  else
    let finish () = Budget.give_back budget whole in
    match Shared.named registry ~service ~inode ~size ~finish with
    | fresh ->
        if Atomic.compare_and_set memory None (Some fresh) then Ok ()
        else begin
          Shared.release fresh;
          Error Busy
        end
    | exception Out_of_memory ->
        finish ();
        Error No_memory

let file registry budget ~service : Handle.file =
  let memory = Atomic.make None and inode = Atomic.fetch_and_add inodes 1 in
  let size () = match Atomic.get memory with Some memory -> Shared.size memory | None -> 0 in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match (request, Atomic.get memory) with
    | Read { at = At n; into }, Some memory -> Ok (Loan.use into (Shared.read memory n))
    | Read { at = At _; _ }, None -> Ok 0
    | Read _, _ -> Error Invalid
    | Write { at = At n; from }, Some memory -> (
        match Loan.use from (Shared.write memory n) with 0 when Loan.length from > 0 -> Error No_space | n -> Ok n)
    | Write { from; _ }, _ -> if Loan.length from = 0 then Ok 0 else Error No_space
    | Stat, _ -> Ok (Stat.make ~size:(size ()) ~id:inode File)
    | Truncate size, _ -> give_size registry budget memory ~service ~inode size
    | Map _, _ -> Error Unsupported
    | Event _, _ -> Ok ready
    | Sync, _ -> Ok ()
    | Close, _ -> Ok (Option.iter Shared.release (Atomic.exchange memory None))
    | Call message, _ -> refuse message
    | Set_times _, _ -> Error Unsupported
    | List _, _ -> Error Not_directory
  in
  { seekable = true; perform }

let service registry budget =
  let number = ref 0 in
  let text figure = Tree.text (fun () -> Printf.sprintf "%d\n" (figure budget)) in
  let service =
    Tree.service
      (Directory
         [
           ("new", File (fun _ -> Ok (file registry budget ~service:!number)));
           ("used", text Budget.used);
           ("limit", text Budget.limit);
         ])
  in
  number := Service.number service;
  service
