(* SPDX-License-Identifier: ISC *)

(* Serves the blocks of a disk that it was handed: /scheme/blocks/N is the Nth, /scheme/blocks/count how many there are. *)

let block = 4096
let disk = Device_client.connect Sys.argv.(1)

let count =
  match Device_client.kind disk with
  | Disk { blocks; _ } -> blocks
  | Net _ -> failwith "it is no disk"

let read n =
  match Device_client.call disk ~request:Device_client.read ~token:n ~buffer:0 ~length:block with
  | length ->
      let memory = Device_client.memory disk 0 in
      Ok (String.init length (fun i -> memory.{i}))
  | exception Device_client.Failed errno -> Error errno

let open_ ~path _ =
  match path with
  | "" -> Ok (Served.directory [ "count" ])
  | "count" -> Ok (Served.text (Printf.sprintf "%d\n" count))
  | _ -> (
      match int_of_string_opt path with
      | Some n when n >= 0 -> Result.map Served.text (read n)
      | _ -> Error Served.enoent)

let () = Served.run "blocks" open_
