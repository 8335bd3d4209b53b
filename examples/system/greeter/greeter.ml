(* SPDX-License-Identifier: ISC *)

(* A server that asks another one: /scheme/greeter/NAME reads as a greeting with the ticker's next number. *)

let read_file path =
  let descriptor = Unix.openfile path [ O_RDONLY ] 0 in
  Fun.protect
    ~finally:(fun () -> Unix.close descriptor)
    (fun () ->
      let bytes = Bytes.create 100 in
      Bytes.sub_string bytes 0 (Unix.read descriptor bytes 0 100))

let open_ ~path _ =
  match path with
  | "" -> Ok (Served.directory [])
  | name -> (
      match read_file "/scheme/ticker/count" with
      | text -> Ok (Served.text (Printf.sprintf "Hello %s, number %s" name text))
      | exception Unix.Unix_error _ -> Error Served.eio)

let () = Served.run "greeter" open_
