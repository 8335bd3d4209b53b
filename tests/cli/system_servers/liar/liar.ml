(* SPDX-License-Identifier: ISC *)

(* Serves a scheme with answers that are none. *)

let header = 40

let packet ?size ?(error = 0) ?(a = 0) ?(text = "") ~tag () =
  let bytes = Bytes.make (header + String.length text) '\000' in
  let set32 at n = Bytes.set_int32_le bytes at (Int32.of_int n) in
  set32 0 (Option.value size ~default:(Bytes.length bytes));
  set32 4 error;
  Bytes.set_int64_le bytes 8 tag;
  Bytes.set_int64_le bytes 16 (Int64.of_int a);
  set32 32 (String.length text);
  Bytes.blit_string text 0 bytes header (String.length text);
  Bytes.to_string bytes

let refused = ref 0

let () =
  let socket = Unix.openfile "/scheme/liar" [ O_RDWR; O_CREAT ] 0 in
  let try_ text = match Unix.write_substring socket text 0 (String.length text) with _ -> () | exception Unix.Unix_error (EINVAL, _, _) -> incr refused in
  let buffer = Bytes.create 65536 in
  (match Unix.read socket (Bytes.create 8) 0 8 with _ -> print_endline "a cut packet" | exception Unix.Unix_error (EINVAL, _, _) -> incr refused);
  while Unix.read socket buffer 0 65536 > 0 do
    let tag = Bytes.get_int64_le buffer 8 and kind = Int32.to_int (Bytes.get_int32_le buffer 4) in
    if kind <> 25 && kind <> 32 then begin
      List.iter try_
        [
          "nonsense"; packet ~tag:(Int64.add tag 1000L) (); packet ~tag ~size:39 (); packet ~tag ~size:(1 lsl 30) (); packet ~tag:(-1L) ();
          packet ~tag () ^ "more";
        ];
      Printf.printf "refused %d\n%!" !refused;
      refused := 0;
      (* A file with the number -5; after that, a file that reads as more than was asked for. *)
      match kind with
      | 1 when Bytes.get buffer 48 = 'a' -> try_ (packet ~tag ~a:(-5) ())
      | 1 -> try_ (packet ~tag ~a:1 ())
      | 16 -> try_ (packet ~tag ~text:(String.make 40_000 'x') ())
      | _ -> try_ (packet ~tag ~error:123456 ())
    end
  done
