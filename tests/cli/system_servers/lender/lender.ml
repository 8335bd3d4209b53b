(* SPDX-License-Identifier: ISC *)

(* Gives its clients files and memory of its own. *)

let size = 65536
let memory = Unix.openfile "/scheme/memory/new" [ O_RDWR ] 0

(* With the rest of it that would be more than a server's budget. *)
let () =
  Unix.ftruncate memory size;
  let more = Unix.openfile "/scheme/memory/new" [ O_RDWR ] 0 in
  match Unix.ftruncate more (16 * 1024 * 1024) with
  | () -> print_endline "has more than its budget"
  | exception Unix.Unix_error (ENOMEM, _, _) -> Unix.close more

let bytes = Bigarray.array1_of_genarray (Unix.map_file memory Char C_layout true [| size |])

let set text = String.iteri (fun i c -> bytes.{8192 + i} <- c) text
let stat lends : Served.Packet.stat = { kind = File; size = 4096; id = 7; lends }

(* What it lends begins at its third page. *)
let shared ~write:may_write =
  let lend ~offset ~length ~write =
    if write && not may_write then Error Served.eacces
    else if offset + length > 4096 then Error Served.einval
    else Ok (memory, 8192 + offset)
  in
  { Served.none with seekable = true; stat = (fun () -> stat true); lend }

let read_all file =
  let buffer = Bytes.create 100 in
  let n = Unix.read file buffer 0 100 in
  Bytes.sub_string buffer 0 n

let call text files =
  Fun.protect ~finally:(fun () -> List.iter Unix.close files) @@ fun () ->
  match (text, files) with
  | "peek", [] -> Ok (String.init 5 (fun i -> bytes.{8192 + i}), [])
  | "upper", [ file ] -> Ok (String.uppercase_ascii (read_all file), [ Unix.openfile "/srv/probe/mine" [ O_RDONLY ] 0 ])
  | "pipe", [] ->
      let reader, writer = Unix.pipe () in
      Unix.close writer;
      Ok ("", [ reader ])
  | "crash", _ -> exit 3
  | _ -> Error Served.einval

let open_ ~path (flags : Served.Packet.open_flags) =
  match path with
  | "" -> Ok (Served.directory [ "file" ])
  | "file" when not flags.write -> Ok (Served.given (Unix.openfile "/srv/probe/mine" [ O_RDWR ] 0))
  | "file" -> Ok (Served.given (Unix.openfile "/srv/probe/mine" [ O_RDONLY ] 0))
  | "memory" -> Ok (shared ~write:true)
  | "sealed" -> Ok (shared ~write:false)
  | "short" -> Ok { (shared ~write:true) with lend = (fun ~offset:_ ~length:_ ~write:_ -> Ok (memory, size - 4096 + 8192)) }
  | "odd" -> Ok { (shared ~write:true) with lend = (fun ~offset:_ ~length:_ ~write:_ -> Ok (memory, 5)) }
  | "calls" -> Ok { Served.none with call }
  | _ -> Error Served.enoent

let () =
  set "hello";
  Served.run "lender" open_
