(* SPDX-License-Identifier: ISC
   A file of 32 MB: written in odd pieces, read back at random, grown sparse, removed; the memory comes back. *)

let name = Printf.sprintf "/tmp/big-%d" (Unix.getpid ())
let byte i = Char.chr (((i * 31) + (i lsr 9)) land 255)

let once size =
  let oc = open_out_bin name in
  let rec write at =
    if at < size then begin
      let n = min (1 + (at * 7919 mod 100_003)) (size - at) in
      output_string oc (String.init n (fun i -> byte (at + i)));
      write (at + n)
    end
  in
  write 0;
  close_out oc;
  let ic = open_in_bin name in
  if in_channel_length ic <> size then failwith "length";
  let state = Random.State.make [| 1 |] in
  for _ = 1 to 2_000 do
    let at = Random.State.full_int state (size - 100) in
    seek_in ic at;
    let s = really_input_string ic 100 in
    String.iteri (fun i c -> if c <> byte (at + i) then failwith (Printf.sprintf "byte %d" (at + i))) s
  done;
  close_in ic;
  Sys.remove name

let () =
  let size = 32 * 1024 * 1024 in
  (* More than the machine's memory in all: removing must give back. *)
  for _ = 1 to 3 do
    once size
  done;
  Printf.printf "three times %d bytes\n%!" size;
  let fd = Unix.openfile name [ O_RDWR; O_CREAT; O_TRUNC ] 0o644 in
  ignore (Unix.lseek fd 1_000_000 SEEK_SET : int);
  ignore (Unix.write_substring fd "end" 0 3 : int);
  ignore (Unix.lseek fd 500_000 SEEK_SET : int);
  let b = Bytes.make 1000 'x' in
  let n = Unix.read fd b 0 1000 in
  Printf.printf "hole: %d %b\n" n (b = Bytes.make 1000 '\000');
  Unix.close fd;
  Printf.printf "size: %d\n" (Unix.stat name).st_size;
  Sys.remove name
